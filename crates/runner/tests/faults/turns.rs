//! Runs take turns at databases, with each other and with other programs.

use std::time::{Duration, Instant};

use crate::fixtures::version;
use crate::on::{ALIASES, On, on_every_engine};
use crate::process::{Finished, Running};
use crate::sandbox::{STORE, Sandbox};

on_every_engine![
    a_second_run_begins_when_the_first_has_ended,
    a_run_gives_up_on_another,
    a_run_and_a_removal_do_not_lock_each_other_out,
    a_run_begins_when_a_removal_has_ended,
];
on_every_engine!(
    without_advisory_locks WithoutAdvisoryLocks:
    a_second_run_begins_when_the_first_has_ended
    a_run_gives_up_on_another
    a_run_and_a_removal_do_not_lock_each_other_out
    a_run_begins_when_a_removal_has_ended
);
// Elsewhere, what a removal has not committed locks out nobody who reads.
on_every_engine!(
    tables_being_dropped Postgres:
    whoever_looks_at_locked_tables_gives_up
);

const ROWS: i64 = 20;

/// What commands say of a database that another program is writing to.
fn waiting(alias: &str) -> String {
    format!("waiting for the database `{alias}`")
}

/// Databases with a version of all rows, and fixtures with the next.
fn seeded() -> Sandbox {
    seeded_on(On::Sqlite)
}

fn seeded_on(on: On) -> Sandbox {
    let sandbox = Sandbox::on(on).with_rows(&version(1, ROWS));
    sandbox.fixtures(&version(2, ROWS));
    sandbox
}

#[test]
fn a_run_waits_for_a_database_that_is_written_to() {
    for command in ["seed", "migrate fresh --yes", "migrate down --yes"] {
        for alias in ALIASES {
            let undisturbed = seeded();
            undisturbed.run(command).finish().expect(0);
            let sandbox = seeded();
            let lock = sandbox.lock(alias);
            let mut run = sandbox.run(command).start();
            run.wait_for(&waiting(alias));
            drop(lock);
            run.finish().expect(0);
            assert_eq!(sandbox.state(), undisturbed.state(), "{command}, {alias}");
        }
    }
}

#[test]
fn a_run_gives_up_after_the_configured_time() {
    for command in ["seed", "migrate fresh --yes", "migrate down --yes"] {
        for alias in ALIASES {
            let sandbox = seeded();
            let before = sandbox.state();
            let lock = sandbox.lock(alias);
            let run = sandbox.run(command).set("SEEDBED_LOCK_TIMEOUT", "300ms");
            let path = format!("data/{alias}.db");
            let failed = run.finish().expect_failure(alias, &[&path, "lock_timeout"]);
            drop(lock);
            if command == "seed" {
                assert!(failed.message().ends_with("; nothing was written"));
            }
            assert_eq!(sandbox.state(), before, "{command}, {alias}");
        }
    }
}

#[test]
fn a_migration_waits_for_its_database_alone() {
    for alias in ALIASES {
        let sandbox = Sandbox::new();
        // A journal in place, so that the file is as the program leaves it.
        sandbox.run("migrate").finish().expect(0);
        sandbox.run("migrate down --yes").finish().expect(0);
        let lock = sandbox.lock(alias);
        let run = sandbox.run("migrate").set("SEEDBED_LOCK_TIMEOUT", "300ms");
        let failed = run.finish().expect_failure(alias, &["lock_timeout"]);
        drop(lock);
        let others: Vec<_> = ALIASES.into_iter().filter(|o| *o != alias).collect();
        let told = format!(
            "; committed: {}; not committed: {alias};",
            others.join(", ")
        );
        assert!(failed.message().contains(&told), "{}", failed.message());
        let state = sandbox.state();
        for other in ALIASES {
            assert_eq!(state.0[other].rows.is_some(), other != alias, "{other}");
        }
        sandbox.run("migrate").finish().expect(0);
    }
}

/// A file that is no WAL database yet has to be alone for a moment when it is made one.
#[test]
fn a_file_in_another_journal_mode_is_waited_for() {
    for alias in ALIASES {
        let sandbox = seeded();
        let mode = "PRAGMA journal_mode = DELETE";
        let db = crate::state::open(&sandbox.database(alias));
        db.query_row(mode, [], |_| Ok(())).unwrap();
        drop(db);
        let lock = sandbox.lock(alias);
        let run = sandbox.run("seed").set("SEEDBED_LOCK_TIMEOUT", "300ms");
        let start = Instant::now();
        run.finish()
            .expect_failure(alias, &[&format!("data/{alias}.db")]);
        assert!(start.elapsed() >= Duration::from_millis(300), "{alias}");
        drop(lock);
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
    }
}

#[test]
fn a_signal_ends_the_waiting() {
    for command in ["seed", "migrate fresh --yes", "migrate down --yes"] {
        for (signal, alias) in [("INT", "users"), ("TERM", "products"), ("INT", "orders")] {
            let sandbox = seeded();
            let before = sandbox.state();
            let lock = sandbox.lock(alias);
            let mut run = sandbox.run(command).start();
            run.wait_for(&waiting(alias));
            run.signal(signal);
            let ended = run.finish().expect(130);
            drop(lock);
            if command == "seed" {
                assert_eq!(ended.report()["outcome"], "interrupted");
            }
            assert_eq!(sandbox.state(), before, "{command}, {alias}");
        }
    }
}

#[test]
fn a_signal_ends_a_migration_that_waits() {
    let sandbox = Sandbox::migrated(&version(1, ROWS));
    sandbox.run("migrate down --yes").finish().expect(0);
    for command in ["migrate", "up"] {
        let locks = ALIASES.map(|alias| sandbox.lock(alias));
        let mut run = sandbox.run(command).start();
        run.wait_for(&waiting("orders"));
        run.signal("TERM");
        run.finish().expect(130);
        drop(locks);
        let state = sandbox.state();
        assert!(ALIASES.iter().all(|alias| state.0[alias].rows.is_none()));
    }
}

/// Starts the same command so many times at once.
fn together(sandbox: &Sandbox, command: &str, times: usize) -> Vec<Finished> {
    let start = |_| sandbox.run(command).start();
    let runs: Vec<_> = (0..times).map(start).collect();
    runs.into_iter().map(Running::finish).collect()
}

#[test]
fn eight_runs_at_once_come_to_the_same_as_one() {
    let up = format!("up --fixtures {STORE}");
    let undisturbed = Sandbox::new();
    undisturbed.run(&up).finish().expect_outcome(0, "seeded");
    let sandbox = Sandbox::new();
    let mut outcomes: Vec<_> = together(&sandbox, &up, 8)
        .into_iter()
        .map(|run| {
            run.expect(0).report()["outcome"]
                .as_str()
                .unwrap()
                .to_owned()
        })
        .collect();
    outcomes.sort();
    assert_eq!(outcomes, [&["seeded"][..], &["unchanged"; 7]].concat());
    assert_eq!(sandbox.state(), undisturbed.state());
    let state = sandbox.state();
    let seeding = ALIASES.map(|alias| state.0[alias].runs.last());
    assert_eq!(seeding[0], seeding[1]);
    assert_eq!(seeding[0], seeding[2]);
}

#[test]
fn migrators_at_once_migrate_once() {
    let undisturbed = Sandbox::new();
    undisturbed.run("migrate").finish().expect(0);
    for times in [2, 2, 6] {
        let sandbox = Sandbox::new();
        let runs = together(&sandbox, "migrate", times);
        for alias in ALIASES {
            let applied = |run: &&Finished| {
                let report = run.report();
                let databases = report["databases"].as_array().unwrap();
                let database = databases.iter().find(|d| d["name"] == alias).unwrap();
                !database["newly_applied"].as_array().unwrap().is_empty()
            };
            assert_eq!(runs.iter().filter(applied).count(), 1, "{alias}");
        }
        runs.into_iter().for_each(|run| _ = run.expect(0));
        assert_eq!(sandbox.state(), undisturbed.state());
    }
}

fn a_second_run_begins_when_the_first_has_ended(on: On) {
    for place in [
        "users.begin.after#1",
        "orders.batch.after#1",
        "orders.commit.before#1",
    ] {
        let sandbox = seeded_on(on);
        let mut first = sandbox
            .run("seed")
            .fail_at(&format!("{place}:hold"))
            .start();
        first.wait_for("held at");
        let next = Sandbox::new();
        next.fixtures(&version(3, ROWS));
        let folder = next.path("fixtures");
        let mut second = sandbox
            .run(&format!("seed --fixtures {}", folder.display()))
            .start();
        second.wait_for("waiting for the database");
        first.release();
        first.finish().expect_outcome(0, "seeded");
        second.finish().expect_outcome(0, "seeded");
        let expected = Sandbox::on(on).with_rows(&version(1, ROWS));
        for number in [2, 3] {
            expected.fixtures(&version(number, ROWS));
            expected.run("seed").finish().expect_outcome(0, "seeded");
        }
        assert_eq!(sandbox.state(), expected.state(), "{place}");
    }
}

fn a_run_gives_up_on_another(on: On) {
    let sandbox = seeded_on(on);
    let first = sandbox.run("seed").fail_at("users.begin.after#1:hold");
    let mut first = first.start();
    first.wait_for("held at");
    if matches!(on, On::Postgres | On::WithoutAdvisoryLocks) {
        let locks = advisory_locks(&sandbox, "users");
        assert_eq!(locks > 0, on == On::Postgres, "{locks} advisory locks");
    }
    for command in ["seed", "migrate fresh --yes"] {
        let run = sandbox.run(command).set("SEEDBED_LOCK_TIMEOUT", "300ms");
        run.finish().expect_failure("users", &["lock_timeout"]);
    }
    first.release();
    first.finish().expect_outcome(0, "seeded");
}

/// Those that are held in a database of PostgreSQL's.
fn advisory_locks(sandbox: &Sandbox, alias: &str) -> u32 {
    let (server, name) = sandbox.server(alias).expect("it is on a server");
    let count = "SELECT count(*) FROM pg_locks JOIN pg_database AS d ON d.oid = database \
                 WHERE locktype = 'advisory' AND datname = current_database();";
    let rows = server.sql(&name, count);
    let rows = rows.unwrap_or_else(|error| panic!("{error}"));
    rows[0][0].parse().expect("a count is a number")
}

/// Both take turns in the same order, whatever the order of their commits.
fn a_run_and_a_removal_do_not_lock_each_other_out(on: On) {
    for command in ["migrate fresh --yes", "migrate down --yes"] {
        let sandbox = seeded_on(on);
        let mut seed = sandbox
            .run("seed")
            .fail_at("users.begin.after#1:hold")
            .set("SEEDBED_LOCK_TIMEOUT", "10s")
            .start();
        seed.wait_for("held at");
        let mut removal = sandbox.run(command).start();
        removal.wait_for(&waiting("users"));
        seed.release();
        seed.finish().expect_outcome(0, "seeded");
        removal.finish().expect(0);
        let state = sandbox.state();
        let rows = |alias: &str| state.0[alias].rows.as_ref().map_or(0, |rows| rows.len());
        assert_eq!(ALIASES.map(rows), [0; 3]);
    }
}

/// The removal has made the ledger anew by the time at which others want their turn, and what they lock
/// then is to be what is there after it.
fn a_run_begins_when_a_removal_has_ended(on: On) {
    let sandbox = seeded_on(on);
    let removal = sandbox.run("migrate fresh --yes");
    let mut removal = removal.fail_at("users.commit.before#1:hold").start();
    removal.wait_for("held at");
    let seed = sandbox.run("seed").fail_at("users.begin.after#1:hold");
    let mut seed = seed.start();
    seed.wait_for(&waiting("users"));
    removal.release();
    removal.finish().expect(0);
    seed.wait_for("held at");
    let hasty = sandbox.run("seed").set("SEEDBED_LOCK_TIMEOUT", "300ms");
    hasty.finish().expect_failure("users", &["lock_timeout"]);
    seed.release();
    seed.finish().expect_outcome(0, "seeded");
    let expected = Sandbox::on(on).with_tables(&version(2, ROWS));
    expected.run("seed").finish().expect_outcome(0, "seeded");
    assert_eq!(sandbox.state(), expected.state());
}

/// Orders are being written, the users they refer to are to be removed: one has to wait for the other.
#[test]
fn what_a_run_refers_to_is_not_removed_meanwhile() {
    for removal in ["migrate down", "migrate fresh"] {
        let sandbox = Sandbox::migrated(&version(1, ROWS));
        let loaded = "seed --database users --database products";
        sandbox.run(loaded).finish().expect_outcome(0, "seeded");
        let seed = sandbox.run("seed --database orders");
        let mut seed = seed.fail_at("orders.commit.before#1:hold").start();
        seed.wait_for("held at");
        let removal = sandbox.run(&format!("{removal} --database users --yes"));
        let mut removal = removal.start();
        removal.wait_for("waiting for the database");
        seed.release();
        seed.finish().expect_outcome(0, "seeded");
        let refused = removal.finish().expect(2);
        assert!(
            refused
                .message()
                .contains("20 rows that refer into `users`")
        );
        assert_eq!(sandbox.state().dangling(), Vec::<i64>::new());
    }
}

fn whoever_looks_at_locked_tables_gives_up(on: On) {
    let sandbox = seeded_on(on);
    let removal = sandbox.run("migrate fresh --yes");
    let mut removal = removal.fail_at("users.commit.before#1:hold").start();
    removal.wait_for("held at");
    for command in [
        "status",
        "migrate status",
        "migrate",
        "seed --dry-run",
        "seed",
    ] {
        let run = sandbox.run(command).set("SEEDBED_LOCK_TIMEOUT", "300ms");
        let run = run.set("SEEDBED_RETRY_FOR", "0s").finish().expect(3);
        let told = [&run.stdout, &run.stderr].map(|text| text.contains("lock_timeout"));
        assert!(told.contains(&true), "{run:#?}");
    }
    removal.release();
    removal.finish().expect(0);
}
