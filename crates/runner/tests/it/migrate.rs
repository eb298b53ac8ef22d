use serde_json::Value;

use crate::on::{On, on_every_engine};
use crate::sandbox::{Ran, Sandbox};

on_every_engine![
    makes_the_tables_of_all_databases,
    a_second_time_changes_nothing,
    check_tells_by_its_exit_code_whether_anything_is_pending,
    status_tells_what_is_applied_and_pending_and_creates_nothing,
    fresh_makes_all_tables_anew,
    fresh_and_down_need_consent_where_nobody_can_be_asked,
    down_reverts_and_up_applies_again,
    down_has_nothing_to_revert_where_nothing_is_applied,
    a_removal_that_fails_says_where_rows_are_gone,
    a_database_that_others_refer_into_is_not_emptied_alone,
    somebody_elses_rows_refer_too,
    a_migration_that_is_not_known_here_is_an_error_and_changes_nothing,
];

const ALIASES: [&str; 3] = ["users", "products", "orders"];

fn migration(alias: &str) -> String {
    format!("m20261122_000001_create_{alias}")
}

/// The JSON of a command that has one of its own.
fn json(ran: &Ran) -> Value {
    serde_json::from_str(&ran.stdout).unwrap_or_else(|error| panic!("{error} in {ran:#?}"))
}

fn makes_the_tables_of_all_databases(on: On) {
    for arguments in [&["migrate"][..], &["migrate", "up"]] {
        let sandbox = on.empty();
        let ran = sandbox.run(arguments.iter().copied()).exits(0);
        for alias in ALIASES {
            assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
            assert_eq!(
                sandbox.tables(alias),
                [alias, "seaql_migrations", "seedbed_ledger"]
            );
        }
    }
}

fn a_second_time_changes_nothing(on: On) {
    let sandbox = on.seeded();
    let before = sandbox.state();
    sandbox.run(["migrate"]).exits(0).prints("up to date");
    assert!(sandbox.state() == before, "something was changed");
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
        sandbox.tables("products"),
        ["products", "seaql_migrations", "seedbed_ledger"]
    );
    sandbox
        .run(["migrate", "--database", "users", "--database", "orders"])
        .exits(0);
    sandbox.json(["seed"]).ends("seeded", 0);
}

fn check_tells_by_its_exit_code_whether_anything_is_pending(on: On) {
    let sandbox = on.empty();
    let before = sandbox.state();
    for arguments in [&["migrate", "up", "--check"][..], &["migrate", "--check"]] {
        let ran = sandbox.run(arguments.iter().copied()).exits(1);
        for alias in ALIASES {
            assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
        }
        assert!(sandbox.state() == before, "something was made");
    }
    sandbox.run(["migrate", "--database", "users"]).exits(0);
    let before = sandbox.state();
    sandbox.run(["migrate", "up", "--check"]).exits(1);
    sandbox
        .run(["migrate", "up", "--check", "--database", "users"])
        .exits(0);
    assert!(sandbox.state() == before, "something was changed");
    sandbox.run(["migrate"]).exits(0);
    sandbox.run(["migrate", "up", "--check"]).exits(0);
}

fn status_tells_what_is_applied_and_pending_and_creates_nothing(on: On) {
    let sandbox = on.empty();
    let before = sandbox.state();
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
    assert!(sandbox.state() == before, "something was made");
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

fn fresh_makes_all_tables_anew(on: On) {
    let sandbox = on.seeded();
    sandbox.execute("users", "CREATE TABLE notes (word TEXT)");
    sandbox.run(["migrate", "fresh", "--yes"]).exits(0);
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    assert_eq!(
        sandbox.tables("users"),
        ["users", "seaql_migrations", "seedbed_ledger"]
    );
    sandbox.json(["seed"]).ends("seeded", 0);
}

fn fresh_and_down_need_consent_where_nobody_can_be_asked(on: On) {
    for arguments in [
        &["migrate", "fresh"][..],
        &["migrate", "down"],
        &["migrate", "down", "1"],
        &["migrate", "fresh", "--database", "orders"],
    ] {
        let sandbox = on.seeded();
        let before = sandbox.state();
        sandbox
            .run(arguments.iter().copied())
            .exits(2)
            .says("--yes");
        assert!(sandbox.state() == before, "{arguments:?} changed something");
    }
}

fn down_reverts_and_up_applies_again(on: On) {
    let sandbox = on.seeded();
    let ran = sandbox.run(["migrate", "down", "--yes"]).exits(0);
    for alias in ALIASES {
        assert!(ran.stdout.contains(&migration(alias)), "{ran:#?}");
        assert!(!sandbox.tables(alias).contains(&alias.to_owned()));
    }
    sandbox.run(["seed"]).exits(2).says("seedbed migrate");
    sandbox.run(["migrate"]).exits(0);
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    sandbox.json(["seed"]).ends("seeded", 0);
}

fn down_has_nothing_to_revert_where_nothing_is_applied(on: On) {
    let sandbox = on.empty();
    let before = sandbox.state();
    let down = ["migrate", "down", "--yes", "--format", "json"];
    let ran = sandbox.run(down).exits(0);
    assert_eq!(json(&ran)["databases"].as_array().map(Vec::len), Some(3));
    for (database, alias) in json(&ran)["databases"]
        .as_array()
        .expect("a list")
        .iter()
        .zip(ALIASES)
    {
        assert_eq!(database["name"], alias);
        assert_eq!(database["newly_reverted"], serde_json::json!([]));
        assert_eq!(database["pending"], serde_json::json!([migration(alias)]));
    }
    assert!(sandbox.state() == before, "something was changed");
    sandbox.run(["migrate", "--database", "users"]).exits(0);
    let ran = sandbox.run(down).exits(0);
    assert_eq!(json(&ran)["databases"].as_array().map(Vec::len), Some(3));
    let reverted = json(&ran)["databases"][0]["newly_reverted"].clone();
    assert_eq!(reverted, serde_json::json!([migration("users")]));
}

/// What others refer to goes last, and there was nothing to remove from the orders.
fn a_removal_that_fails_says_where_rows_are_gone(on: On) {
    let sandbox = on.seeded();
    let down = ["migrate", "down", "--yes", "--database", "orders"];
    sandbox.run(down).exits(0);
    let fails = [("FAIL_AT", "users.commit.before#1:error")];
    let ran = sandbox
        .run_with(&fails, ["migrate", "down", "--yes"])
        .exits(3);
    let told = "; committed: products; ";
    assert!(ran.stderr.contains(told), "{}", ran.stderr);
}

fn a_database_that_others_refer_into_is_not_emptied_alone(on: On) {
    for alias in ["users", "products"] {
        for action in ["down", "fresh"] {
            let sandbox = on.seeded();
            let before = sandbox.state();
            let arguments = ["migrate", action, "--database", alias, "--yes"];
            sandbox.run(arguments).exits(2).says("`orders`").says(alias);
            assert!(sandbox.state() == before, "{arguments:?} changed something");
            sandbox
                .run(["migrate", action, "--database", "orders", "--yes"])
                .exits(0);
            sandbox.run(arguments).exits(0);
        }
    }
    let sandbox = on.seeded();
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

fn somebody_elses_rows_refer_too(on: On) {
    let sandbox = on.seeded();
    sandbox
        .run(["migrate", "fresh", "--database", "orders", "--yes"])
        .exits(0);
    sandbox.execute("orders", "INSERT INTO orders VALUES (1, 1, 1, 1)");
    sandbox
        .run(["migrate", "down", "--database", "users", "--yes"])
        .exits(2)
        .says("orders");
}

fn a_migration_that_is_not_known_here_is_an_error_and_changes_nothing(on: On) {
    let sandbox = on.seeded();
    sandbox.execute(
        "users",
        "INSERT INTO seaql_migrations VALUES ('m20990101_000001_of_tomorrow', 0)",
    );
    let before = sandbox.state();
    let ran = sandbox.run(["migrate"]);
    assert!(matches!(ran.code, 2 | 3), "{ran:#?}");
    let ran = ran.says("users").says("m20990101_000001_of_tomorrow");
    ran.hides("DbErr");
    assert!(sandbox.state() == before, "something was changed");
}
