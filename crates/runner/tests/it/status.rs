use serde_json::{Value, json};

use crate::sandbox::Sandbox;

fn status(sandbox: &Sandbox) -> Value {
    let ran = sandbox.run(["status", "--format", "json"]).exits(0);
    serde_json::from_str(&ran.stdout).expect("it is JSON")
}

fn database<'a>(status: &'a Value, alias: &str) -> &'a Value {
    let databases = status["databases"].as_array().expect("it is a list");
    let found = databases.iter().find(|it| it["name"] == alias);
    found.expect("the database is there")
}

#[test]
fn of_a_clean_folder_has_everything_pending_and_creates_nothing() {
    let sandbox = Sandbox::store();
    let before = sandbox.files();
    let json = status(&sandbox);
    for alias in ["users", "products", "orders"] {
        let found = database(&json, alias);
        assert_eq!(found["engine"], "sqlite");
        assert_eq!(found["location"], format!("data/{alias}.db"));
        assert_eq!(found["applied"], json!([]));
        let pending = format!("m20261122_000001_create_{alias}");
        assert_eq!(found["pending"], json!([pending]));
    }
    sandbox
        .run(["status"])
        .exits(0)
        .prints("data/users.db")
        .prints("seedbed migrate");
    assert!(sandbox.files() == before, "a file was created");
    assert!(!sandbox.path("data").exists(), "a folder was created");
}

#[test]
fn tells_what_is_in_the_databases_and_changes_nothing() {
    let sandbox = Sandbox::seeded();
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    sandbox.run(["seed"]).exits(0);
    let before = sandbox.files();
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
        "sqlite",
        "data/orders.db",
        "9 rows",
        "7 rows",
        "default",
        "seed",
    ] {
        assert!(ran.stdout.contains(text), "no `{text}` in {ran:#?}");
    }
    assert!(sandbox.files() == before, "a file was changed");
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
