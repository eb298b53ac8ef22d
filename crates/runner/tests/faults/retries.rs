//! Faults that pass, and fixtures that do not stay as they are.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;

use serde_json::Value;

use crate::checks::what_was_done;
use crate::fixtures::version;
use crate::on::ALIASES;
use crate::pipe::Pipe;
use crate::sandbox::Sandbox;

const ROWS: i64 = 20;

fn seeded() -> Sandbox {
    let sandbox = Sandbox::seeded(&version(1, ROWS));
    sandbox.fixtures(&version(2, ROWS));
    sandbox
}

#[test]
fn every_try_is_told() {
    let undisturbed = seeded();
    let report = undisturbed.run("seed").finish().expect(0).report();
    let sandbox = seeded();
    let faults = [
        "users.begin.before#1:transient",
        "products.begin.after#1:transient",
        "orders.begin.before#1:transient",
        "orders.commit.before#1:transient",
        "orders.commit.before#2:transient",
    ];
    let run = sandbox.run("seed").fail_at(&faults.join(","));
    let run = run.finish().expect_outcome(0, "seeded");
    assert_eq!(run.retries(), faults.len(), "{}", run.stderr);
    assert_eq!(what_was_done(&run.report()), what_was_done(&report));
    assert_eq!(sandbox.state(), undisturbed.state());
}

#[test]
fn a_fault_that_does_not_pass_in_time_is_told_once() {
    let sandbox = seeded();
    let before = sandbox.state();
    let faults: Vec<_> = (1..=100)
        .map(|number| format!("orders.batch.before#{number}:transient"))
        .collect();
    let run = sandbox.run("seed").fail_at(&faults.join(","));
    let run = run.set("SEEDBED_RETRY_FOR", "200ms").finish();
    let run = run.expect_failure(
        "orders",
        &["transient fault on purpose; nothing was written"],
    );
    assert!(run.retries() > 0, "{}", run.stderr);
    assert_eq!(sandbox.state(), before);
}

/// A later attempt fails for good: what the first one committed is told all the same.
#[test]
fn what_earlier_attempts_committed_is_told() {
    let failures = [
        "users.begin.before#2:error",
        "orders.begin.after#3:error",
        "products.batch.before#2:error",
        "orders.ledger.before#2:error",
        "orders.commit.before#2:error",
    ];
    for failure in failures {
        let sandbox = seeded();
        let faults = format!("orders.commit.before#1:transient,{failure}");
        let run = sandbox.run("seed").fail_at(&faults).finish();
        if failure.starts_with("products.batch") {
            // There is nothing left to write for the products.
            run.expect_outcome(0, "seeded");
            continue;
        }
        check_partly(&sandbox, run);
    }
}

/// Another run changes rows between two attempts, so that the second writes them once more and the
/// ledger already knows the run when its COMMIT fails.
#[test]
fn a_commit_is_not_taken_for_that_of_an_earlier_attempt() {
    let sandbox = seeded();
    let faults = [
        "orders.commit.before#1:hold",
        "orders.commit.before#1:transient",
        "users.commit.before#2:error",
    ];
    let mut run = sandbox.run("seed").fail_at(&faults.join(",")).start();
    run.wait_for("held at");
    let other = Sandbox::new();
    other.fixtures(&version(3, ROWS));
    let folder = other.path("fixtures");
    let between = format!("seed --database users --fixtures {}", folder.display());
    let between = sandbox.run(&between).finish();
    between.expect_outcome(0, "seeded");
    let theirs = sandbox.rows("users");
    run.release();
    run.finish()
        .expect_failure("users", &["failed on purpose", "not committed: orders"]);
    assert_eq!(sandbox.rows("users"), theirs);
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
    let expected = seeded();
    expected.run("seed").finish().expect_outcome(0, "seeded");
    for alias in ALIASES {
        assert_eq!(sandbox.rows(alias), expected.rows(alias));
    }
}

/// The reply to a COMMIT is lost, and the ledger says that it took place: there is nothing more to tell.
#[test]
fn a_commit_that_the_ledger_knows_of_is_told_once() {
    let sandbox = seeded();
    let run = sandbox.run("seed").fail_at("users.commit.after#1:error");
    let run = run.finish().expect_outcome(0, "seeded");
    let told = run.stderr.matches("`users`").count();
    assert_eq!(told, 1, "{}", run.stderr);
}

/// The reply to a migration's COMMIT is lost, and asking the ledger has closed the database.
#[test]
fn rows_follow_a_migration_that_the_ledger_knows_of() {
    let sandbox = Sandbox::new();
    sandbox.fixtures(&version(1, ROWS));
    let run = sandbox.run("up").fail_at("products.commit.after#1:error");
    let run = run.finish().expect_outcome(0, "seeded");
    assert_eq!(run.retries(), 0, "{}", run.stderr);
    let files = fs::read_dir(sandbox.data()).unwrap();
    let files: BTreeSet<_> = files.map(|file| file.unwrap().file_name()).collect();
    let databases = ALIASES.map(|alias| format!("{alias}.db").into());
    assert_eq!(files, databases.into(), "journals are left");
}

/// The reply to a COMMIT is lost, and the ledger cannot be asked.
#[test]
fn a_commit_in_doubt_is_told_as_such() {
    let sandbox = seeded();
    let run = sandbox
        .run("seed")
        .fail_at("users.commit.after#1:hold,users.commit.after#1:error")
        .set("SEEDBED_LOCK_TIMEOUT", "300ms");
    let mut run = run.start();
    run.wait_for("held at");
    let lock = sandbox.lock("users");
    run.release();
    let run = run.finish().expect_failure(
        "users",
        &["could not be found out", "; not committed: orders; run"],
    );
    drop(lock);
    let databases = &run.report()["databases"];
    let flags = [0, 1, 2].map(|index| databases[index]["committed"].clone());
    assert_eq!(flags, [Value::Null, Value::Bool(true), Value::Bool(false)]);
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
}

#[test]
fn a_database_that_is_gone_by_the_next_attempt_hides_nothing() {
    let sandbox = seeded();
    // The second turn is for asking the ledger, and the last before the next attempt.
    let faults = "orders.commit.before#1:transient,orders.begin.after#2:hold";
    let mut run = sandbox.run("seed").fail_at(faults).start();
    run.wait_for("held at");
    fs::rename(sandbox.data(), sandbox.path("elsewhere")).unwrap();
    run.release();
    let run = run.finish();
    fs::rename(sandbox.path("elsewhere"), sandbox.data()).unwrap();
    check_partly(&sandbox, run);
}

/// Users and products are committed, orders are not; the run says so and the next completes it.
#[track_caller]
fn check_partly(sandbox: &Sandbox, run: crate::process::Finished) {
    let run = run.expect_outcome(3, "failed");
    let told = "; committed: users, products; not committed: orders; run the command again";
    assert!(run.message().contains(told), "{}", run.message());
    let flags = ALIASES.iter().enumerate();
    for (index, alias) in flags {
        let database = &run.report()["databases"][index];
        assert_eq!(database["name"], *alias);
        assert_eq!(database["committed"], *alias != "orders");
        let dataset = &run.report()["datasets"][index];
        if *alias != "orders" {
            assert_eq!(dataset["updated"], ROWS, "{dataset}");
        }
    }
    let undisturbed = seeded();
    undisturbed.run("seed").finish().expect_outcome(0, "seeded");
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
    assert_eq!(sandbox.state(), undisturbed.state());
}

/// Rows that exchange a unique value are written in a second reading.
#[test]
fn a_fixture_that_changes_between_two_readings_is_refused() {
    let sandbox = seeded();
    let before = sandbox.state();
    let path = sandbox.path("fixtures/users.yaml");
    let first = fs::read_to_string(&path).unwrap();
    let first = first
        .replace("email: u1@", "email: swapped@")
        .replace("email: u2@", "email: u1@")
        .replace("email: swapped@", "email: u2@");
    let pipe = Pipe::of(&sandbox, "users");
    let run = sandbox.run("seed").start();
    let mut fixture = pipe.opened();
    // What the run has open it reads to the end; next time it finds another file.
    fs::remove_file(&path).unwrap();
    fs::write(&path, format!("{first}# changed\n")).unwrap();
    fixture.write_all(first.as_bytes()).unwrap();
    drop(fixture);
    run.finish().expect_failure(
        "users",
        &["a fixture of `users` changed", "nothing was written"],
    );
    assert_eq!(sandbox.state(), before);
}

#[test]
fn a_fixture_that_changes_between_attempts_is_refused() {
    for alias in ALIASES {
        let sandbox = seeded();
        let before = sandbox.state();
        let faults = "orders.commit.before#1:hold,orders.commit.before#1:transient";
        let mut run = sandbox.run("seed").fail_at(faults).start();
        run.wait_for("held at");
        sandbox.fixtures(&version(3, ROWS).map(|(name, yaml)| {
            let changed = name == alias;
            (
                name,
                if changed {
                    yaml
                } else {
                    version(2, ROWS)
                        .into_iter()
                        .find(|(n, _)| *n == name)
                        .unwrap()
                        .1
                },
            )
        }));
        run.release();
        let run = run.finish().expect(3);
        let message = run.message();
        assert!(
            message.contains(&format!("a fixture of `{alias}` changed")),
            "{message}"
        );
        assert!(
            message.contains("; committed: users, products; not committed: orders;"),
            "{message}"
        );
        let state = sandbox.state();
        assert_eq!(state.0["orders"], before.0["orders"]);
        let price = format!("{:?}", state.0["products"].rows.as_ref().unwrap()[&1][2]);
        assert!(price.contains('2'), "{price}");
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
    }
}

#[test]
fn a_fixture_that_changes_while_a_turn_is_waited_for_is_read_as_it_is_then() {
    let sandbox = seeded();
    let lock = sandbox.lock("orders");
    let mut run = sandbox.run("seed").start();
    run.wait_for("waiting for the database `orders`");
    sandbox.fixtures(&version(3, ROWS));
    drop(lock);
    run.finish().expect_outcome(0, "seeded");
    let expected = Sandbox::seeded(&version(1, ROWS));
    expected.fixtures(&version(3, ROWS));
    expected.run("seed").finish().expect_outcome(0, "seeded");
    assert_eq!(sandbox.state(), expected.state());
}
