//! Other programs that read while a run writes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::Duration;

use rusqlite::Connection;

use crate::fixtures::version;
use crate::on::ALIASES;
use crate::sandbox::Sandbox;
use crate::state::{open, try_rows};

/// Rows for several batches.
const ROWS: i64 = 1_100;

/// Reads the databases as another program would that never waits: orders first, as what they refer to
/// is committed before them. Returns the version of each dataset.
fn read(databases: &[(&str, Connection)]) -> Result<Vec<i64>, String> {
    let mut orders = None;
    let mut versions = Vec::new();
    for (alias, db) in databases.iter().rev() {
        let rows = try_rows(db, alias).map_err(|error| format!("{alias}: {error}"))?;
        if rows.len() as i64 % ROWS != 0 {
            return Err(format!("{alias}: {} rows are a part", rows.len()));
        }
        let version = |row: &Vec<rusqlite::types::Value>| {
            let text = format!(
                "{:?}",
                row[if *alias == "users" { 1 } else { row.len() - 1 }]
            );
            text.chars().find(char::is_ascii_digit).unwrap() as i64 - '0' as i64
        };
        let mut seen: Vec<i64> = rows.values().map(version).collect();
        seen.dedup();
        if seen.len() > 1 {
            return Err(format!("{alias}: {seen:?} are parts of several versions"));
        }
        versions.push(seen.first().copied().unwrap_or_default());
        if *alias == "orders" {
            orders = Some(rows);
        } else {
            let key = if *alias == "users" { 1 } else { 2 };
            let good = |order: &Vec<rusqlite::types::Value>| match order[key] {
                rusqlite::types::Value::Integer(id) => rows.contains_key(&id),
                _ => false,
            };
            if !orders.iter().flatten().all(|(_, order)| good(order)) {
                return Err(format!("{alias}: orders dangle"));
            }
        }
    }
    versions.reverse();
    Ok(versions)
}

fn connect(sandbox: &Sandbox) -> Vec<(&'static str, Connection)> {
    let connect = |alias| {
        let db = open(&sandbox.database(alias));
        // Whoever comes while a file's last connection is closed does wait for that.
        db.query_row("SELECT count(*) FROM sqlite_schema", [], |_| Ok(()))
            .unwrap();
        db.busy_timeout(Duration::ZERO).unwrap();
        (alias, db)
    };
    ALIASES.map(connect).into()
}

#[test]
fn readers_are_not_kept_waiting_and_never_see_a_part() {
    let sandbox = Sandbox::migrated(&version(1, ROWS));
    let done = AtomicBool::new(false);
    let reader = |databases: Vec<(&str, Connection)>| {
        let mut seen = Vec::new();
        while !done.load(Ordering::Relaxed) {
            seen.push(read(&databases)?);
        }
        Ok::<_, String>(seen)
    };
    thread::scope(|scope| {
        let readers = [connect(&sandbox), connect(&sandbox)]
            .map(|databases| scope.spawn(|| reader(databases)));
        for number in 1..=6 {
            sandbox.fixtures(&version(number, ROWS));
            sandbox.run("seed").finish().expect_outcome(0, "seeded");
        }
        done.store(true, Ordering::Relaxed);
        for reader in readers {
            let seen = reader.join().unwrap().unwrap();
            // What is referred to is never older than what refers to it.
            assert!(
                seen.iter().all(|v| v[0] >= v[2] && v[1] >= v[2]),
                "{seen:?}"
            );
            assert!(seen.len() > 6);
        }
    });
}

#[test]
fn readers_see_the_old_rows_until_the_commits() {
    let places = [
        ("orders.begin.after#1", [1, 1, 1]),
        ("users.batch.after#2", [1, 1, 1]),
        ("orders.batch.after#2", [1, 1, 1]),
        ("orders.ledger.after#1", [1, 1, 1]),
        ("users.commit.before#1", [1, 1, 1]),
        ("orders.commit.before#1", [2, 2, 1]),
        ("orders.commit.after#1", [2, 2, 2]),
    ];
    for (place, expected) in places {
        let sandbox = Sandbox::seeded(&version(1, ROWS));
        sandbox.fixtures(&version(2, ROWS));
        let mut run = sandbox
            .run("seed")
            .fail_at(&format!("{place}:hold"))
            .start();
        run.wait_for("held at");
        assert_eq!(read(&connect(&sandbox)).unwrap(), expected, "{place}");
        run.release();
        run.finish().expect_outcome(0, "seeded");
    }
}
