//! Where each change to a table counts at once, a command may break at any of them: a connection is cut,
//! or the program killed, at places all through it.

use servers::{Direction, Fault, Moment, Proxy};

use crate::checks::what_was_done;
use crate::on::{On, on_every_engine};
use crate::process::{HANG, Run};
use crate::sandbox::Sandbox;
use crate::scenario::Scenario;

on_every_engine!(
    mariadb Mariadb:
    a_command_goes_through_wherever_its_connection_is_cut
    a_command_that_is_killed_anywhere_is_completed
);

/// Places in one direction of one database's connections.
const PLACES: u64 = 8;

/// Through which database the network fails: the first to be committed, and the last.
const FAILING: [&str; 2] = ["users", "orders"];

fn a_command_goes_through_wherever_its_connection_is_cut(on: On) {
    check(on, |scenario, sandbox, alias, moment| {
        let proxy = proxy(sandbox, alias, Some(Fault::Cut(moment)));
        let run = through(&proxy, scenario, sandbox, alias).finish();
        let done = run.code == Some(0)
            && what_was_done(&run.report()) == what_was_done(&scenario.report)
            && proxy.has_struck();
        let mut found = scenario.check_completed(&run, sandbox, &scenario.stages[0]);
        if !done {
            found.push(format!("invariant 6: {run:#?}"));
        }
        found
    });
}

fn a_command_that_is_killed_anywhere_is_completed(on: On) {
    check(on, |scenario, sandbox, alias, moment| {
        let proxy = proxy(sandbox, alias, Some(Fault::Stall(moment)));
        let run = through(&proxy, scenario, sandbox, alias).start();
        let struck = proxy.wait_for_strike(HANG);
        run.signal("KILL");
        run.finish();
        let state = sandbox.state();
        let mut found = scenario.check_left(&state);
        if !struck {
            found.push("it did not strike".to_owned());
        }
        let again = sandbox.run(&scenario.command).finish();
        found.extend(scenario.check_completed(&again, sandbox, &state));
        found
    });
}

/// What is wrong after a scenario's command has suffered at a moment of a database's connections.
type Suffer = fn(&Scenario, &Sandbox, &str, Moment) -> Vec<String>;

#[track_caller]
fn check(on: On, suffer: Suffer) {
    let scenarios = [
        Scenario::migrate(on),
        Scenario::removing(on, "migrate fresh --yes"),
        Scenario::removing(on, "migrate down --yes"),
    ];
    let mut wrong = Vec::new();
    for scenario in &scenarios {
        let sandbox = scenario.sandbox();
        for alias in FAILING {
            for moment in moments(scenario, &sandbox, alias) {
                scenario.put_into(&sandbox);
                let found = suffer(scenario, &sandbox, alias, moment);
                let named = |it: String| format!("{}, {alias}, {moment:?}: {it}", scenario.command);
                wrong.extend(found.into_iter().map(named));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Places all through the connections that an undisturbed run has to a database.
fn moments(scenario: &Scenario, sandbox: &Sandbox, alias: &str) -> Vec<Moment> {
    scenario.put_into(sandbox);
    let whole = proxy(sandbox, alias, None);
    through(&whole, scenario, sandbox, alias).finish().expect(0);
    let places = |direction| {
        let bytes = whole.passed(direction);
        (0..PLACES).map(move |place| Moment::After(direction, bytes * place / PLACES))
    };
    [Direction::ToServer, Direction::ToClient]
        .into_iter()
        .flat_map(places)
        .collect()
}

/// A proxy before a database's server.
fn proxy(sandbox: &Sandbox, alias: &str, fault: Option<Fault>) -> Proxy {
    let (server, _) = sandbox.server(alias).unwrap();
    Proxy::start(server.port(), fault).unwrap_or_else(|error| panic!("{error}"))
}

/// A run of the command whose connections to a database go through a proxy.
fn through(proxy: &Proxy, scenario: &Scenario, sandbox: &Sandbox, alias: &str) -> Run {
    let (server, name) = sandbox.server(alias).unwrap();
    let variable = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
    let run = sandbox.run(&scenario.command);
    run.set(&variable, server.url_at(proxy.port(), &name))
}
