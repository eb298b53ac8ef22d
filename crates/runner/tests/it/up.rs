use serde_json::json;

use crate::expected::place_in_row;
use crate::on::{On, on_every_engine};
use crate::report::Found;
use crate::sandbox::Sandbox;

on_every_engine![
    a_fresh_checkout_gets_exactly_the_good_rows,
    the_tables_have_the_columns_of_the_fixtures_and_give_keys_themselves,
    the_ledger_has_the_migration_and_the_run_and_the_migrations_table_nothing_of_seedbed,
    strict_writes_no_row,
    fresh_empties_first,
    fresh_on_a_clean_folder_is_up,
];

const USERS: [&str; 9] = [
    "1|Alice|alice@example.com",
    "2|Bob|bob@example.com",
    "3|Charlie|charlie@example.com",
    "4|David|david@example.com",
    "5|Eve|eve@example.com",
    "6|Frank|frank@example.com",
    "7|Grace|grace@example.com",
    "9|Henry|henry@example.com",
    "10|Jane|jane@example.com",
];

const PRODUCTS: [&str; 9] = [
    "1|Laptop|1000",
    "2|Smartphone|700",
    "3|Headphones|150",
    "4|Monitor|300",
    "5|Keyboard|50",
    "6|Mouse|30",
    "7|Laptop|1000",
    "8|Smartwatch|250",
    "9|Gaming Chair|500",
];

const ORDERS: [&str; 7] = [
    "1|1|1|2", "2|2|2|1", "3|3|3|5", "4|4|4|1", "5|5|5|3", "6|6|6|4", "7|7|7|2",
];

/// Rule, dataset, key and field of everything that is wrong with the store's fixtures.
const PROBLEMS: [(&str, &str, u64, &str); 7] = [
    ("users.email.unique", "users", 8, "email"),
    ("products.repeated", "products", 7, "name"),
    ("products.price.non-negative", "products", 10, "price"),
    ("orders.quantity.positive", "orders", 8, "quantity"),
    ("orders.user_id.exists", "orders", 8, "user_id"),
    ("orders.quantity.positive", "orders", 9, "quantity"),
    ("orders.product_id.exists", "orders", 10, "product_id"),
];

/// The problems with their places in the fixtures.
fn problems(sandbox: &Sandbox) -> Vec<Found> {
    let found = PROBLEMS.map(|(rule, dataset, id, field)| {
        let file = format!("fixtures/{dataset}.yaml");
        let (line, column) = place_in_row(&sandbox.read(&file), id, field);
        let field = if rule == "products.repeated" {
            "null"
        } else {
            field
        };
        Found {
            file,
            line,
            column,
            rule: rule.to_owned(),
            id: id.to_string(),
            field: field.to_owned(),
        }
    });
    let mut found = Vec::from(found);
    found.sort();
    found
}

fn a_fresh_checkout_gets_exactly_the_good_rows(on: On) {
    let sandbox = on.store();
    let report = sandbox.json(["up"]).ends("seeded", 0);
    assert_eq!(
        report.all_counts(),
        json!([
            [10, 9, 1, 9, 0, 0],
            [10, 9, 1, 9, 0, 0],
            [10, 7, 3, 7, 0, 0]
        ])
    );
    assert_eq!(report.problem_count(), (6, 1));
    assert_eq!(report.problems(), problems(&sandbox));
    assert_eq!(sandbox.all_rows(), [&USERS[..], &PRODUCTS, &ORDERS]);
}

#[test]
fn the_second_alice_the_rejected_user_and_the_laptop_are_explained() {
    let sandbox = Sandbox::store();
    let report = sandbox.json(["up"]).ends("seeded", 0);
    let check = |rule: &str, dataset: &str, id: u64, field: &str| {
        let file = format!("fixtures/{dataset}.yaml");
        let (line, column) = place_in_row(&sandbox.read(&file), id, field);
        let related = &report.problem(rule)["related"];
        assert_eq!(related.as_array().map(Vec::len), Some(1), "{rule}");
        let there = json!([related[0]["file"], related[0]["line"], related[0]["column"]]);
        assert_eq!(there, json!([file, line, column]), "{rule}");
    };
    check("users.email.unique", "users", 1, "email");
    check("products.repeated", "products", 1, "name");
    check("orders.user_id.exists", "users", 8, "id");
    let message = report.problem("orders.user_id.exists")["message"].to_string();
    assert!(message.contains("rejected"), "{message}");
    let missing = report.problem("orders.product_id.exists");
    assert_eq!(missing["related"], json!([]));
    assert!(!missing["message"].to_string().contains("rejected"));
}

#[test]
fn people_are_shown_the_same() {
    let sandbox = Sandbox::store();
    let ran = sandbox.run(["up"]).exits(0);
    assert_eq!(ran.stderr.matches("error[").count(), 6, "{}", ran.stderr);
    assert_eq!(ran.stderr.matches("warning[").count(), 1, "{}", ran.stderr);
    for found in problems(&sandbox) {
        let Found {
            file,
            line,
            column,
            rule,
            ..
        } = found;
        assert!(ran.stderr.contains(&format!("[{rule}]")), "{rule}");
        assert!(ran.stderr.contains(&format!("{file}:{line}:{column}")));
    }
    assert!(!ran.stdout.contains("error["), "{}", ran.stdout);
    for line in ["users", "products", "orders"] {
        assert!(ran.stdout.contains(line), "{}", ran.stdout);
    }
}

#[test]
fn a_fresh_checkout_gets_three_files_and_the_journal_is_wal() {
    let sandbox = Sandbox::store();
    sandbox.run(["up"]).exits(0);
    assert_eq!(
        sandbox.names(),
        [
            "data/orders.db",
            "data/products.db",
            "data/users.db",
            "fixtures/orders.yaml",
            "fixtures/products.yaml",
            "fixtures/users.yaml",
        ]
    );
    for alias in ["users", "products", "orders"] {
        assert_eq!(sandbox.rows(alias, "PRAGMA journal_mode"), ["wal"]);
        assert_eq!(sandbox.rows(alias, "PRAGMA integrity_check"), ["ok"]);
    }
}

#[cfg(unix)]
#[test]
fn nobody_else_may_read_the_files() {
    use std::fs;
    use std::os::unix::fs::PermissionsExt;

    let sandbox = Sandbox::store();
    sandbox.run(["up"]).exits(0);
    for alias in ["users", "products", "orders"] {
        let metadata = fs::metadata(sandbox.path(&format!("data/{alias}.db")));
        let mode = metadata.expect("the file is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{alias}");
    }
}

fn the_tables_have_the_columns_of_the_fixtures_and_give_keys_themselves(on: On) {
    let sandbox = on.seeded();
    let check = |alias: &str, columns: &[&str], insert: &str, key: &str| {
        assert_eq!(sandbox.columns(alias, alias), columns);
        sandbox.execute(alias, insert);
        let newest = format!("SELECT max(id) FROM {alias}");
        assert_eq!(sandbox.rows(alias, &newest), [key]);
    };
    check(
        "users",
        &["id", "name", "email"],
        "INSERT INTO users (name, email) VALUES ('Kim', 'kim@example.com')",
        "11",
    );
    check(
        "products",
        &["id", "name", "price"],
        "INSERT INTO products (name, price) VALUES ('Lamp', 20)",
        "10",
    );
    check(
        "orders",
        &["id", "user_id", "product_id", "quantity"],
        "INSERT INTO orders (user_id, product_id, quantity) VALUES (1, 1, 1)",
        "8",
    );
}

fn the_ledger_has_the_migration_and_the_run_and_the_migrations_table_nothing_of_seedbed(on: On) {
    let sandbox = on.seeded();
    for (alias, rows) in [("users", 9), ("products", 9), ("orders", 7)] {
        let ledger = "SELECT command, profile, datasets, inserted, updated, unchanged \
                      FROM seedbed_ledger ORDER BY id";
        assert_eq!(
            sandbox.rows(alias, ledger),
            [
                "migrate|default||0|0|0".to_owned(),
                format!("seed|default|{alias}|{rows}|0|0")
            ]
        );
        assert_eq!(
            sandbox.rows(alias, "SELECT version FROM seaql_migrations"),
            [format!("m20261122_000001_create_{alias}")]
        );
    }
    let run = "SELECT run_id FROM seedbed_ledger WHERE command = 'seed'";
    let runs = ["users", "products", "orders"].map(|alias| sandbox.rows(alias, run));
    assert!(runs.iter().all(|run| *run == runs[0]), "{runs:?}");
}

fn strict_writes_no_row(on: On) {
    let sandbox = on.store();
    let report = sandbox.json(["up", "--strict"]).ends("refused", 1);
    assert_eq!(report.problem_count(), (6, 1));
    assert_eq!(report.problems(), problems(&sandbox));
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    for database in report.json["databases"].as_array().expect("it is a list") {
        assert_eq!(database["committed"], false);
    }
}

fn fresh_empties_first(on: On) {
    let sandbox = on.seeded();
    sandbox.execute(
        "users",
        "INSERT INTO users VALUES (50, 'Kim', 'kim@example.com')",
    );
    sandbox.run(["up", "--fresh"]).exits(2).says("--yes");
    assert_eq!(sandbox.rows("users", "SELECT count(*) FROM users"), ["10"]);
    let report = sandbox.json(["up", "--fresh", "--yes"]).ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([10, 9, 1, 9, 0, 0]));
    assert_eq!(sandbox.all_rows(), [&USERS[..], &PRODUCTS, &ORDERS]);
}

fn fresh_on_a_clean_folder_is_up(on: On) {
    let sandbox = on.store();
    sandbox.json(["up", "--fresh", "--yes"]).ends("seeded", 0);
    assert_eq!(sandbox.all_rows(), [&USERS[..], &PRODUCTS, &ORDERS]);
}
