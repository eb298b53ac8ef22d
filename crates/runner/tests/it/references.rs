use serde_json::json;

use crate::expected::place;
use crate::on::{On, on_every_engine};

on_every_engine![
    a_row_that_is_only_in_the_database_is_as_good_as_any_but_check_does_not_see_it,
    a_row_whose_edit_is_rejected_is_still_there_to_refer_to,
    a_rejected_row_is_pointed_at,
    the_fixtures_of_other_datasets_do_not_count_for_seed_when_some_are_chosen,
    a_dataset_without_fixtures_is_looked_up_in_its_database,
];

const USER: &str = "- {id: 1, name: Kim, email: kim@example.com}\n";
const PRODUCT: &str = "- {id: 1, name: Lamp, price: 20}\n";

fn a_row_that_is_only_in_the_database_is_as_good_as_any_but_check_does_not_see_it(on: On) {
    let sandbox = on.with(&[("users", USER), ("products", PRODUCT)]);
    sandbox.run(["seed"]).exits(0);
    sandbox.fixtures(&[
        ("users", "- {id: 2, name: Lee, email: lee@example.com}\n"),
        (
            "orders",
            "- {id: 1, user_id: 1, product_id: 1, quantity: 1}\n\
             - {id: 2, user_id: 2, product_id: 1, quantity: 1}\n\
             - {id: 3, user_id: 3, product_id: 1, quantity: 1}\n",
        ),
    ]);
    let checked = sandbox.json(["check"]).ends("checked", 1);
    assert_eq!(
        checked.broken(),
        ["orders.user_id.exists 1", "orders.user_id.exists 3"]
    );
    for arguments in [&["seed", "--dry-run"][..], &["seed"]] {
        let report = sandbox.json(arguments.iter().copied());
        assert_eq!(report.counts("orders"), json!([3, 2, 1, 2, 0, 0]));
        assert_eq!(report.broken(), ["orders.user_id.exists 3"]);
    }
    assert_eq!(
        sandbox.rows("orders", "SELECT user_id FROM orders ORDER BY id"),
        ["1", "2"]
    );
}

fn a_row_whose_edit_is_rejected_is_still_there_to_refer_to(on: On) {
    let sandbox = on.with(&[("users", USER), ("products", PRODUCT)]);
    sandbox.run(["seed"]).exits(0);
    sandbox.fixtures(&[
        ("users", "- {id: 1, name: Kim, email: nowhere}\n"),
        ("products", "- {id: 1, name: Lamp, price: -20}\n"),
        (
            "orders",
            "- {id: 1, user_id: 1, product_id: 1, quantity: 1}\n",
        ),
    ]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(
        report.broken(),
        ["products.price.non-negative 1", "users.email.format 1"]
    );
    assert_eq!(report.counts("orders"), json!([1, 1, 0, 1, 0, 0]));
    let checked = sandbox.json(["check"]).ends("checked", 1);
    assert_eq!(
        checked.broken(),
        [
            "orders.user_id.exists 1",
            "orders.product_id.exists 1",
            "products.price.non-negative 1",
            "users.email.format 1",
        ]
    );
}

fn a_rejected_row_is_pointed_at(on: On) {
    let users = "# One who cannot be reached.\n- id: 5\n  name: Kim\n  email: nowhere\n";
    let sandbox = on.with(&[
        ("users", users),
        ("products", PRODUCT),
        (
            "orders",
            "- {id: 1, user_id: 5, product_id: 1, quantity: 1}\n",
        ),
    ]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    let problem = report.problem("orders.user_id.exists");
    let (line, column) = place(users, "id: ^5");
    let related = &problem["related"][0];
    assert_eq!(related["file"], "fixtures/users.yaml");
    assert_eq!(
        json!([related["line"], related["column"]]),
        json!([line, column])
    );
    sandbox
        .run(["seed"])
        .says(&format!("fixtures/users.yaml:{line}:{column}"));
}

fn the_fixtures_of_other_datasets_do_not_count_for_seed_when_some_are_chosen(on: On) {
    let orders = "- {id: 1, user_id: 1, product_id: 1, quantity: 1}\n";
    let fixtures = [("users", USER), ("products", PRODUCT), ("orders", orders)];
    let sandbox = on.with(&fixtures);
    let report = sandbox.json(["seed", "fixtures/orders.yaml"]);
    let report = report.ends("unchanged", 0);
    assert_eq!(
        report.broken(),
        ["orders.user_id.exists 1", "orders.product_id.exists 1"]
    );
    let report = sandbox.json(["seed", "--database", "orders"]);
    assert_eq!(report.problem_count(), (2, 0));
    sandbox
        .json(["seed", "fixtures/users.yaml", "fixtures/products.yaml"])
        .ends("seeded", 0);
    let report = sandbox.json(["seed", "fixtures/orders.yaml"]);
    let report = report.ends("seeded", 0);
    assert_eq!(report.counts("orders"), json!([1, 1, 0, 1, 0, 0]));
}

fn a_dataset_without_fixtures_is_looked_up_in_its_database(on: On) {
    let sandbox = on.with(&[
        ("products", PRODUCT),
        (
            "orders",
            "- {id: 1, user_id: 7, product_id: 1, quantity: 1}\n",
        ),
    ]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(report.broken(), ["orders.user_id.exists 1"]);
    sandbox.execute(
        "users",
        "INSERT INTO users VALUES (7, 'Lee', 'lee@example.com')",
    );
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(report.broken(), [""; 0]);
    assert_eq!(report.counts("orders"), json!([1, 1, 0, 1, 0, 0]));
}
