use std::fs;

use servers::{Kind, Server, Settings};

use crate::on::{On, on_every_engine, on_servers};
use crate::report::Report;
use crate::sandbox::Sandbox;

on_servers![
    whoever_may_read_insert_and_update_can_seed,
    whoever_may_only_read_is_told_and_writes_nothing,
    whoever_may_not_read_is_told_so_and_not_that_tables_are_missing,
    whoever_migrates_writes_no_rows,
    the_grants_of_the_readme_are_enough,
    whoever_only_reads_by_default_is_not_overruled,
];
on_every_engine!(
    without_advisory_locks WithoutAdvisoryLocks:
    whoever_may_read_insert_and_update_can_seed
);
on_every_engine!(postgres_alone Postgres: sequences_are_moved_once_that_is_granted);
on_every_engine!(mariadb_alone Mariadb: tables_get_an_engine_with_transactions);

const ALIASES: [&str; 3] = ["users", "products", "orders"];

/// Makes a user who has these privileges on what is in a sandbox's databases; gives the variables that
/// have the program log in as that.
fn user(on: On, sandbox: &Sandbox, name: &str, privileges: &str) -> Vec<(String, String)> {
    let mut variables = Vec::new();
    for alias in ALIASES {
        let (server, database) = sandbox.server(alias).expect("it is on a server");
        let name = format!("{name}_{}", std::process::id());
        let (own, create, grant) = match on.kind(alias) {
            Some(Kind::Postgres) => (
                "postgres",
                format!(
                    "DO $$ BEGIN CREATE ROLE {name} LOGIN PASSWORD 'p'; \
                     EXCEPTION WHEN duplicate_object THEN END $$;"
                ),
                format!(
                    "GRANT {privileges} ON ALL TABLES IN SCHEMA public TO {name}; \
                     GRANT {} ON ALL SEQUENCES IN SCHEMA public TO {name};",
                    privileges.replace(", INSERT", "")
                ),
            ),
            _ => (
                "mysql",
                format!("CREATE USER IF NOT EXISTS {name}@'127.0.0.1' IDENTIFIED BY 'p';"),
                format!("GRANT {privileges} ON {database}.* TO {name}@'127.0.0.1';"),
            ),
        };
        for (database, statements) in [(own, create), (&database, grant)] {
            let done = server.sql(database, &statements);
            done.unwrap_or_else(|error| panic!("{error}"));
        }
        let variable = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
        variables.push((variable, server.url_of(&name, "p", &database)));
    }
    variables
}

fn borrowed(variables: &[(String, String)]) -> Vec<(&str, &str)> {
    variables
        .iter()
        .map(|(name, value)| (name.as_str(), value.as_str()))
        .collect()
}

fn whoever_may_read_insert_and_update_can_seed(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let writer = user(on, &sandbox, "writer", "SELECT, INSERT, UPDATE");
    let writer = borrowed(&writer);
    sandbox.run_with(&writer, ["seed"]).exits(0);
    assert_eq!(
        ALIASES.map(|alias| sandbox.rows(alias, &format!("SELECT count(*) FROM {alias}"))),
        [["9"], ["9"], ["7"]]
    );
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    sandbox.run_with(&writer, ["seed"]).exits(0);
    let bob = "SELECT name FROM users WHERE id = 2";
    assert_eq!(sandbox.rows("users", bob), ["Robert"]);
    sandbox.run_with(&writer, ["status"]).exits(0);
}

fn sequences_are_moved_once_that_is_granted(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let writer = user(on, &sandbox, "granted", "SELECT, INSERT, UPDATE");
    let writer = borrowed(&writer);
    let role = format!("granted_{}", std::process::id());
    let may_move = |word: &str, to: &str| {
        for alias in ALIASES {
            let grant =
                format!("{word} SELECT, UPDATE ON ALL SEQUENCES IN SCHEMA public {to} {role}");
            sandbox.execute(alias, &grant);
        }
    };
    may_move("REVOKE", "FROM");
    let ran = sandbox.run_with(&writer, ["seed"]).exits(0);
    ran.says("grant SELECT and UPDATE on it");
    may_move("GRANT", "TO");
    let again = sandbox.run_with(&writer, ["seed", "--format", "json"]);
    Report::of(again.hides("grant")).ends("unchanged", 0);
    let theirs = "INSERT INTO users (name, email) VALUES ('Kim', 'kim@example.com')";
    sandbox.execute("users", theirs);
    assert_eq!(sandbox.rows("users", "SELECT max(id) FROM users"), ["11"]);
}

fn whoever_may_only_read_is_told_and_writes_nothing(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let reader = user(on, &sandbox, "reader", "SELECT");
    let before = sandbox.state();
    let ran = sandbox.run_with(&borrowed(&reader), ["seed", "--format", "json"]);
    let report = Report::of(ran).ends("failed", 3);
    // The others end with the one that is refused first, whichever that is.
    let refused = report.json["error"]["database"].as_str();
    let alias = ALIASES.into_iter().find(|alias| Some(*alias) == refused);
    let alias = alias.unwrap_or_else(|| panic!("no alias in {report:#?}"));
    report.fails(Some(alias), &[&format!("the database `{alias}`"), "denied"]);
    assert!(sandbox.state() == before, "something was changed");
}

fn whoever_may_not_read_is_told_so_and_not_that_tables_are_missing(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let stranger = user(on, &sandbox, "stranger", "SELECT, INSERT, UPDATE");
    let role = format!("stranger_{}", std::process::id());
    let everywhere = |statements: &dyn Fn(&str, &str) -> [String; 2]| {
        for alias in ALIASES {
            let (server, database) = sandbox.server(alias).expect("it is on a server");
            let [postgres, mariadb] = statements(alias, &database);
            let is_postgres = on.kind(alias) == Some(Kind::Postgres);
            let done = server.sql(&database, if is_postgres { &postgres } else { &mariadb });
            done.unwrap_or_else(|error| panic!("{error}"));
        }
    };
    let check = |table: &str, commands: &[&[&str]]| {
        for command in commands {
            let ran = sandbox.run_with(&borrowed(&stranger), command.iter().copied());
            let ran = ran.exits(3).hides("pending:").hides("no table");
            match on.kind("users") {
                Some(Kind::Postgres) => ran.says(&format!("may not read the table `{table}`")),
                _ => ran
                    .says("SELECT command denied")
                    .says(&format!("`{table}`")),
            };
        }
    };
    everywhere(&|_, database| {
        [
            format!("REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {role};"),
            // Who has no right at all may not even connect.
            format!(
                "REVOKE ALL ON {database}.* FROM {role}@'127.0.0.1'; \
                 CREATE TABLE {database}.other (id INT); \
                 GRANT SELECT ON {database}.other TO {role}@'127.0.0.1';"
            ),
        ]
    });
    check(
        "seaql_migrations",
        &[&["seed"], &["migrate", "status"], &["status"]],
    );
    everywhere(&|_, database| {
        ["seaql_migrations", "seedbed_ledger"]
            .map(|table| {
                [
                    format!("GRANT SELECT ON {table} TO {role};"),
                    format!("GRANT SELECT ON {database}.{table} TO {role}@'127.0.0.1';"),
                ]
            })
            .into_iter()
            .reduce(|[one, two], [other_one, other_two]| [one + &other_one, two + &other_two])
            .expect("there are two")
    });
    check("users", &[&["seed"], &["status"]]);
}

fn whoever_migrates_writes_no_rows(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let mut variables = user(on, &sandbox, "looker", "SELECT");
    variables.extend(ALIASES.map(|alias| {
        let variable = format!("SEEDBED_DATABASES__{}__MIGRATE_URL", alias.to_uppercase());
        (variable, sandbox.url(alias))
    }));
    let before = sandbox.state();
    let ran = sandbox.run_with(&borrowed(&variables), ["up"]);
    ran.exits(3).says("denied");
    assert!(sandbox.state() == before, "something was changed");
}

/// A server of a test's own, whose roles and defaults it may change.
fn own_server(on: On) -> Server {
    let kind = on.kind("users").expect("it is on a server");
    let server = Server::start(kind, Settings::default());
    server.unwrap_or_else(|error| panic!("{error}"))
}

/// The same with a database for users.
fn own_server_for_users(on: On) -> Server {
    let server = own_server(on);
    let created = server.create_databases(&["users".to_owned()]);
    created.unwrap_or_else(|error| panic!("{error}"));
    server
}

/// What PostgreSQL or MariaDB answers to the one or the other.
fn tell(server: &Server, [postgres, mariadb]: [&str; 2]) -> Vec<Vec<String>> {
    let statements = match server.kind() {
        Kind::Postgres => postgres,
        Kind::Mariadb => mariadb,
    };
    let told = server.sql("users", statements);
    told.unwrap_or_else(|error| panic!("{error}"))
}

fn whoever_only_reads_by_default_is_not_overruled(on: On) {
    let (server, sandbox) = (own_server_for_users(on), Sandbox::store());
    let url = server.url("users");
    let there = [("SEEDBED_DATABASES__USERS__URL", url.as_str())];
    let tell = |statements| tell(&server, statements);
    sandbox.run_with(&there, ["up"]).exits(0);
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    tell([
        "ALTER DATABASE users SET default_transaction_read_only = on",
        "SET GLOBAL tx_read_only = ON",
    ]);
    let rows = |alias: &str| sandbox.rows(alias, &format!("SELECT count(*) FROM {alias}"));
    for arguments in [
        &["seed"][..],
        &["up"],
        &["up", "--fresh", "--yes"],
        &["migrate", "fresh", "--yes"],
        &["migrate", "down", "--yes"],
    ] {
        let ran = sandbox.run_with(&there, arguments.iter().copied()).exits(3);
        let told = ran.stderr.to_lowercase().replace('-', " ");
        assert!(told.contains("in a read only transaction"), "{ran:#?}");
        // What would be emptied before it still has its rows.
        assert_eq!(["orders", "products"].map(rows), [["7"], ["9"]]);
    }
    let bob = ["SELECT name FROM users WHERE id = 2"; 2];
    assert_eq!(tell(bob), [["Bob"]]);
    // Whoever is only referred to is only read.
    let orders = ["seed", "--database", "orders", "--format", "json"];
    Report::of(sandbox.run_with(&there, orders)).ends("unchanged", 0);
    tell([
        // The session itself only reads, unless it says otherwise.
        "SET default_transaction_read_only = off; ALTER DATABASE users RESET default_transaction_read_only",
        "SET GLOBAL tx_read_only = OFF",
    ]);
    sandbox.run_with(&there, ["seed"]).exits(0);
    assert_eq!(tell(bob), [["Robert"]]);
}

fn tables_get_an_engine_with_transactions(on: On) {
    let (server, sandbox) = (own_server_for_users(on), Sandbox::store());
    let url = server.url("users");
    tell(&server, ["", "SET GLOBAL default_storage_engine = Aria"]);
    let there = [("SEEDBED_DATABASES__USERS__URL", url.as_str())];
    sandbox.run_with(&there, ["migrate"]).exits(0);
    let engines =
        "SELECT DISTINCT engine FROM information_schema.tables WHERE table_schema = 'users'";
    assert_eq!(tell(&server, ["", engines]), [["InnoDB"]]);
}

/// The statements of the README about two roles: PostgreSQL's, those for tables that are there already, MariaDB's.
fn readme() -> [String; 3] {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../README.md");
    let text = fs::read_to_string(path).expect("there is a README");
    let (_, roles) = text.split_once("**Two roles.**").expect("it is there");
    let blocks = roles.split("```sql\n").skip(1).take(3);
    let blocks = blocks.map(|block| block.split_once("```").expect("it ends").0);
    let blocks: Vec<_> = blocks.map(|block| block.replace('…', "p")).collect();
    blocks.try_into().expect("there are three")
}

fn the_grants_of_the_readme_are_enough(on: On) {
    let [postgres, postgres_later, mariadb] = readme();
    let server = own_server(on);
    let (own, grants) = match server.kind() {
        // What everybody may do by default is not to help.
        Kind::Postgres => {
            let (before, after) = postgres
                .split_once("GRANT CONNECT")
                .expect("it grants that");
            let revoke = "REVOKE ALL ON DATABASE users FROM PUBLIC; GRANT CONNECT";
            ("postgres", format!("{before}{revoke}{after}"))
        }
        Kind::Mariadb => ("mysql", mariadb),
    };
    let run = |statements: &str| {
        let done = server.sql(own, statements);
        done.unwrap_or_else(|error| panic!("{error}"));
    };
    run(&grants);
    let sandbox = Sandbox::store();
    let urls = ["seeder", "migrator"].map(|role| server.url_of(role, "p", "users"));
    let variables = [
        ("SEEDBED_DATABASES__USERS__URL", urls[0].as_str()),
        ("SEEDBED_DATABASES__USERS__MIGRATE_URL", &urls[1]),
    ];
    let said = |arguments: &[&str]| {
        let ran = sandbox.run_with(&variables, arguments.iter().copied());
        ran.exits(0).hides("grant").hides("GRANT")
    };
    said(&["up"]);
    sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    said(&["seed"]);
    said(&["up", "--fresh", "--yes"]);
    if server.kind() == Kind::Postgres {
        run(&format!(
            "\\connect users\nREVOKE ALL ON ALL TABLES IN SCHEMA public FROM seeder; \
             REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM seeder;\n{postgres_later}"
        ));
        sandbox.edit("fixtures/users.yaml", "name: Robert", "name: Bob");
        said(&["seed"]);
    }
}
