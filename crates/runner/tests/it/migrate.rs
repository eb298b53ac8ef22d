use serde_json::Value;

use crate::sandbox::{Ran, Sandbox};

const ALIASES: [&str; 3] = ["users", "products", "orders"];

fn migration(alias: &str) -> String {
    format!("m20261122_000001_create_{alias}")
}

/// The JSON of a command that has one of its own.
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {ran:#?}"))
}

/// The tables of a database; its own first, then the bookkeeping's.
fn tables(sandbox: &Sandbox, alias: &str) -> Vec<String> {
    let query = "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%' \
                 ORDER BY name LIKE 'se%', name";
    sandbox.rows(alias, query)
}

#[test]
fn makes_the_tables_of_all_databases() {
    for arguments in [&["migrate"][..], &["migrate", "up"]] {
        let sandbox = Sandbox::empty();
        let ran = sandbox.run(arguments.iter().copied()).exits(0);
        for alias in ALIASES {
            assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
            assert_eq!(
                tables(&sandbox, alias),
                [alias, "seaql_migrations", "seedbed_ledger"]
            );
        }
    }
}

#[test]
fn a_second_time_changes_nothing() {
    let sandbox = Sandbox::seeded();
    let before = sandbox.files();
    sandbox.run(["migrate"]).exits(0).prints("up to date");
    assert!(sandbox.files() == before, "a file was changed");
}

#[test]
fn one_database_may_be_migrated_alone() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate", "--database", "products"]).exits(0);
    assert_eq!(
        sandbox
            .names()
            .iter()
            .filter(|it| it.starts_with("data/"))
            .count(),
        1
    );
    assert_eq!(
        tables(&sandbox, "products"),
        ["products", "seaql_migrations", "seedbed_ledger"]
    );
    sandbox
        .run(["migrate", "--database", "users", "--database", "orders"])
        .exits(0);
    sandbox.json(["seed"]).ends("seeded", 0);
}

#[test]
fn check_tells_by_its_exit_code_whether_anything_is_pending() {
    let sandbox = Sandbox::empty();
    for arguments in [&["migrate", "up", "--check"][..], &["migrate", "--check"]] {
        let ran = sandbox.run(arguments.iter().copied()).exits(1);
        for alias in ALIASES {
            assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
        }
        assert_eq!(sandbox.names(), [""; 0]);
    }
    sandbox.run(["migrate", "--database", "users"]).exits(0);
    let before = sandbox.files();
    sandbox.run(["migrate", "up", "--check"]).exits(1);
    sandbox
        .run(["migrate", "up", "--check", "--database", "users"])
        .exits(0);
    assert!(sandbox.files() == before, "a file was changed");
    sandbox.run(["migrate"]).exits(0);
    sandbox.run(["migrate", "up", "--check"]).exits(0);
}

#[test]
fn status_tells_what_is_applied_and_pending_and_creates_nothing() {
    let sandbox = Sandbox::empty();
    let status = || {
        let ran = sandbox.run(["migrate", "status", "--format", "json"]);
        let json = json(&ran.exits(0));
        ["users", "products", "orders"].map(|alias| {
            let databases = json["databases"].as_array().expect("databases are a list");
            let found = databases.iter().find(|it| it["name"] == alias);
            let found = found.expect("the database is there");
            let count = |key: &str| found[key].as_array().expect("it is a list").len();
            (count("applied"), count("pending"))
        })
    };
    assert_eq!(status(), [(0, 1); 3]);
    sandbox
        .run(["migrate", "status"])
        .exits(0)
        .prints("pending");
    assert_eq!(sandbox.names(), [""; 0]);
    sandbox.run(["migrate", "--database", "users"]).exits(0);
    assert_eq!(status(), [(1, 0), (0, 1), (0, 1)]);
}

#[test]
fn plan_prints_the_sql_of_what_is_pending_and_runs_none() {
    let sandbox = Sandbox::empty();
    let ran = sandbox.run(["migrate", "plan"]).exits(0);
    for alias in ALIASES {
        let create = format!("CREATE TABLE IF NOT EXISTS \"{alias}\"");
        assert_eq!(ran.stdout.matches(&create).count(), 1, "{ran:#?}");
    }
    assert_eq!(sandbox.names(), [""; 0]);
    // What it prints is what migrating does.
    sandbox.run(["migrate"]).exits(0);
    for alias in ALIASES {
        let query = format!("SELECT sql FROM sqlite_schema WHERE name = '{alias}'");
        let [made] = &sandbox.rows(alias, &query)[..] else {
            panic!("there is one table {alias}");
        };
        let columns = made.split_once('(').expect("a table has columns").1;
        assert!(ran.stdout.contains(columns), "{columns} in {ran:#?}");
    }
    let ran = sandbox.run(["migrate", "plan"]).exits(0);
    assert!(!ran.stdout.contains("CREATE"), "{ran:#?}");
    let ran = sandbox
        .run(["migrate", "plan", "--database", "users"])
        .exits(0);
    assert!(!ran.stdout.contains("orders"), "{ran:#?}");
}

#[test]
fn fresh_makes_all_tables_anew() {
    let sandbox = Sandbox::seeded();
    sandbox.execute("users", "CREATE TABLE notes (text)");
    sandbox.run(["migrate", "fresh", "--yes"]).exits(0);
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    assert_eq!(
        tables(&sandbox, "users"),
        ["users", "seaql_migrations", "seedbed_ledger"]
    );
    sandbox.json(["seed"]).ends("seeded", 0);
}

#[test]
fn fresh_and_down_need_consent_where_nobody_can_be_asked() {
    for arguments in [
        &["migrate", "fresh"][..],
        &["migrate", "down"],
        &["migrate", "down", "1"],
        &["migrate", "fresh", "--database", "orders"],
    ] {
        let sandbox = Sandbox::seeded();
        let before = sandbox.files();
        sandbox
            .run(arguments.iter().copied())
            .exits(2)
            .says("--yes");
        assert!(sandbox.files() == before, "{arguments:?} changed a file");
    }
}

#[test]
fn down_reverts_and_up_applies_again() {
    let sandbox = Sandbox::seeded();
    let ran = sandbox.run(["migrate", "down", "--yes"]).exits(0);
    for alias in ALIASES {
        assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
        assert!(!tables(&sandbox, alias).contains(&alias.to_owned()));
    }
    sandbox.run(["seed"]).exits(2).says("seedbed migrate");
    sandbox.run(["migrate"]).exits(0);
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    sandbox.json(["seed"]).ends("seeded", 0);
}

#[test]
fn a_database_that_others_refer_into_is_not_emptied_alone() {
    for alias in ["users", "products"] {
        for action in ["down", "fresh"] {
            let sandbox = Sandbox::seeded();
            let before = sandbox.files();
            let arguments = ["migrate", action, "--database", alias, "--yes"];
            sandbox.run(arguments).exits(2).says("`orders`").says(alias);
            assert!(sandbox.files() == before, "{arguments:?} changed a file");
            sandbox
                .run(["migrate", action, "--database", "orders", "--yes"])
                .exits(0);
            sandbox.run(arguments).exits(0);
        }
    }
    let sandbox = Sandbox::seeded();
    sandbox
        .run([
            "migrate",
            "down",
            "--database",
            "users",
            "--database",
            "orders",
            "--yes",
        ])
        .exits(0);
    assert_eq!(
        sandbox.rows("products", "SELECT count(*) FROM products"),
        ["9"]
    );
}

#[test]
fn somebody_elses_rows_refer_too() {
    let sandbox = Sandbox::seeded();
    sandbox
        .run(["migrate", "fresh", "--database", "orders", "--yes"])
        .exits(0);
    sandbox.execute("orders", "INSERT INTO orders VALUES (1, 1, 1, 1)");
    sandbox
        .run(["migrate", "down", "--database", "users", "--yes"])
        .exits(2)
        .says("orders");
}

#[test]
fn a_migration_that_is_not_known_here_is_an_error_and_changes_nothing() {
    let sandbox = Sandbox::seeded();
    sandbox.execute(
        "users",
        "INSERT INTO seaql_migrations VALUES ('m20990101_000001_of_tomorrow', 0)",
    );
    let before = sandbox.files();
    let ran = sandbox.run(["migrate"]);
    assert!(matches!(ran.code, 2 | 3), "{ran:#?}");
    let ran = ran.says("users").says("m20990101_000001_of_tomorrow");
    ran.hides("DbErr");
    assert!(sandbox.files() == before, "a file was changed");
}
