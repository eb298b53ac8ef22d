use crate::report::Report;
use crate::sandbox::{Sandbox, rows};

/// A password that must never be seen.
const SECRET: &str = "s3same";

/// The configuration is refused, and this is said about it.
#[track_caller]
fn check(text: &str, said: &[&str]) {
    let sandbox = Sandbox::store();
    sandbox.write("seedbed.toml", text);
    for command in ["check", "up"] {
        let report = sandbox.json([command]).ends("refused", 2);
        let report = report.fails(None, said);
        report.ran.hides(SECRET);
    }
    for arguments in [&["status"][..], &["migrate"], &["check", "-v"]] {
        let mut ran = sandbox.run(arguments.iter().copied()).exits(2);
        for text in said {
            ran = ran.says(text);
        }
        ran.hides(SECRET);
    }
    assert!(!sandbox.path("data").exists(), "a folder was created");
}

#[test]
fn unknown_keys_are_refused_with_a_suggestion() {
    check(
        "[default]\nstric = true\n",
        &["seedbed.toml:2:1", "`stric`", "`strict`"],
    );
    check(
        "[default.databases.user]\nurl = \"sqlite:u.db\"\n",
        &["seedbed.toml:1:", "databases.user", "databases.users"],
    );
    check(
        "[default.databases.users]\n  ulr = \"postgres://seed:s3same@db/users\"\n",
        &[
            "seedbed.toml:2:3",
            "databases.users.ulr",
            "databases.users.url",
        ],
    );
    check("strict = true\n", &["seedbed.toml:1:1", "[default]"]);
    check("[dev]\nretry = 3\n", &["seedbed.toml:2:1", "`retry`"]);
}

#[test]
fn values_of_the_wrong_type_are_refused_and_not_shown() {
    check(
        "[default]\nstrict = \"s3same\"\n",
        &["seedbed.toml:2:10", "`strict`", "`true`"],
    );
    check(
        "[default.databases.users]\nurl = [\"postgres://seed:s3same@db/users\"]\n",
        &["seedbed.toml:2:7", "databases.users.url"],
    );
    check(
        "[default]\nlock_timeout = \"s3same\"\n",
        &["seedbed.toml:2:16", "lock_timeout"],
    );
    check(
        "[default]\ndatabases = \"postgres://seed:s3same@db/users\"\n",
        &["seedbed.toml:2:13", "databases"],
    );
    check(
        "[default]\nfixtures = []\n",
        &["seedbed.toml:2:12", "fixtures"],
    );
}

#[test]
fn broken_toml_is_refused_and_not_shown() {
    for text in [
        "[default.databases.users]\nurl = \"postgres://seed:s3same@db/users\n",
        "[default.databases.users]\nurl = postgres://seed:s3same@db/users\n",
        "[default.databases.users]\nurl = \"postgres://seed:s3same@db/users\" oops\n",
    ] {
        check(text, &["seedbed.toml:2:"]);
    }
}

#[test]
fn urls_that_cannot_be_used_are_refused_and_not_shown() {
    for url in [
        "oracle://seed:s3same@db/users",
        "postgres://seed:s3same@/users",
        "postgres://seed:s3same@db:many/users",
        "mysql://seed:s3same@db",
        "mysql://db/users?password=s3same&oops=1",
        "postgres://seed:s3same@db/users?sslmod=require",
        "postgres://seed:s3same@db/users?sslmode=prefer",
        "mysql://seed:s3same@db/users?ssl-mode=REQUIRED&ssl-ca=ca.pem",
        "s3same",
        "",
    ] {
        check(
            &format!("[default.databases.users]\nurl = \"{url}\"\n"),
            &["seedbed.toml:2:7", "databases.users.url"],
        );
    }
}

#[test]
fn a_url_that_would_migrate_another_database_is_refused_and_not_shown() {
    for migrate_url in [
        "sqlite:data/users.db",
        "postgres://seed:s3same@db/products",
        "postgres://seed:s3same@db/users?sslmode=allow",
        "s3same",
    ] {
        check(
            &format!(
                "[default.databases.users]\nurl = \"postgres://seed:s3same@db/users\"\n\
                 migrate_url = \"{migrate_url}\"\n"
            ),
            &["seedbed.toml:3:15", "databases.users.migrate_url"],
        );
    }
}

#[test]
fn plain_text_over_a_network_is_told_of_where_a_database_is_used() {
    let sandbox = Sandbox::store();
    // An address that is not written as one counts as another machine's, and needs no name server.
    sandbox.write(
        "seedbed.toml",
        "[default.databases.users]\nurl = \"postgres://seed:s3same@127.1:1/users?sslmode=disable\"\n",
    );
    let warning = "`users` (127.1:1/users) is reached over the network without encryption";
    for command in ["status", "migrate", "seed"] {
        let ran = sandbox.run([command]).exits(3);
        ran.says(warning).hides(SECRET);
    }
    sandbox.run(["check"]).exits(1).hides(warning);
}

#[test]
fn the_drivers_own_variable_is_no_way_into_plain_text() {
    let sandbox = Sandbox::store();
    let url = (
        "SEEDBED_DATABASES__USERS__URL",
        "postgres://seed:s3same@127.1:1/users",
    );
    let ran = |mode| sandbox.run_with(&[url, ("PGSSLMODE", mode)], ["status"]);
    ran("prefer").exits(2).says("`PGSSLMODE`").hides(SECRET);
    ran("verify_full").exits(2).says("`PGSSLMODE`");
    ran("verify-full").exits(3).hides("encryption");
    ran("disable").exits(3).says("without encryption");
}

#[test]
fn the_drivers_own_variable_of_a_certificate_is_not_passed_over() {
    let sandbox = Sandbox::store();
    let ran = |url, mode| {
        let variables = [
            ("SEEDBED_DATABASES__USERS__URL", url),
            ("PGSSLROOTCERT", "tls/none.pem"),
            ("PGSSLMODE", mode),
        ];
        sandbox.run_with(&variables, ["status"])
    };
    let there = "postgres://seed:s3same@127.1:1/users";
    let refused = ran(there, "require").exits(2);
    refused.says("`PGSSLROOTCERT`, which is not looked at with this `PGSSLMODE`");
    ran(there, "verify-ca").exits(3).says("failed to open");
    let plain = format!("{there}?sslmode=disable");
    ran(&plain, "require").exits(3).says("without encryption");
    // On this machine it may be about another server.
    let here = "postgres://seed:s3same@127.0.0.1:1/users";
    ran(here, "disable").exits(3).says("failed to open");
}

#[test]
fn a_path_that_no_socket_can_have_is_no_lost_connection() {
    let folder = format!("/{}", "a".repeat(150));
    for url in [
        format!("postgres:///users?host={folder}&user=seed"),
        format!("mysql://seed@localhost/users?socket={folder}/s"),
    ] {
        let variables = [("SEEDBED_DATABASES__USERS__URL", url.as_str())];
        let ran = Sandbox::store().run_with(&variables, ["migrate"]).exits(3);
        ran.says("path").hides("trying again").hides("lost");
    }
}

#[test]
fn all_mistakes_are_told_at_once() {
    check(
        "[default]\nstric = true\nlock_timeout = false\n[dev]\nretry_fro = 1\n",
        &["seedbed.toml:2:1", "seedbed.toml:3:16", "seedbed.toml:5:1"],
    );
}

#[test]
fn two_aliases_of_one_file_are_refused() {
    for other in [
        "data/users.db",
        "./data/../data/users.db",
        "//data/users.db",
    ] {
        check(
            &format!("[default.databases.orders]\nurl = \"sqlite:{other}\"\n"),
            &["`users`", "`orders`", "same database"],
        );
    }
    check(
        "[default.databases]\nusers.url = \"postgres://a:s3same@db/one\"\n\
         orders.url = \"postgres://b:s3same@db:5432/one?password=s3same\"\n",
        &["`users`", "`orders`", "same database"],
    );
}

#[cfg(unix)]
#[test]
fn two_aliases_of_one_file_by_a_link_are_refused() {
    let sandbox = Sandbox::seeded();
    std::os::unix::fs::symlink("data", sandbox.path("link")).expect("a link can be made");
    sandbox.write(
        "seedbed.toml",
        "[default.databases.orders]\nurl = \"sqlite:link/users.db\"\n",
    );
    sandbox
        .run(["seed"])
        .exits(2)
        .says("`users`")
        .says("`orders`")
        .says("same database");
}

#[test]
fn variables_go_over_the_file_and_are_refused_by_name() {
    let sandbox = Sandbox::store();
    sandbox.write(
        "seedbed.toml",
        "[default]\nstrict = true\n[dev]\nstrict = true\n",
    );
    let up = ["up", "--format", "json"];
    let report = |variables: &[(&str, &str)]| Report::of(sandbox.run_with(variables, up));
    report(&[]).ends("refused", 1);
    report(&[("SEEDBED_STRICT", "false")]).ends("seeded", 0);
    let dev = [("SEEDBED_PROFILE", "dev"), ("SEEDBED_STRICT", "false")];
    let sandbox = Sandbox::store();
    sandbox.write("seedbed.toml", "[dev]\nstrict = true\n");
    let ran = sandbox.run_with(&dev, up);
    Report::of(ran).ends("seeded", 0);
    for (name, value, said) in [
        ("SEEDBED_STRICKT", "true", "SEEDBED_STRICKT"),
        ("SEEDBED_STRICT", SECRET, "SEEDBED_STRICT"),
        (
            "SEEDBED_DATABASES__ORDERS__URL",
            "oracle://seed:s3same@db/orders",
            "SEEDBED_DATABASES__ORDERS__URL",
        ),
        (
            "SEEDBED_DATABASES__ORDRS__URL",
            "sqlite:s3same.db",
            "SEEDBED_DATABASES__ORDERS__URL",
        ),
        (
            "SEEDBED_DATABASES__ORDERS__URL",
            "",
            "SEEDBED_DATABASES__ORDERS__URL",
        ),
    ] {
        let ran = sandbox.run_with(&[(name, value)], ["check"]);
        ran.exits(2).says(said).hides(SECRET);
    }
}

#[test]
fn a_variable_says_where_a_database_is() {
    let sandbox = Sandbox::store();
    let elsewhere = [("SEEDBED_DATABASES__ORDERS__URL", "sqlite:else/where.db")];
    sandbox.run_with(&elsewhere, ["up"]).exits(0);
    assert!(!sandbox.path("data/orders.db").exists());
    let orders = sandbox.open("else/where.db");
    assert_eq!(rows(&orders, "SELECT count(*) FROM orders"), ["7"]);
}

#[test]
fn the_profile_chooses_a_table_of_the_file() {
    let sandbox = Sandbox::store();
    sandbox.write(
        "seedbed.toml",
        "[default]\nstrict = true\n[dev]\nstrict = false\ndatabases.users.url = \"sqlite:dev.db\"\n",
    );
    sandbox.run(["up"]).exits(1);
    let dev = [("SEEDBED_PROFILE", "dev")];
    let arguments = ["up", "--profile-mismatch-ok"];
    sandbox.run_with(&dev, arguments).exits(0);
    let users = sandbox.open("dev.db");
    assert_eq!(rows(&users, "SELECT count(*) FROM users"), ["9"]);
    assert_eq!(
        rows(&users, "SELECT DISTINCT profile FROM seedbed_ledger"),
        ["dev"]
    );
}

#[test]
fn paths_in_the_file_are_relative_to_it_and_paths_in_flags_to_the_current_folder() {
    let sandbox = Sandbox::store();
    sandbox.write(
        "conf/dev/seedbed.toml",
        "[default]\nfixtures = \"../seeds\"\n",
    );
    sandbox.write(
        "conf/seeds/users.yaml",
        "- {id: 1, name: Kim, email: nowhere}",
    );
    let config = ["--config", "conf/dev/seedbed.toml"];
    let up = |more: &[&'static str]| {
        let arguments = ["up"].into_iter().chain(config).chain(more.iter().copied());
        sandbox.json(arguments)
    };
    let report = up(&[]);
    let file = report.problem("users.email.format")["file"].clone();
    let file = sandbox.path(file.as_str().expect("a path is a text"));
    assert_eq!(
        file.canonicalize().expect("it can be opened from here"),
        sandbox
            .path("conf/seeds/users.yaml")
            .canonicalize()
            .expect("it is there")
    );
    assert_eq!(
        sandbox
            .names()
            .into_iter()
            .filter(|it| it.ends_with(".db"))
            .collect::<Vec<_>>(),
        [
            "conf/dev/data/orders.db",
            "conf/dev/data/products.db",
            "conf/dev/data/users.db"
        ]
    );
    let report = up(&["--fixtures", "fixtures"]).ends("seeded", 0);
    assert_eq!(
        report.problem("users.email.unique")["file"],
        "fixtures/users.yaml"
    );
    let users = sandbox.open("conf/dev/data/users.db");
    assert_eq!(rows(&users, "SELECT count(*) FROM users"), ["9"]);
}

#[test]
fn a_configuration_file_asked_for_must_be_there() {
    let sandbox = Sandbox::store();
    let report = sandbox.json(["up", "--config", "nowhere.toml"]);
    report.ends("refused", 2).fails(None, &["nowhere.toml"]);
    assert!(!sandbox.path("data").exists());
}

#[test]
fn an_absolute_path_stays_one() {
    let sandbox = Sandbox::store();
    let other = Sandbox::empty();
    let url = format!("sqlite://{}", other.path("users.db").display());
    sandbox
        .run_with(&[("SEEDBED_DATABASES__USERS__URL", &url)], ["up"])
        .exits(0);
    assert_eq!(other.names(), ["users.db"]);
}
