use std::io::{BufRead, BufReader, Write};
use std::process::{Child, Stdio};
use std::thread;

use serde_json::json;

use crate::on::{On, on_every_engine};
use crate::report::Report;
use crate::sandbox::{Ran, Sandbox};

on_every_engine![
    runs_that_meet_take_turns,
    fresh_checkouts_that_meet_take_turns,
    of_migrations_that_meet_one_is_recorded,
];
on_every_engine!(
    without_advisory_locks WithoutAdvisoryLocks:
    runs_that_meet_take_turns
    fresh_checkouts_that_meet_take_turns
);

fn start(sandbox: &Sandbox, arguments: &[&'static str]) -> Child {
    sandbox
        .command(arguments.iter().copied())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started")
}

fn end(child: Child) -> Ran {
    Ran::from(child.wait_with_output().expect("it ends"))
}

fn runs_that_meet_take_turns(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let children: Vec<_> = (0..4)
        .map(|_| start(&sandbox, &["seed", "--format", "json"]))
        .collect();
    let reports: Vec<_> = children
        .into_iter()
        .map(|child| Report::of(end(child)))
        .collect();
    let outcomes = |outcome: &str| {
        let of = |report: &&Report| report.json["outcome"] == outcome && report.code == 0;
        reports.iter().filter(of).count()
    };
    assert_eq!(
        (outcomes("seeded"), outcomes("unchanged")),
        (1, 3),
        "{reports:#?}"
    );
    let seeds = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed'";
    for alias in ["users", "products", "orders"] {
        assert_eq!(sandbox.rows(alias, seeds), ["1"], "{alias}");
    }
}

fn fresh_checkouts_that_meet_take_turns(on: On) {
    let sandbox = on.store();
    let children: Vec<_> = (0..4).map(|_| start(&sandbox, &["up"])).collect();
    for child in children {
        end(child).exits(0);
    }
    for (alias, rows) in [("users", "9"), ("products", "9"), ("orders", "7")] {
        let count = format!("SELECT count(*) FROM {alias}");
        assert_eq!(sandbox.rows(alias, &count), [rows], "{alias}");
    }
}

fn of_migrations_that_meet_one_is_recorded(on: On) {
    let sandbox = on.empty();
    let children: Vec<_> = (0..4).map(|_| start(&sandbox, &["migrate"])).collect();
    for child in children {
        end(child).exits(0);
    }
    let ledger = "SELECT command FROM seedbed_ledger ORDER BY id";
    for alias in ["users", "products", "orders"] {
        assert_eq!(sandbox.rows(alias, ledger), ["migrate"], "{alias}");
    }
}

#[test]
fn whoever_waits_too_long_gives_up() {
    let sandbox = Sandbox::seeded();
    sandbox.write("seedbed.toml", "[default]\nlock_timeout = \"200ms\"\n");
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    for alias in ["users", "orders"] {
        let writer = sandbox.open(&format!("data/{alias}.db"));
        writer
            .execute_batch("BEGIN IMMEDIATE")
            .expect("nobody else writes");
        let report = sandbox.json(["seed"]).ends("failed", 3);
        report.fails(Some(alias), &[&format!("`{alias}`"), "lock_timeout"]);
        writer.execute_batch("ROLLBACK").expect("it is open");
    }
    let query = "SELECT name FROM users WHERE id = 2";
    assert_eq!(sandbox.rows("users", query), ["Bob"]);
    sandbox.json(["seed"]).ends("seeded", 0);
}

#[test]
fn looking_waits_for_nobody() {
    let sandbox = Sandbox::seeded();
    let writer = sandbox.open("data/users.db");
    let write = "BEGIN IMMEDIATE; UPDATE users SET name = 'Robert' WHERE id = 2";
    writer.execute_batch(write).expect("nobody else writes");
    sandbox.run(["status"]).exits(0);
    sandbox.run(["check"]).exits(1);
    sandbox.run(["migrate"]).exits(0);
    let report = sandbox.json(["seed", "--dry-run"]).ends("dry-run", 0);
    assert_eq!(report.counts("users"), json!([10, 9, 1, 0, 0, 9]));
}

#[cfg(unix)]
#[test]
fn a_signal_before_the_first_commit_ends_a_run_that_wrote_nothing() {
    use std::process::Command;

    for (signal, format) in [("INT", "text"), ("TERM", "text"), ("INT", "json")] {
        let sandbox = Sandbox::seeded();
        sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
        let before = sandbox.files();
        // The run gets its turn at users and products, and waits for orders.
        let writer = sandbox.open("data/orders.db");
        writer
            .execute_batch("BEGIN IMMEDIATE")
            .expect("nobody else writes");
        let mut child = start(
            &sandbox,
            match format {
                "json" => &["seed", "--format", "json"],
                _ => &["seed"],
            },
        );
        let stderr = child.stderr.take().expect("it is piped");
        let mut lines = BufReader::new(stderr).lines();
        let waiting = lines.find(|line| {
            let line = line.as_ref().expect("standard error can be read");
            line.contains("waiting") && line.contains("`orders`")
        });
        assert!(waiting.is_some(), "it ended without waiting");
        let kill = format!("kill -{signal} {}", child.id());
        let killed = Command::new("sh").args(["-c", &kill]).status();
        assert!(killed.expect("there is a shell").success());
        let ran = end(child).exits(130);
        if format == "json" {
            Report::of(ran).ends("interrupted", 130);
        }
        writer.execute_batch("ROLLBACK").expect("it is open");
        drop(writer);
        assert!(sandbox.files() == before, "a file was changed");
        sandbox.json(["seed"]).ends("seeded", 0);
    }
}

const USERS: &str = "- {id: 1, name: Ada, email: a@x.com}\n\
                     - {id: 2, name: Bob, email: b@x.com}\n\
                     - {id: 3, name: Cem, email: c@x.com}\n";

/// Seeds users; what another program does meanwhile is done when the rows are about to be written.
fn seed_meanwhile(sandbox: &Sandbox, existing: &str, meanwhile: impl FnOnce()) -> Report {
    let seed = ["seed", "--existing", existing, "--format", "json"];
    let mut child = sandbox
        .command(seed)
        .env("FAIL_AT", "users.batch.before#1:hold")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    let stderr = child.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let held = lines.find(|line| line.contains("held at"));
    assert!(held.is_some(), "it ended without being held");
    meanwhile();
    let mut stdin = child.stdin.take().expect("it is piped");
    stdin.write_all(b"\n").expect("it reads that");
    Report::of(end(child))
}

/// PostgreSQL's table is locked by then, and so is SQLite's whole file.
#[test]
fn rows_that_another_program_writes_meanwhile_are_met() {
    On::Mariadb.run(|on| {
        for (existing, counts, second) in [
            ("update", json!([3, 3, 0, 2, 1, 0]), "2|Bob|b@x.com"),
            ("keep", json!([3, 3, 0, 2, 0, 1]), "2|Ben|d@x.com"),
        ] {
            let sandbox = on.with(&[("users", USERS)]);
            let write = "INSERT INTO users VALUES (2, 'Ben', 'd@x.com')";
            let report = seed_meanwhile(&sandbox, existing, || sandbox.execute("users", write));
            assert_eq!(report.ends("seeded", 0).counts("users"), counts);
            let rows = sandbox.rows("users", "SELECT * FROM users ORDER BY id");
            assert_eq!(rows, ["1|Ada|a@x.com", second, "3|Cem|c@x.com"]);
        }
    });
}

/// The other program commits when the run waits for that.
#[test]
fn rows_that_another_program_is_about_to_commit_are_met() {
    On::Mariadb.run(|on| {
        for (existing, counts, second) in [
            ("update", json!([3, 3, 0, 2, 1, 0]), "2|Bob|b@x.com"),
            ("keep", json!([3, 3, 0, 2, 0, 1]), "2|Ben|d@x.com"),
        ] {
            let sandbox = on.with(&[("users", USERS)]);
            sandbox.execute("users", "INSERT INTO users VALUES (9, 'Zoe', 'z@x.com')");
            let write = "START TRANSACTION;
                INSERT INTO users VALUES (2, 'Ben', 'd@x.com');
                DELIMITER //
                BEGIN NOT ATOMIC
                    DECLARE looks INT DEFAULT 0;
                    REPEAT
                        DO SLEEP(0.02);
                        SET looks = looks + 1;
                    UNTIL looks = 1000
                        OR EXISTS (SELECT 1 FROM information_schema.innodb_lock_waits) END REPEAT;
                END//
                DELIMITER ;
                COMMIT;";
            let look = "SET SESSION TRANSACTION ISOLATION LEVEL READ UNCOMMITTED;
                SELECT count(*) FROM users WHERE id = 2;";
            let report = thread::scope(|scope| {
                seed_meanwhile(&sandbox, existing, || {
                    scope.spawn(|| sandbox.execute("users", write));
                    while sandbox.rows("users", look) != ["1"] {}
                })
            });
            assert_eq!(report.ends("seeded", 0).counts("users"), counts);
            let rows = sandbox.rows("users", "SELECT * FROM users WHERE id < 9 ORDER BY id");
            assert_eq!(rows, ["1|Ada|a@x.com", second, "3|Cem|c@x.com"]);
        }
    });
}
