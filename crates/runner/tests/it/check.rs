use serde_json::json;

use crate::sandbox::Sandbox;

#[test]
fn finds_what_seeding_finds_and_creates_nothing() {
    let sandbox = Sandbox::store();
    let before = sandbox.files();
    let checked = sandbox.json(["check"]).ends("checked", 1);
    let unknown = json!([null, null, null]);
    for (dataset, read, accepted) in [("users", 10, 9), ("products", 10, 9), ("orders", 10, 7)] {
        let counts = checked.counts(dataset);
        assert_eq!(counts[0], read, "{dataset}");
        assert_eq!(counts[1], accepted, "{dataset}");
        assert_eq!(counts[2], read - accepted, "{dataset}");
        assert_eq!(json!([counts[3], counts[4], counts[5]]), unknown);
    }
    sandbox
        .run(["check"])
        .exits(1)
        .says("error[users.email.unique]");
    assert!(sandbox.files() == before, "a file was created");
    assert!(!sandbox.path("data").exists(), "a folder was created");
    let seeded = sandbox.json(["up"]).ends("seeded", 0);
    assert_eq!(checked.problems(), seeded.problems());
    assert_eq!(checked.json["problems"], seeded.json["problems"]);
}

#[test]
fn is_content_with_good_fixtures_and_with_warnings() {
    let sandbox = Sandbox::empty();
    sandbox.fixtures(&[(
        "products",
        "- {id: 1, name: Lamp, price: 20}\n- {id: 2, name: Lamp, price: 20}\n",
    )]);
    let report = sandbox.json(["check"]).ends("checked", 0);
    assert_eq!(report.broken(), ["products.repeated 2"]);
}

#[test]
fn needs_no_database_and_touches_none() {
    let sandbox = Sandbox::store();
    sandbox.write(
        "seedbed.toml",
        "[default.databases]\nusers.url = \"postgres://nobody@127.0.0.1:1/users\"\n\
         orders.url = \"sqlite:fixtures/users.yaml/orders.db\"\n",
    );
    sandbox.json(["check"]).ends("checked", 1);
}

#[test]
fn judges_the_chosen_fixtures_by_all_the_others() {
    let sandbox = Sandbox::store();
    let check = |chosen: &[&str], broken: &[&str]| {
        let arguments = ["check"].into_iter().chain(chosen.iter().copied());
        let report = sandbox.json(arguments);
        let report = report.ends("checked", i32::from(!broken.is_empty()));
        assert_eq!(report.broken(), broken, "{chosen:?}");
    };
    let orders = [
        "orders.user_id.exists 8",
        "orders.quantity.positive 8",
        "orders.quantity.positive 9",
        "orders.product_id.exists 10",
    ];
    check(&["fixtures/orders.yaml"], &orders);
    check(&["fixtures/users.yaml"], &["users.email.unique 8"]);
    check(
        &["fixtures/products.yaml"],
        &["products.repeated 7", "products.price.non-negative 10"],
    );
    sandbox.write(
        "fixtures/users.2024.yaml",
        "- {id: 1, name: Al, email: al@b.c}",
    );
    check(&["fixtures/users.2024.yaml"], &["users.id.unique 1"]);
}

#[test]
fn counts_the_rows_of_chosen_fixtures_only() {
    let sandbox = Sandbox::store();
    let report = sandbox.json(["check", "fixtures/orders.yaml"]);
    let counts = report.counts("orders");
    assert_eq!(json!([counts[0], counts[1], counts[2]]), json!([10, 7, 3]));
    for dataset in report.json["datasets"].as_array().expect("it is a list") {
        let of_orders = dataset["name"] == "orders";
        assert!(of_orders || dataset["read"] == 0, "{dataset}");
    }
}
