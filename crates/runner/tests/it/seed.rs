use serde_json::json;

use crate::on::{On, on_every_engine};
use crate::sandbox::Sandbox;

on_every_engine![
    the_second_run_writes_nothing,
    an_edited_row_is_updated_and_nothing_else_is_written,
    a_new_row_is_inserted_and_a_row_that_is_gone_stays,
    a_row_whose_edit_is_rejected_stays_as_it_was,
    strict_writes_nothing_where_anything_is_rejected,
    strict_lets_warnings_pass,
    only_the_databases_asked_for_are_loaded,
    up_loads_only_the_databases_asked_for,
    many_rows_pass_through_in_batches,
];

fn the_second_run_writes_nothing(on: On) {
    let sandbox = on.seeded();
    let before = sandbox.state();
    let report = sandbox.json(["seed"]).ends("unchanged", 0);
    assert_eq!(
        report.all_counts(),
        json!([
            [10, 9, 1, 0, 0, 9],
            [10, 9, 1, 0, 0, 9],
            [10, 7, 3, 0, 0, 7]
        ])
    );
    assert_eq!(report.problem_count(), (6, 1));
    assert!(sandbox.state() == before, "something was changed");
    sandbox.json(["up"]).ends("unchanged", 0);
    assert!(sandbox.state() == before, "something was changed by `up`");
}

#[test]
fn what_triggers_do_about_conflicts_is_not_overruled() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.execute(
        "products",
        "CREATE TABLE kinds (kind TEXT UNIQUE);
         CREATE TRIGGER kind AFTER INSERT ON products BEGIN INSERT OR IGNORE INTO kinds VALUES ('product'); END",
    );
    sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(sandbox.rows("products", "SELECT * FROM kinds"), ["product"]);
}

fn an_edited_row_is_updated_and_nothing_else_is_written(on: On) {
    let sandbox = on.seeded();
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(
        report.all_counts(),
        json!([
            [10, 9, 1, 0, 1, 8],
            [10, 9, 1, 0, 0, 9],
            [10, 7, 3, 0, 0, 7]
        ])
    );
    assert_eq!(
        sandbox.rows("users", "SELECT name FROM users WHERE id = 2"),
        ["Robert"]
    );
    // A database in which nothing changed has nothing to record.
    for (alias, runs) in [("users", "2"), ("products", "1"), ("orders", "1")] {
        let ledger = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed'";
        assert_eq!(sandbox.rows(alias, ledger), [runs], "{alias}");
    }
    sandbox.json(["seed"]).ends("unchanged", 0);
}

fn a_new_row_is_inserted_and_a_row_that_is_gone_stays(on: On) {
    let sandbox = on.seeded();
    let users = "- {id: 11, name: Kim, email: kim@example.com}";
    sandbox.write("fixtures/users.yaml", users);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([1, 1, 0, 1, 0, 0]));
    let count = "SELECT count(*), max(name) FROM users WHERE id IN (1, 11)";
    assert_eq!(sandbox.rows("users", count), ["2|Kim"]);
}

fn a_row_whose_edit_is_rejected_stays_as_it_was(on: On) {
    let sandbox = on.seeded();
    sandbox.edit("fixtures/users.yaml", "bob@example.com", "bob");
    sandbox.edit("fixtures/products.yaml", "price: 700", "price: -700");
    let report = sandbox.json(["seed"]).ends("unchanged", 0);
    assert_eq!(
        report.all_counts(),
        json!([
            [10, 8, 2, 0, 0, 8],
            [10, 8, 2, 0, 0, 8],
            [10, 7, 3, 0, 0, 7]
        ])
    );
    assert_eq!(
        sandbox.rows("users", "SELECT email FROM users WHERE id = 2"),
        ["bob@example.com"]
    );
    assert_eq!(
        sandbox.rows("products", "SELECT price FROM products WHERE id = 2"),
        ["700"]
    );
}

fn strict_writes_nothing_where_anything_is_rejected(on: On) {
    let strict = "[default]\nstrict = true\n";
    let (flag, key): (&[_], &[_]) = (&["seed", "--strict"], &["seed"]);
    for (configuration, arguments) in [("", flag), (strict, key)] {
        let sandbox = on.seeded();
        sandbox.write("seedbed.toml", configuration);
        sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
        let before = sandbox.state();
        let report = sandbox.json(arguments.iter().copied()).ends("refused", 1);
        assert_eq!(report.counts("users"), json!([10, 9, 1, 0, 1, 8]));
        assert!(sandbox.state() == before, "something was changed");
    }
}

fn strict_lets_warnings_pass(on: On) {
    let sandbox = on.with(&[(
        "products",
        "- {id: 1, name: Lamp, price: 20}\n- {id: 2, name: Lamp, price: 20.00}\n",
    )]);
    let report = sandbox.json(["seed", "--strict"]).ends("seeded", 0);
    assert_eq!(report.problem_count(), (0, 1));
    assert_eq!(report.counts("products"), json!([2, 2, 0, 2, 0, 0]));
}

fn only_the_databases_asked_for_are_loaded(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let report = sandbox
        .json(["seed", "--database", "users", "--database", "products"])
        .ends("seeded", 0);
    assert_eq!(report.json["databases"].as_array().map(Vec::len), Some(2));
    let count = |alias: &str| sandbox.rows(alias, &format!("SELECT count(*) FROM {alias}"));
    assert_eq!(
        ["users", "products", "orders"].map(count),
        [["9"], ["9"], ["0"]]
    );
    let report = sandbox
        .json(["seed", "--database", "orders"])
        .ends("seeded", 0);
    assert_eq!(report.counts("orders"), json!([10, 7, 3, 7, 0, 0]));
    assert_eq!(report.problem_count(), (4, 0));
}

fn up_loads_only_the_databases_asked_for(on: On) {
    let sandbox = on.store();
    let report = sandbox
        .json(["up", "--database", "users"])
        .ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([10, 9, 1, 9, 0, 0]));
    assert_eq!(report.json["databases"].as_array().map(Vec::len), Some(1));
    assert_eq!(sandbox.rows("users", "SELECT count(*) FROM users"), ["9"]);
}

#[test]
fn an_unknown_database_is_refused_with_a_suggestion() {
    let sandbox = Sandbox::seeded();
    for command in ["seed", "up"] {
        let report = sandbox.json([command, "--database", "user"]);
        report
            .ends("refused", 2)
            .fails(None, &["`user`", "`users`"]);
    }
}

fn many_rows_pass_through_in_batches(on: On) {
    let sandbox = on.empty();
    let user = |id: u32| format!("- {{id: {id}, name: User {id}, email: u{id}@example.com}}\n");
    let order = |id: u32| {
        let target = (id * 7) % 5003 + 1;
        format!("- {{id: {id}, user_id: {target}, product_id: 1, quantity: {id}}}\n")
    };
    let all = |row: &dyn Fn(u32) -> String| (1..=5000).map(row).collect::<String>();
    sandbox.fixtures(&[
        ("users", &all(&user)),
        ("products", "- {id: 1, name: Lamp, price: 20}\n"),
        ("orders", &all(&order)),
    ]);
    // The targets 5001, 5002 and 5003 are nobody.
    let good = (1..=5000u32).filter(|id| (id * 7) % 5003 < 5000).count();
    let report = sandbox.json(["up"]).ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([5000, 5000, 0, 5000, 0, 0]));
    assert_eq!(
        report.counts("orders"),
        json!([5000, good, 5000 - good, good, 0, 0])
    );
    let sums = "SELECT count(*), sum(id), sum(quantity) FROM orders";
    let ids: usize = (1..=5000).filter(|id| (id * 7) % 5003 < 5000).sum();
    assert_eq!(
        sandbox.rows("orders", sums),
        [format!("{good}|{ids}|{ids}")]
    );
    let report = sandbox.json(["seed"]).ends("unchanged", 0);
    assert_eq!(report.counts("users"), json!([5000, 5000, 0, 0, 0, 5000]));
}
