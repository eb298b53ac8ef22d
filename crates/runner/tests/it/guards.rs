use serde_json::json;

use crate::on::{On, on_every_engine};
use crate::sandbox::Sandbox;

on_every_engine![
    tables_that_are_not_migrated_are_not_seeded,
    databases_that_are_referred_to_must_be_migrated_too,
    a_table_that_is_pending_in_a_database_with_a_ledger_is_not_seeded,
    a_database_whose_migration_was_not_recorded_is_not_seeded,
    a_database_of_another_profile_is_not_written,
    one_database_of_another_profile_is_enough_to_refuse,
    a_protected_database_is_not_emptied_whatever_the_flags,
    somebodys_rows_are_not_touched,
    somebodys_rows_may_be_updated,
    somebodys_rows_may_be_kept,
    a_kept_row_keeps_its_email_too,
    rows_that_equal_somebodys_are_adopted,
];
on_every_engine!(mariadb_alone Mariadb: tables_without_transactions_are_not_written);

const THEIRS: &str = "INSERT INTO users VALUES (1, 'Zed', 'zed@x.com'), (50, 'Yan', 'yan@x.com')";

/// A migrated store in whose users are two rows of another program.
fn with_their_rows(on: On) -> Sandbox {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.execute("users", THEIRS);
    sandbox
}

fn tables_that_are_not_migrated_are_not_seeded(on: On) {
    let sandbox = on.store();
    for arguments in [&["seed"][..], &["seed", "--dry-run"], &["seed", "--strict"]] {
        let report = sandbox.json(arguments.iter().copied()).ends("refused", 2);
        // A file that is not there is noticed before tables that are not.
        let first = if on == On::Mixed { "orders" } else { "users" };
        report.fails(Some(first), &["seedbed migrate"]);
        sandbox
            .run(arguments.iter().copied())
            .exits(2)
            .says("seedbed migrate");
        assert!(!sandbox.path("data").exists(), "a folder was created");
    }
    sandbox
        .run(["migrate", "--database", "users", "--database", "products"])
        .exits(0);
    let report = sandbox.json(["seed"]).ends("refused", 2);
    report.fails(Some("orders"), &["`orders`", "seedbed migrate"]);
    for alias in ["users", "products"] {
        let count = format!("SELECT count(*) FROM {alias}");
        assert_eq!(sandbox.rows(alias, &count), ["0"]);
    }
    sandbox
        .json(["seed", "--database", "users", "--database", "products"])
        .ends("seeded", 0);
}

fn databases_that_are_referred_to_must_be_migrated_too(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate", "--database", "orders"]).exits(0);
    let report = sandbox
        .json(["seed", "--database", "orders"])
        .ends("refused", 2);
    assert!(report.stdout.contains("seedbed migrate"), "{report:#?}");
    assert_eq!(sandbox.rows("orders", "SELECT count(*) FROM orders"), ["0"]);
}

fn a_table_that_is_pending_in_a_database_with_a_ledger_is_not_seeded(on: On) {
    let sandbox = on.seeded();
    sandbox.execute("products", "DELETE FROM seaql_migrations");
    let report = sandbox.json(["seed"]).ends("refused", 2);
    report.fails(Some("products"), &["1 migration", "seedbed migrate"]);
}

fn a_database_whose_migration_was_not_recorded_is_not_seeded(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.execute("products", "DELETE FROM seedbed_ledger");
    let report = sandbox.json(["seed"]).ends("refused", 2);
    report.fails(Some("products"), &["ledger", "seedbed migrate"]);
    sandbox.run(["migrate"]).exits(0);
    sandbox.json(["seed"]).ends("seeded", 0);
}

fn a_database_of_another_profile_is_not_written(on: On) {
    let dev = [("SEEDBED_PROFILE", "dev")];
    let sandbox = on.store();
    sandbox.run_with(&dev, ["migrate"]).exits(0);
    let writers = [
        &["seed"][..],
        &["up"],
        &["migrate"],
        &["migrate", "fresh", "--yes"],
        &["migrate", "down", "--yes"],
    ];
    for arguments in writers {
        let before = sandbox.state();
        sandbox
            .run(arguments.iter().copied())
            .exits(2)
            .says("`dev`")
            .says("`default`")
            .says("--profile-mismatch-ok");
        assert!(sandbox.state() == before, "{arguments:?} changed something");
    }
    for arguments in [
        &["status"][..],
        &["migrate", "status"],
        &["migrate", "plan"],
    ] {
        sandbox.run(arguments.iter().copied()).exits(0);
    }
    sandbox.run(["check"]).exits(1);
    let report = sandbox.json(["seed"]).ends("refused", 2);
    report.fails(Some("users"), &["`dev`", "`default`"]);
    sandbox
        .json(["seed", "--profile-mismatch-ok"])
        .ends("seeded", 0);
    // The stamp is the first migration's.
    sandbox.run(["seed"]).exits(2);
    let ran = sandbox.run_with(&dev, ["seed"]);
    ran.exits(0);
    sandbox
        .run(["migrate", "down", "--yes", "--profile-mismatch-ok"])
        .exits(0);
    sandbox.run(["up", "--profile-mismatch-ok"]).exits(0);
}

fn one_database_of_another_profile_is_enough_to_refuse(on: On) {
    let sandbox = on.store();
    let arguments = ["migrate", "--database", "orders"];
    sandbox
        .run_with(&[("SEEDBED_PROFILE", "dev")], arguments)
        .exits(0);
    sandbox
        .run(["migrate", "--database", "users", "--database", "products"])
        .exits(0);
    let report = sandbox.json(["seed"]).ends("refused", 2);
    report.fails(Some("orders"), &["`dev`", "`default`"]);
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
}

fn a_protected_database_is_not_emptied_whatever_the_flags(on: On) {
    let sandbox = on.seeded();
    sandbox.write(
        "seedbed.toml",
        "[default.databases.products]\nprotected = true\n",
    );
    for arguments in [
        &["migrate", "fresh", "--yes"][..],
        &["migrate", "down", "--yes"],
        &["migrate", "down"],
        &["migrate", "fresh", "--yes", "--profile-mismatch-ok"],
        &["migrate", "fresh", "--yes", "--database", "products"],
        &["up", "--fresh", "--yes"],
    ] {
        let before = sandbox.state();
        sandbox
            .run(arguments.iter().copied())
            .exits(2)
            .says("`products`")
            .says("protected");
        assert!(sandbox.state() == before, "{arguments:?} changed something");
    }
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    sandbox.json(["up"]).ends("seeded", 0);
    sandbox
        .run(["migrate", "down", "--yes", "--database", "orders"])
        .exits(0);
}

fn somebodys_rows_are_not_touched(on: On) {
    let sandbox = with_their_rows(on);
    for arguments in [&["seed"][..], &["up"], &["seed", "--dry-run"]] {
        let report = sandbox.json(arguments.iter().copied()).ends("refused", 2);
        report.fails(Some("users"), &["`users`", "2 rows", "--existing"]);
    }
    assert_eq!(
        sandbox.rows("users", "SELECT * FROM users ORDER BY id"),
        ["1|Zed|zed@x.com", "50|Yan|yan@x.com"]
    );
    let counts = "SELECT count(*) FROM orders";
    assert_eq!(sandbox.rows("orders", counts), ["0"]);
    // It is about the tables that are loaded.
    sandbox
        .json(["seed", "fixtures/products.yaml"])
        .ends("seeded", 0);
}

fn somebodys_rows_may_be_updated(on: On) {
    let sandbox = with_their_rows(on);
    let report = sandbox.json(["seed", "--existing", "update"]);
    let report = report.ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([10, 9, 1, 8, 1, 0]));
    assert_eq!(
        sandbox.rows(
            "users",
            "SELECT * FROM users WHERE id IN (1, 50) ORDER BY id"
        ),
        ["1|Alice|alice@example.com", "50|Yan|yan@x.com"]
    );
    // Now the ledger knows.
    sandbox.json(["seed"]).ends("unchanged", 0);
}

fn somebodys_rows_may_be_kept(on: On) {
    let sandbox = with_their_rows(on);
    let keep = ["seed", "--existing", "keep"];
    let report = sandbox.json(keep).ends("seeded", 0);
    // As user 1 is not Alice, her e-mail is free for user 8.
    assert_eq!(report.counts("users"), json!([10, 10, 0, 9, 0, 1]));
    assert_eq!(report.counts("orders"), json!([10, 7, 3, 7, 0, 0]));
    let query = "SELECT * FROM users WHERE id IN (1, 2, 50) ORDER BY id";
    let kept = [
        "1|Zed|zed@x.com",
        "2|Bob|bob@example.com",
        "50|Yan|yan@x.com",
    ];
    assert_eq!(sandbox.rows("users", query), kept);
    sandbox.json(keep).ends("unchanged", 0);
    assert_eq!(sandbox.rows("users", query), kept);
}

fn a_kept_row_keeps_its_email_too(on: On) {
    let sandbox = on.with(&[(
        "users",
        "- {id: 50, name: New, email: new@x.com}\n- {id: 2, name: Kim, email: YAN@x.com}\n",
    )]);
    sandbox.execute("users", THEIRS);
    let report = sandbox.json(["seed", "--existing", "keep"]);
    assert_eq!(report.broken(), ["users.email.unique 2"]);
    assert_eq!(
        sandbox.rows("users", "SELECT * FROM users ORDER BY id"),
        ["1|Zed|zed@x.com", "50|Yan|yan@x.com"]
    );
    let report = sandbox.json(["seed", "--existing", "update"]);
    assert_eq!(report.broken(), [""; 0]);
    assert_eq!(
        sandbox.rows("users", "SELECT * FROM users ORDER BY id"),
        ["1|Zed|zed@x.com", "2|Kim|YAN@x.com", "50|New|new@x.com"]
    );
}

/// Tables of MyISAM keep what a failed run wrote.
fn tables_without_transactions_are_not_written(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    for table in ["orders", "seedbed_ledger"] {
        sandbox.execute("orders", &format!("ALTER TABLE {table} ENGINE = MyISAM"));
        for arguments in [&["seed"][..], &["up"], &["seed", "--dry-run"]] {
            let report = sandbox.json(arguments.iter().copied()).ends("refused", 2);
            report.fails(Some("orders"), &[&format!("`{table}`"), "MyISAM", "InnoDB"]);
        }
        // It is about the databases that are written.
        sandbox
            .run(["seed", "--dry-run", "--database", "users"])
            .exits(0);
        sandbox.execute("orders", &format!("ALTER TABLE {table} ENGINE = InnoDB"));
    }
    sandbox.json(["seed"]).ends("seeded", 0);
}

fn rows_that_equal_somebodys_are_adopted(on: On) {
    let sandbox = on.with(&[("users", "- {id: 50, name: Yan, email: yan@x.com}\n")]);
    sandbox.execute("users", THEIRS);
    let report = sandbox.json(["seed", "--existing", "update"]);
    assert_eq!(report.counts("users"), json!([1, 1, 0, 0, 0, 1]));
    sandbox.json(["seed"]).ends("unchanged", 0);
}
