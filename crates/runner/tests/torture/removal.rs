use std::io::{BufRead, BufReader};
use std::process::{Command, Stdio};

use crate::events::Events;
use crate::sandbox::Sandbox;
use crate::tables::Tables;
use crate::version::Version;

/// Who removes users must not do so while a run is about to commit orders of theirs: that the orders
/// cannot be seen yet is no reason.
#[test]
fn what_a_run_under_way_refers_to_is_not_removed() {
    for remove in [["migrate", "down"], ["migrate", "fresh"]] {
        let sandbox = Sandbox::new();
        let events = Events::new(sandbox.path());
        Version(1).write_fixtures(&sandbox);
        sandbox.succeeds(&["up", "--database", "users", "--database", "products"]);
        sandbox.run(&["migrate"]);
        let mut seed = sandbox.command(&["seed", "-q", "--database", "orders"]);
        seed.stdout(Stdio::null()).stderr(Stdio::null());
        events.listen_to(&mut seed);
        let mut seed = seed.spawn().expect("it starts");
        assert!(events.wait_for("orders.batch.before#1", &mut seed));
        signal("STOP", seed.id());
        let mut removal =
            sandbox.command(&[&remove[..], &["--yes", "--database", "users"]].concat());
        let removal = removal.stdout(Stdio::null()).stderr(Stdio::piped()).spawn();
        let mut removal = removal.expect("it starts");
        // It says that it waits for the run, or it is through although it should wait; either ends a line.
        let mut told = BufReader::new(removal.stderr.take().expect("a pipe"));
        let mut first = String::new();
        told.read_line(&mut first).expect("text");
        signal("CONT", seed.id());
        let removal = removal
            .wait_with_output()
            .expect("it is a child of this process");
        seed.wait().expect("it is a child of this process");
        let tables = Tables::of(&sandbox);
        assert_eq!(tables.dangling().len(), 0, "{remove:?}: {first}{removal:?}");
        assert_eq!(
            removal.status.code(),
            Some(2),
            "{remove:?}: {first}{removal:?}"
        );
        assert!(tables == Version(1).tables(), "{remove:?} removed nothing");
    }
}

fn signal(signal: &str, process: u32) {
    let sent = Command::new("kill")
        .arg(format!("-{signal}"))
        .arg(process.to_string())
        .status();
    assert!(sent.expect("`kill` is installed").success());
}
