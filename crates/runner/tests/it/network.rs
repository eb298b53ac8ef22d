use std::env;
use std::thread;

use serde_json::json;
use servers::{Direction, Fault, Moment, Proxy};

use crate::on::{On, on_every_engine, on_servers};
use crate::report::Report;
use crate::sandbox::{DOUBT, ROWS, Sandbox};

on_servers![
    a_run_goes_through_wherever_a_connection_is_cut,
    a_run_goes_through_wherever_a_connection_is_reset,
    a_commit_that_was_not_heard_is_said_again,
    a_commit_whose_reply_was_lost_is_not_said_twice,
];
on_every_engine!(
    without_advisory_locks WithoutAdvisoryLocks:
    a_commit_whose_reply_was_lost_is_not_said_twice
);

/// Places in one direction at which a sweep strikes. `SWEEP_PLACES` may ask for more; there is no use
/// in more than there are bytes.
const PLACES: u64 = 12;

/// Through which database the network fails: the first to be committed, and the last.
const FAILING: [&str; 2] = ["users", "orders"];

/// A migrated store, and what a run is to leave in it.
struct Trial {
    sandbox: Sandbox,
    seeded: Vec<Vec<String>>,
}

impl Trial {
    fn new(on: On) -> Self {
        let sandbox = on.seeded();
        let seeded = found(&sandbox);
        Self { sandbox, seeded }
    }

    /// A proxy before a database's server.
    fn proxy(&self, alias: &str, fault: Option<Fault>) -> Proxy {
        let (server, _) = self.sandbox.server(alias).expect("it is on a server");
        Proxy::start(server.port(), fault).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Seeds tables that are as `migrate` left them, one of them through a proxy.
    fn seed(&self, alias: &str, proxy: &Proxy) -> Report {
        in_each(&self.sandbox, |table, _| {
            format!("DELETE FROM {table}; DELETE FROM seedbed_ledger WHERE command = 'seed';")
        });
        let (server, name) = self.sandbox.server(alias).expect("it is on a server");
        let variable = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
        let url = server.url_at(proxy.port(), &name);
        let variables = [(variable.as_str(), url.as_str())];
        Report::of(
            self.sandbox
                .run_with(&variables, ["seed", "--format", "json"]),
        )
    }

    /// What is not as it should be: each row is written once, and each database has recorded that once.
    fn wrong(&self, report: &Report) -> Option<String> {
        if report.code != 0 {
            return Some(report.json["error"]["message"].to_string());
        }
        let found = found(&self.sandbox);
        (found != self.seeded).then(|| format!("this is there: {found:?}"))
    }

    /// Seeds while a fault strikes; tells, too, what came of it that should not.
    fn suffer(&self, alias: &str, fault: Fault) -> (Report, Option<String>) {
        let proxy = self.proxy(alias, Some(fault));
        let report = self.seed(alias, &proxy);
        let is_passed = match fault {
            Fault::Cut(Moment::After(direction, place))
            | Fault::Reset(Moment::After(direction, place)) => proxy.passed(direction) > place,
            _ => true,
        };
        // Not every run says the same number of bytes.
        let wrong = match proxy.has_struck() || !is_passed {
            true => self.wrong(&report),
            false => Some("it did not strike".to_owned()),
        };
        let wrong = wrong.map(|wrong| format!("{alias}, {fault:?}: {wrong}"));
        (report, wrong)
    }

    /// Strikes at places all over what a run says in one direction; tells what came of them that should not.
    fn sweep(&self, alias: &str, direction: Direction, fault: fn(Moment) -> Fault) -> Vec<String> {
        let whole = self.proxy(alias, None);
        assert_eq!(self.wrong(&self.seed(alias, &whole)), None, "undisturbed");
        let bytes = whole.passed(direction);
        assert!(bytes > 0, "{alias}, {direction:?}");
        let wanted = env::var("SWEEP_PLACES").map_or(PLACES, |it| it.parse().expect("a number"));
        let places = (0..bytes).step_by((bytes / wanted).max(1) as usize);
        println!(
            "{alias}, {direction:?}: {} of {bytes} places",
            places.clone().count()
        );
        let strike = |place| self.suffer(alias, fault(Moment::After(direction, place))).1;
        places.filter_map(strike).collect()
    }

    /// Strikes at a COMMIT. Whether it took place is asked, and what was inserted by it is told: another attempt that
    /// finds it there would not.
    fn strike(&self, moment: Moment) {
        for fault in [Fault::Cut(moment), Fault::Reset(moment)] {
            for alias in FAILING {
                let (report, wrong) = self.suffer(alias, fault);
                assert_eq!(wrong, None);
                assert!(report.ran.stderr.contains(DOUBT), "{report:#?}");
                let inserted = match alias {
                    "users" => json!([10, 9, 1, 9, 0, 0]),
                    _ => json!([10, 7, 3, 7, 0, 0]),
                };
                assert_eq!(report.counts(alias), inserted, "{report:#?}");
            }
        }
    }
}

/// The rows of each table, and how often its database has recorded that it was seeded.
fn found(sandbox: &Sandbox) -> Vec<Vec<String>> {
    let recorded = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed'";
    in_each(sandbox, |_, rows| format!("{rows}; {recorded};"))
}

/// Runs statements, made of a table's name and the query for its rows, in each database by a single client.
fn in_each(sandbox: &Sandbox, statements: impl Fn(&str, &str) -> String) -> Vec<Vec<String>> {
    let on_server = |alias| sandbox.server(alias).expect("it is on a server");
    let (server, _) = on_server(FAILING[0]);
    let statements = ROWS.map(|(table, rows)| (on_server(table).1, statements(table, rows)));
    let rows = server.sql_in_each(&statements);
    rows.unwrap_or_else(|error| panic!("{error}"))
}

/// Strikes at places all over a run. Most of the time goes to pauses before it is tried again, so both
/// directions are swept at once, through both databases, each on a store of its own.
fn sweep(on: On, fault: fn(Moment) -> Fault) {
    let wrong: Vec<String> = thread::scope(|scope| {
        let ways = [Direction::ToServer, Direction::ToClient];
        let ways = ways
            .into_iter()
            .flat_map(|way| FAILING.map(|alias| (alias, way)));
        let start = |(alias, way)| scope.spawn(move || Trial::new(on).sweep(alias, way, fault));
        let sweeps: Vec<_> = ways.map(start).collect();
        let ended = sweeps.into_iter().map(|sweep| sweep.join());
        ended.flat_map(|wrong| wrong.expect("told above")).collect()
    });
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn a_run_goes_through_wherever_a_connection_is_cut(on: On) {
    sweep(on, Fault::Cut);
}

fn a_run_goes_through_wherever_a_connection_is_reset(on: On) {
    sweep(on, Fault::Reset);
}

fn a_commit_that_was_not_heard_is_said_again(on: On) {
    Trial::new(on).strike(Moment::Before("COMMIT"));
}

fn a_commit_whose_reply_was_lost_is_not_said_twice(on: On) {
    Trial::new(on).strike(Moment::BeforeReplyTo("COMMIT"));
}
