//! Ctrl-C and SIGTERM.

use std::io::{ErrorKind, Write};

use crate::fixtures::version;
use crate::on::{ALIASES, On};
use crate::pipe::Pipe;
use crate::sandbox::Sandbox;

const ROWS: i64 = 20;

fn seeded() -> Sandbox {
    let sandbox = Sandbox::seeded(&version(1, ROWS));
    sandbox.fixtures(&version(2, ROWS));
    sandbox
}

#[test]
fn a_signal_ends_the_reading_of_fixtures() {
    for (signal, alias) in [("TERM", "users"), ("INT", "products"), ("TERM", "orders")] {
        let sandbox = seeded();
        let before = sandbox.state();
        let pipe = Pipe::of(&sandbox, alias);
        let run = sandbox.run("seed").start();
        let mut fixture = pipe.opened();
        run.signal(signal);
        // Rows without end, until nobody reads any more of them.
        let mut endless = (1..).map(|id| format!("- id: {id}\n"));
        let error = endless.find_map(|row| fixture.write_all(row.as_bytes()).err());
        assert_eq!(error.unwrap().kind(), ErrorKind::BrokenPipe);
        let ended = run.finish().expect_outcome(130, "interrupted");
        assert_eq!(ended.report()["error"], serde_json::Value::Null);
        assert_eq!(sandbox.state(), before, "{alias}");
    }
}

#[test]
fn a_signal_ends_the_writing_of_rows() {
    for alias in ALIASES {
        let sandbox = seeded();
        let before = sandbox.state();
        let held = format!("{alias}.batch.after#1:hold");
        let mut run = sandbox.run("seed").fail_at(&held).start();
        run.wait_for("held at");
        run.signal("INT");
        run.wait_for("interrupt again");
        run.release();
        run.finish().expect_outcome(130, "interrupted");
        assert_eq!(sandbox.state(), before, "{alias}");
    }
}

#[test]
fn a_signal_after_the_barrier_lets_the_commits_finish() {
    let undisturbed = seeded();
    undisturbed.run("seed").finish().expect_outcome(0, "seeded");
    for place in [
        "users.commit.before#1",
        "users.commit.after#1",
        "orders.commit.before#1",
    ] {
        for then in ["", ":transient", ":error"] {
            if then == ":error" && place.contains("before") {
                continue;
            }
            let sandbox = seeded();
            let fault = match then {
                "" => String::new(),
                then => format!(",{place}{then}"),
            };
            let run = sandbox.run("seed").fail_at(&format!("{place}:hold{fault}"));
            let mut run = run.start();
            run.wait_for("held at");
            run.signal("TERM");
            run.wait_for("interrupt again");
            run.release();
            let ended = run.finish();
            if place == "users.commit.before#1" && then == ":transient" {
                // Whether the products were committed by then is up to the order of two commits.
                assert!([Some(0), Some(130)].contains(&ended.code), "{ended:#?}");
                sandbox.run("seed").finish().expect(0);
            } else {
                ended.expect_outcome(0, "seeded");
            }
            assert_eq!(
                sandbox.state().0["orders"].rows,
                undisturbed.state().0["orders"].rows
            );
        }
    }
}

#[test]
fn a_signal_ends_the_pause_before_another_try() {
    for command in ["seed", "migrate fresh --yes"] {
        let sandbox = seeded();
        let before = sandbox.state();
        let faults: Vec<_> = (1..=6)
            .map(|number| format!("users.begin.after#{number}:transient"))
            .collect();
        let mut run = sandbox.run(command).fail_at(&faults.join(",")).start();
        (0..6).for_each(|_| run.wait_for("trying again"));
        run.signal("INT");
        run.finish().expect(130);
        assert_eq!(sandbox.state(), before);
    }
}

/// Also where nothing else would: at a pipe that stays silent, in a commit that does not end.
#[test]
fn a_second_signal_ends_a_run_at_once() {
    let sandbox = seeded();
    let before = sandbox.state();
    let pipe = Pipe::of(&sandbox, "products");
    let run = sandbox.run("seed").start();
    let silent = pipe.opened();
    run.signal("INT");
    run.signal("TERM");
    run.finish().expect(130);
    drop(silent);
    assert_eq!(sandbox.state(), before);

    let sandbox = seeded();
    let run = sandbox.run("seed").fail_at("orders.commit.before#1:hold");
    let mut run = run.start();
    run.wait_for("held at");
    run.signal("TERM");
    run.signal("INT");
    // Not 130, which says that nothing was written.
    let ended = run.finish().expect(3);
    assert!(ended.stderr.contains("run the command again"), "{ended:#?}");
    let state = sandbox.state();
    assert_eq!(state.0["orders"].rows, before.0["orders"].rows);
    assert_ne!(state.0["users"].rows, before.0["users"].rows);
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
}

/// There, tables are committed as they are made.
#[test]
fn a_second_signal_ends_a_migration_that_may_have_made_tables() {
    On::Mariadb.run(|on| {
        let sandbox = Sandbox::on(on);
        let run = sandbox.run("migrate").fail_at("users.ledger.before#1:hold");
        let mut run = run.start();
        run.wait_for("held at");
        run.signal("TERM");
        run.signal("INT");
        run.finish().expect(3);
        sandbox.run("migrate").finish().expect(0);
    });
}

#[test]
fn a_killed_run_leaves_nothing_behind() {
    for place in [
        "users.batch.after#1",
        "orders.ledger.after#1",
        "users.commit.before#1",
    ] {
        let sandbox = seeded();
        let before = sandbox.state();
        let mut run = sandbox
            .run("seed")
            .fail_at(&format!("{place}:hold"))
            .start();
        run.wait_for("held at");
        run.signal("KILL");
        assert_eq!(run.finish().signal, Some(9));
        assert_eq!(sandbox.state(), before, "{place}");
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
    }
}
