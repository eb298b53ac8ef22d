use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use crate::events::Events;
use crate::sandbox::Sandbox;
use crate::tables::Tables;
use crate::version::Version;

/// Who removes users must not do so while a run is about to commit orders of theirs: that the orders
/// cannot be seen yet is no reason.
#[test]
fn what_a_run_under_way_refers_to_is_not_removed() {
    for remove in [["migrate", "down"], ["migrate", "fresh"]] {
        let sandbox = all_but_orders();
        let (mut seed, _events) = orders_written_but_not_committed(&sandbox);
        let arguments = [&remove[..], &["--yes", "--database", "users"]].concat();
        let mut removal = start(&mut sandbox.command(&arguments));
        // It says that it waits for the run, or it is through although it should wait.
        let mut told = BufReader::new(removal.stderr.take().expect("a pipe"));
        let mut line = String::new();
        told.read_line(&mut line).expect("text");
        signal("CONT", &seed);
        let removed = removal.wait().expect("it is a child of this process");
        seed.wait().expect("it is a child of this process");
        let tables = Tables::of(&sandbox);
        assert_eq!(tables.dangling().len(), 0, "orders of nobody: {remove:?}");
        assert_eq!(removed.code(), Some(2), "{remove:?}: {line}");
        assert!(tables == Version(1).tables(), "{remove:?} removed nothing");
    }
}

/// Who removes everything begins with the orders. A run that loads orders alone may have its turn just
/// then, and must not end up with orders of users that go a moment later.
#[test]
fn a_run_that_comes_between_the_commits_of_a_removal_keeps_what_it_refers_to() {
    let sandbox = all_but_orders();
    let mut events = Events::up_to("orders.commit.before#1");
    let mut removal = sandbox.command(&["migrate", "fresh", "--yes"]);
    events.listen_to(&mut removal);
    let mut removal = start(&mut removal);
    assert!(events.wait_for("orders.commit.before#1", &mut removal));
    let (mut seed, _events) = orders_written_but_not_committed(&sandbox);
    events.go_on();
    let mut told = BufReader::new(removal.stderr.take().expect("a pipe"));
    told.read_line(&mut String::new()).expect("text");
    signal("CONT", &seed);
    let removed = removal.wait().expect("it is a child of this process");
    seed.wait().expect("it is a child of this process");
    let tables = Tables::of(&sandbox);
    assert_eq!(tables.dangling().len(), 0, "orders of nobody");
    assert_eq!(removed.code(), Some(3), "it came too late to be refused");
    assert!(tables == Version(1).tables(), "the run is complete");
}

/// Users and products of version 1, and no orders yet.
fn all_but_orders() -> Sandbox {
    let sandbox = Sandbox::new();
    Version(1).write_fixtures(&sandbox);
    assert!(sandbox.run(&["migrate"]).status.success());
    sandbox.succeeds(&["seed", "--database", "users", "--database", "products"]);
    sandbox
}

/// A run that loads the orders alone and was stopped on its way.
fn orders_written_but_not_committed(sandbox: &Sandbox) -> (Child, Events) {
    let events = Events::new();
    let mut seed = sandbox.command(&["seed", "-q", "--database", "orders"]);
    events.listen_to(&mut seed);
    let mut seed = start(&mut seed);
    if events.wait_for("orders.batch.before#1", &mut seed) {
        signal("STOP", &seed);
    }
    (seed, events)
}

fn start(command: &mut Command) -> Child {
    command.stdout(Stdio::null()).stderr(Stdio::piped());
    command.spawn().expect("it starts")
}

fn signal(signal: &str, process: &Child) {
    let mut kill = Command::new("kill");
    kill.args([format!("-{signal}"), process.id().to_string()]);
    // One that is through already has nothing to be told.
    _ = kill
        .stderr(Stdio::null())
        .status()
        .expect("`kill` is installed");
}
