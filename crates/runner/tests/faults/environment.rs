//! Files that are removed, replaced, broken or cannot grow.

use std::fs;
use std::io::{Seek, SeekFrom, Write};
use std::path::Path;

use crate::fixtures::{newer, older, version};
use crate::on::ALIASES;
use crate::process::Run;
use crate::sandbox::{Sandbox, Template};
use crate::state::{Content, open};

const ROWS: i64 = 20;

fn seeded() -> Sandbox {
    let sandbox = Sandbox::seeded(&version(1, ROWS));
    sandbox.fixtures(&version(2, ROWS));
    sandbox
}

/// Removes a database's files, or puts a copy in their place.
fn lose(sandbox: &Sandbox, alias: &str, replace: bool) {
    for end in ["db", "db-wal", "db-shm"] {
        let path = sandbox.path(&format!("data/{alias}.{end}"));
        if !path.exists() {
            continue;
        }
        let copy = path.with_extension("copy");
        if replace {
            fs::copy(&path, &copy).unwrap();
        }
        fs::remove_file(&path).unwrap();
        if replace {
            fs::rename(&copy, &path).unwrap();
        }
    }
}

#[test]
fn a_file_that_is_lost_while_a_run_waits_is_a_failure() {
    for command in ["seed", "migrate fresh --yes", "migrate down --yes"] {
        for alias in ["users", "products"] {
            for replace in [false, true] {
                let sandbox = seeded();
                let before = sandbox.state();
                let lock = sandbox.lock("orders");
                let mut run = sandbox.run(command).start();
                run.wait_for("waiting for the database `orders`");
                lose(&sandbox, alias, replace);
                drop(lock);
                let path = format!("data/{alias}.db");
                run.finish()
                    .expect_failure(alias, &[&path, "removed or replaced"]);
                let mut expected = before;
                if !replace {
                    expected.0.insert(alias, Default::default());
                }
                assert_eq!(sandbox.state(), expected, "{command}, {alias}");
            }
        }
    }
}

#[test]
fn a_file_that_is_lost_after_its_turn_is_taken_is_a_failure() {
    for alias in ALIASES {
        let sandbox = seeded();
        let run = sandbox.run("seed").fail_at("orders.ledger.after#1:hold");
        let mut run = run.start();
        run.wait_for("held at");
        lose(&sandbox, alias, false);
        run.release();
        let path = format!("data/{alias}.db");
        let texts = [path.as_str(), "removed or replaced", "nothing was written"];
        run.finish().expect_failure(alias, &texts);
    }
}

#[test]
fn a_migration_of_a_lost_file_is_a_failure() {
    let sandbox = Sandbox::new();
    let run = sandbox
        .run("migrate")
        .fail_at("products.ledger.after#1:hold");
    let mut run = run.start();
    run.wait_for("held at");
    lose(&sandbox, "products", false);
    run.release();
    let texts = ["data/products.db", "removed or replaced"];
    run.finish().expect_failure("products", &texts);
    sandbox.run("migrate").finish().expect(0);
}

#[test]
fn a_file_that_is_no_database_is_a_failure() {
    for alias in ALIASES {
        let sandbox = seeded();
        let mut expected = sandbox.state();
        let path = sandbox.database(alias);
        fs::write(
            &path,
            "not a database, but long enough to be taken for one ".repeat(100),
        )
        .unwrap();
        for command in ["seed", "migrate", "migrate fresh --yes", "up"] {
            let path = format!("data/{alias}.db");
            sandbox
                .run(command)
                .finish()
                .expect_failure(alias, &[&path]);
        }
        fs::remove_file(&path).unwrap();
        expected.0.insert(alias, Default::default());
        assert_eq!(sandbox.state(), expected);
    }
}

#[test]
fn a_damaged_page_is_a_failure() {
    for alias in ALIASES {
        let sandbox = Sandbox::seeded(&older());
        sandbox.fixtures(&newer());
        let before = sandbox.state();
        damage(&sandbox.database(alias), alias);
        let failed = sandbox.run("seed").finish();
        failed.expect_failure(alias, &[&format!("data/{alias}.db"), "nothing was written"]);
        for other in ALIASES.into_iter().filter(|other| *other != alias) {
            let content = Content::at(&sandbox.data(), other);
            assert_eq!(content, before.0[other], "{other}");
        }
    }
}

/// Overwrites the root page of a table.
fn damage(file: &Path, table: &str) {
    let db = open(file);
    let root = "SELECT rootpage FROM sqlite_schema WHERE name = ?";
    let page: i64 = db.query_row(root, [table], |row| row.get(0)).unwrap();
    let size: i64 = db
        .query_row("PRAGMA page_size", [], |row| row.get(0))
        .unwrap();
    drop(db);
    let mut file = fs::OpenOptions::new().write(true).open(file).unwrap();
    file.seek(SeekFrom::Start(((page - 1) * size) as u64))
        .unwrap();
    file.write_all(&vec![0xee; size as usize]).unwrap();
}

/// After a crash the committed rows may be in the journal alone.
#[test]
fn a_journal_left_by_a_crash_is_recovered() {
    let undisturbed = seeded();
    undisturbed.run("seed").finish().expect_outcome(0, "seeded");
    let sandbox = seeded();
    let run = sandbox.run("seed").fail_at("orders.commit.after#1:abort");
    assert_eq!(run.finish().code, None);
    for alias in ALIASES {
        let journal = sandbox.path(&format!("data/{alias}.db-wal"));
        assert!(fs::metadata(journal).unwrap().len() > 0, "{alias}");
    }
    sandbox.run("seed").finish().expect_outcome(0, "unchanged");
    assert_eq!(sandbox.state(), undisturbed.state());
}

/// A limit on the size of files stands in for a disk that is full.
#[test]
fn a_file_that_cannot_grow_is_a_failure() {
    let limited = |sandbox: &Sandbox, kilobytes: u64| {
        let limit = kilobytes * 1024;
        let script = format!(
            "trap '' XFSZ; exec prlimit --fsize={limit} {} seed --format json",
            env!("CARGO_BIN_EXE_seedbed")
        );
        Run::new("sh", &sandbox.path(""), &["-c", &script])
            .set("SEEDBED_RETRY_FOR", "1s")
            .finish()
    };
    let template = Sandbox::seeded(&older());
    template.fixtures(&newer());
    let template = Template::of(template);
    let before = template.state();
    let mut failures = 0;
    for kilobytes in [4, 16, 48, 72, 96] {
        let sandbox = template.copy();
        let run = limited(&sandbox, kilobytes);
        let state = sandbox.state();
        if run.code == Some(0) {
            continue;
        }
        failures += 1;
        let run = run.expect_outcome(3, "failed");
        let alias = run.report()["error"]["database"]
            .as_str()
            .unwrap()
            .to_owned();
        let path = format!("data/{alias}.db");
        assert!(run.message().contains(&path), "{}", run.message());
        assert_eq!(state.dangling(), Vec::<i64>::new());
        let committed = |alias: &str| state.0[alias] != before.0[alias];
        let databases = run.report()["databases"].clone();
        for database in databases.as_array().unwrap() {
            let alias = database["name"].as_str().unwrap();
            assert_eq!(
                database["committed"],
                committed(alias),
                "{kilobytes}: {run:#?}"
            );
        }
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
    }
    assert!(failures >= 3, "{failures}");
}
