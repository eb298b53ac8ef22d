use serde_json::{Value, json};

use crate::on::{On, on_every_engine};
use crate::sandbox::Sandbox;

on_every_engine![
    of_a_clean_folder_has_everything_pending_and_creates_nothing,
    tells_what_is_in_the_databases_and_changes_nothing,
];

fn status(sandbox: &Sandbox) -> Value {
    let ran = sandbox.run(["status", "--format", "json"]).exits(0);
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

fn database<'a>(status: &'a Value, alias: &str) -> &'a Value {
    let databases = status["databases"].as_array().expect("it is a list");
    let found = databases.iter().find(|it| it["name"] == alias);
    found.expect("the database is there")
}

fn of_a_clean_folder_has_everything_pending_and_creates_nothing(on: On) {
    let sandbox = on.store();
    let before = sandbox.state();
    let json = status(&sandbox);
    for alias in ["users", "products", "orders"] {
        let found = database(&json, alias);
        assert_eq!(found["engine"], on.engine(alias));
        assert_eq!(found["location"], sandbox.location(alias));
        assert_eq!(found["applied"], json!([]));
        let pending = format!("m20261122_000001_create_{alias}");
        assert_eq!(found["pending"], json!([pending]));
    }
    sandbox
        .run(["status"])
        .exits(0)
        .prints(&sandbox.location("users"))
        .prints("seedbed migrate");
    assert!(sandbox.state() == before, "something was created");
    assert!(!sandbox.path("data").exists(), "a folder was created");
}

fn tells_what_is_in_the_databases_and_changes_nothing(on: On) {
    let sandbox = on.seeded();
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    sandbox.run(["seed"]).exits(0);
    let before = sandbox.state();
    let json = status(&sandbox);
    assert_eq!(json["profile"], "default");
    for (alias, rows, runs) in [("users", 9, 3), ("products", 9, 2), ("orders", 7, 2)] {
        let found = database(&json, alias);
        assert_eq!(found["profile"], "default");
        assert_eq!(found["pending"], json!([]));
        assert_eq!(found["datasets"], json!([{"name": alias, "rows": rows}]));
        assert_eq!(
            found["runs"].as_array().map(Vec::len),
            Some(runs),
            "{alias}"
        );
    }
    let newest = &database(&json, "users")["runs"][0];
    assert_eq!(
        json!([
            newest["command"],
            newest["inserted"],
            newest["updated"],
            newest["unchanged"]
        ]),
        json!(["seed", 0, 1, 8])
    );
    let ran = sandbox.run(["status"]).exits(0);
    for text in [
        "users",
        on.engine("users"),
        &sandbox.location("orders"),
        "9 rows",
        "7 rows",
        "default",
        "seed",
    ] {
        assert!(ran.stdout.contains(text), "no `{text}` in {ran:#?}");
    }
    assert!(sandbox.state() == before, "something was changed");
}

#[test]
fn tells_of_the_others_where_one_cannot_be_reached() {
    let sandbox = Sandbox::store();
    sandbox.run(["up"]).exits(0);
    sandbox.write(
        "seedbed.toml",
        "[default.databases.products]\nurl = \"postgres://seed:sesame@127.0.0.1:1/products\"\n",
    );
    let ran = sandbox.run(["status"]).exits(3);
    ran.prints("9 rows")
        .prints("7 rows")
        .says("failed to open the database `products`")
        .hides("sesame");
    let ran = sandbox.run(["status", "--format", "json"]).exits(3);
    let json: Value = serde_json::from_str(&ran.stdout).expect("it is JSON");
    assert_eq!(database(&json, "users")["error"], Value::Null);
    assert_eq!(database(&json, "users")["datasets"][0]["rows"], 9);
    let unreached = database(&json, "products");
    for unknown in ["exists", "profile", "applied", "pending", "runs"] {
        assert_eq!(unreached[unknown], Value::Null, "{unknown}");
    }
    assert_eq!(unreached["error"]["database"], "products");
    ran.hides("sesame");
}

#[test]
fn shows_a_server_without_its_password() {
    let sandbox = Sandbox::store();
    sandbox.write(
        "seedbed.toml",
        "[default.databases.users]\nurl = \"postgres://seed:sesame@127.0.0.1:1/users\"\n",
    );
    for arguments in [&["status"][..], &["status", "--format", "json"]] {
        let ran = sandbox.run(arguments.iter().copied()).exits(3);
        ran.hides("sesame");
    }
}
