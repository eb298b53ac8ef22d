use crate::on::{On, on_every_engine};
use crate::sandbox::{Ran, Sandbox};

on_every_engine![a_table_that_refuses_a_row_is_told_and_nothing_is_written_anywhere,];

/// Nothing of the program's inside is shown.
#[track_caller]
fn is_plain(ran: &Ran) {
    for inside in [
        "panicked",
        "backtrace",
        "DbErr",
        "Sqlx",
        "sqlx",
        "RuntimeErr",
        "Some(",
        "Err(",
        "{ code",
    ] {
        let shown = ran.stderr.contains(inside) || ran.stdout.contains(inside);
        assert!(!shown, "`{inside}` in {ran:#?}");
    }
}

#[test]
fn a_file_that_is_no_database_is_told_with_its_alias() {
    for alias in ["users", "products", "orders"] {
        let sandbox = Sandbox::seeded();
        sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
        sandbox.edit("fixtures/products.yaml", "name: Mouse", "name: Rat");
        let file = format!("data/{alias}.db");
        sandbox.write(
            &file,
            "This is a letter, and no database at all.\n".repeat(100),
        );
        let before = sandbox.files();
        for arguments in [&["seed"][..], &["up"], &["seed", "--dry-run"]] {
            let report = sandbox.json(arguments.iter().copied()).ends("failed", 3);
            let report = report.fails(Some(alias), &[&format!("`{alias}`"), &file]);
            is_plain(&report.ran);
        }
        for arguments in [
            &["seed"][..],
            &["status"],
            &["migrate"],
            &["migrate", "status"],
        ] {
            let ran = sandbox.run(arguments.iter().copied()).exits(3);
            is_plain(&ran.says(&format!("`{alias}`")).says(&file));
        }
        assert!(sandbox.files() == before, "a file was changed");
    }
}

#[test]
fn a_database_that_is_cut_short_is_told_with_its_alias() {
    let sandbox = Sandbox::seeded();
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    let whole = sandbox.files()["data/products.db"].1.clone();
    sandbox.write("data/products.db", &whole[..whole.len() / 2]);
    let before = sandbox.files();
    let report = sandbox.json(["seed"]).ends("failed", 3);
    let report = report.fails(Some("products"), &["`products`", "data/products.db"]);
    is_plain(&report.ran);
    for alias in ["users", "orders"] {
        let file = format!("data/{alias}.db");
        assert!(
            sandbox.files()[&file] == before[&file],
            "{file} was changed"
        );
    }
}

#[test]
fn a_folder_that_cannot_be_made_is_told_with_the_alias() {
    let sandbox = Sandbox::store();
    sandbox.write("blocked", "a file");
    sandbox.write(
        "seedbed.toml",
        "[default.databases.products]\nurl = \"sqlite:blocked/products.db\"\n",
    );
    let report = sandbox.json(["up"]).ends("failed", 3);
    let report = report.fails(Some("products"), &["`products`", "blocked/products.db"]);
    is_plain(&report.ran);
    is_plain(&sandbox.run(["migrate"]).exits(3).says("`products`"));
    for alias in ["users", "orders"] {
        if sandbox.path(&format!("data/{alias}.db")).exists() {
            let query = format!("SELECT count(*) FROM {alias}");
            assert_eq!(sandbox.rows(alias, &query), ["0"]);
        }
    }
}

#[test]
fn a_folder_where_a_file_should_be_is_told_with_the_alias() {
    let sandbox = Sandbox::store();
    sandbox.write("data/users.db/file", "in a folder");
    let report = sandbox.json(["up"]).ends("failed", 3);
    let report = report.fails(Some("users"), &["`users`", "data/users.db"]);
    is_plain(&report.ran);
}

#[test]
fn a_server_that_is_not_there_is_told_with_its_alias_and_without_its_password() {
    for url in [
        "postgres://seed:s3same@127.0.0.1:1/users",
        "postgres://127.0.0.1:1/users?password=s3same&user=seed",
        "mysql://seed:s3same@127.0.0.1:1/users",
    ] {
        let sandbox = Sandbox::store();
        let config = format!(
            "[default]\nconnect_timeout = \"2s\"\n[default.databases.users]\nurl = \"{url}\"\n"
        );
        sandbox.write("seedbed.toml", config);
        let report = sandbox.json(["up", "-v"]).ends("failed", 3);
        let report = report.fails(Some("users"), &["`users`", "127.0.0.1"]);
        is_plain(&report.ran);
        report.ran.hides("s3same");
        let ran = sandbox.run(["seed"]).exits(3).says("`users`");
        ran.hides("s3same");
        let ran = sandbox.run(["migrate"]).exits(3).says("refused");
        ran.hides("s3same");
    }
}

/// A trigger that refuses one of the products.
fn no_mice(on: On) -> &'static str {
    match on.engine("products") {
        "sqlite" => {
            "CREATE TRIGGER no_mice BEFORE INSERT ON products WHEN NEW.name = 'Mouse'
             BEGIN SELECT RAISE(ABORT, 'no mice here'); END"
        }
        "postgres" => {
            "CREATE FUNCTION no_mice() RETURNS trigger LANGUAGE plpgsql AS
             $$ BEGIN RAISE EXCEPTION 'no mice here'; END $$;
             CREATE TRIGGER no_mice BEFORE INSERT ON products FOR EACH ROW
             WHEN (NEW.name = 'Mouse') EXECUTE FUNCTION no_mice();"
        }
        _ => {
            "DELIMITER //
             CREATE TRIGGER no_mice BEFORE INSERT ON products FOR EACH ROW
             IF NEW.name = 'Mouse' THEN
             SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT = 'no mice here'; END IF //"
        }
    }
}

fn a_table_that_refuses_a_row_is_told_and_nothing_is_written_anywhere(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.execute("products", no_mice(on));
    let report = sandbox.json(["seed"]).ends("failed", 3);
    let report = report.fails(Some("products"), &["`products`", "no mice here"]);
    is_plain(&report.ran);
    assert!(!report.ran.stderr.contains("trying again"), "{report:#?}");
    for database in report.json["databases"].as_array().expect("it is a list") {
        assert_eq!(database["committed"], false);
    }
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
    for alias in ["users", "products", "orders"] {
        let seeds = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed'";
        assert_eq!(sandbox.rows(alias, seeds), ["0"]);
    }
    let ran = sandbox.run(["seed"]).exits(3).says("`products`");
    let ran = ran.prints("nothing was written");
    let told = [&ran.stdout, &ran.stderr].map(|text| text.matches("no mice here").count());
    assert_eq!(told.iter().sum::<usize>(), 1, "{ran:#?}");
}

#[test]
fn a_failure_between_commits_leaves_a_prefix_and_the_next_run_completes_it() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate"]).exits(0);
    // A constraint that is looked at when the transaction commits, and not before.
    sandbox.execute(
        "orders",
        "PRAGMA foreign_keys = OFF; CREATE TABLE kinds (id INTEGER PRIMARY KEY);
         CREATE TABLE kept (id INTEGER REFERENCES kinds (id) DEFERRABLE INITIALLY DEFERRED);
         CREATE TRIGGER at_commit AFTER INSERT ON orders BEGIN INSERT INTO kept VALUES (NEW.id); END",
    );
    let report = sandbox.json(["seed"]).ends("failed", 3);
    let report = report.fails(Some("orders"), &["`orders`", "users", "products"]);
    is_plain(&report.ran);
    let committed = |name: &str| {
        let databases = report.json["databases"].as_array().expect("it is a list");
        let found = databases.iter().find(|it| it["name"] == name);
        found.expect("the database is there")["committed"].clone()
    };
    assert_eq!(
        ["users", "products", "orders"].map(committed),
        [true, true, false]
    );
    let count = |alias: &str| sandbox.rows(alias, &format!("SELECT count(*) FROM {alias}"));
    assert_eq!(
        ["users", "products", "orders"].map(count),
        [["9"], ["9"], ["0"]]
    );
    sandbox.execute("orders", "DROP TRIGGER at_commit");
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(
        report.all_counts(),
        serde_json::json!([
            [10, 9, 1, 0, 0, 9],
            [10, 9, 1, 0, 0, 9],
            [10, 7, 3, 7, 0, 0]
        ])
    );
}

/// Whoever does not close a file before the end may leave its journal behind.
#[test]
fn what_was_opened_is_closed_where_another_database_cannot_be() {
    let sandbox = Sandbox::seeded();
    let before = sandbox.names();
    sandbox.write("data/orders.db", "no database".repeat(100));
    for command in [
        "seed",
        "migrate down --yes",
        "migrate fresh --yes",
        "status",
    ] {
        for _ in 0..8 {
            sandbox.run(command.split(' ')).exits(3);
            assert_eq!(sandbox.names(), before, "{command}");
        }
    }
}
