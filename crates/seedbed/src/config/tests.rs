use std::fs;

use proptest::prelude::*;
use tempfile::TempDir;

use super::*;
use crate::database_url::DatabaseUrl;

const ALIASES: [&str; 2] = ["orders", "users"];

/// A folder with a `seedbed.toml`, and variables instead of the environment.
struct Setup {
    folder: TempDir,
    overrides: Overrides,
}

impl Setup {
    fn new(text: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("seedbed.toml");
        fs::write(&path, text).expect("a file");
        Self {
            folder,
            overrides: Overrides {
                config: Some(path),
                ..Overrides::default()
            },
        }
    }

    fn load(&self, variables: &[(&str, &str)]) -> Result<Config, ConfigError> {
        let variables = variables
            .iter()
            .map(|(name, value)| (name.into(), value.into()));
        Config::from_variables(&ALIASES, &self.overrides, variables)
    }

    /// A text with the folder's path replaced by `HERE`.
    fn within(&self, text: impl ToString) -> String {
        text.to_string()
            .replace(&self.folder.path().display().to_string(), "HERE")
    }
}

fn config(text: &str, variables: &[(&str, &str)]) -> Config {
    Setup::new(text)
        .load(variables)
        .unwrap_or_else(|error| panic!("{error}"))
}

/// The message of a broken configuration, without the path of the file's folder.
fn refusal(text: &str, variables: &[(&str, &str)]) -> String {
    let setup = Setup::new(text);
    match setup.load(variables) {
        Ok(config) => panic!("{text}\n{variables:?}: {config:?}"),
        Err(error) => setup.within(error).replace("HERE/", ""),
    }
}

#[test]
fn nothing_configured_is_the_built_in_configuration() {
    let config = Config::from_variables(&ALIASES, &Overrides::default(), []).expect("no mistake");
    assert_eq!(config.profile, "default");
    assert_eq!(config.fixtures, [Path::new("fixtures")]);
    assert!(!config.strict);
    assert_eq!(config.connect_timeout, Duration::from_secs(10));
    assert_eq!(config.lock_timeout, Duration::from_secs(30));
    assert_eq!(config.retry_for, Duration::from_secs(60));
    assert_eq!(config.source, None);
    let databases: Vec<_> = config
        .databases
        .iter()
        .map(|(alias, d)| (alias.as_str(), d.url.location(), d.protected))
        .collect();
    let expected = [
        ("orders", "data/orders.db".into(), false),
        ("users", "data/users.db".into(), false),
    ];
    assert_eq!(databases, expected);
}

#[test]
fn each_source_goes_over_those_before() {
    let text = "
        [default]
        strict = false
        lock_timeout = 1
        connect_timeout = '500ms'
        [dev]
        lock_timeout = 2
        [ci]
        lock_timeout = 3
        retry_for = 0
    ";
    let check = |variables: &[(&str, &str)], profile: &str, lock: u64, strict: bool| {
        let config = config(text, variables);
        assert_eq!(config.profile, profile, "{variables:?}");
        assert_eq!(
            config.lock_timeout,
            Duration::from_secs(lock),
            "{variables:?}"
        );
        assert_eq!(
            config.connect_timeout,
            Duration::from_millis(500),
            "{variables:?}"
        );
        assert_eq!(config.strict, strict, "{variables:?}");
    };
    check(&[], "default", 1, false);
    check(&[("SEEDBED_PROFILE", "")], "default", 1, false);
    check(&[("SEEDBED_PROFILE", "dev")], "dev", 2, false);
    check(&[("SEEDBED_PROFILE", " CI ")], "ci", 3, false);
    check(&[("SEEDBED_PROFILE", "unheard-of")], "unheard-of", 1, false);
    check(
        &[("SEEDBED_PROFILE", "dev"), ("SEEDBED_LOCK_TIMEOUT", "4")],
        "dev",
        4,
        false,
    );
    check(
        &[("SEEDBED_STRICT", "true"), ("SEEDBED_LOCK_TIMEOUT", "1m")],
        "default",
        60,
        true,
    );
    check(
        &[("SEEDBEDS_STRICT", "what"), ("PATH", "/bin")],
        "default",
        1,
        false,
    );

    let mut setup = Setup::new("[default]\nstrict = false\nfixtures = 'base'");
    setup.overrides.strict = true;
    setup.overrides.fixtures = vec!["./mine/".into(), "/theirs".into()];
    let config = setup
        .load(&[("SEEDBED_STRICT", "false")])
        .expect("no mistake");
    assert!(config.strict);
    assert_eq!(config.fixtures, [Path::new("mine"), Path::new("/theirs")]);
}

#[test]
fn paths_are_seen_from_the_files_folder() {
    let check = |text: &str, variables: &[(&str, &str)], expected: &[&str]| {
        let setup = Setup::new(text);
        let config = setup
            .load(variables)
            .unwrap_or_else(|error| panic!("{error}"));
        let fixtures = config
            .fixtures
            .iter()
            .map(|path| path.display().to_string());
        let file = config.databases["users"].url.location();
        let shown: Vec<_> = fixtures
            .chain([file])
            .map(|path| setup.within(path))
            .collect();
        assert_eq!(shown, expected, "{text} {variables:?}");
    };
    check("", &[], &["HERE/fixtures", "HERE/data/users.db"]);
    let text = "
        [default]
        fixtures = ['base', './dev/', '/abs']
        databases.users.url = 'sqlite:u.db'
    ";
    check(text, &[], &["HERE/base", "HERE/dev", "/abs", "HERE/u.db"]);
    check(
        text,
        &[("SEEDBED_FIXTURES", "mine")],
        &["HERE/mine", "HERE/u.db"],
    );
    check(
        text,
        &[("SEEDBED_FIXTURES", "2024")],
        &["HERE/2024", "HERE/u.db"],
    );
    check(
        text,
        &[("SEEDBED_FIXTURES", r#"["a", "b c"]"#)],
        &["HERE/a", "HERE/b c", "HERE/u.db"],
    );
    let variables = [("SEEDBED_DATABASES__USERS__URL", "sqlite:/abs/u.db")];
    check("", &variables, &["HERE/fixtures", "/abs/u.db"]);
}

#[test]
fn a_database_keeps_what_another_source_does_not_set() {
    let text = "
        [default.databases.users]
        protected = true
        [production]
        databases = { users = { url = 'postgres://u:p@h/n' } }
    ";
    let config = config(text, &[("SEEDBED_PROFILE", "production")]);
    let users = &config.databases["users"];
    assert!(users.protected);
    assert_eq!(
        users.url.expose(),
        "postgres://u:p@h/n?port=5432&sslmode=require"
    );
}

#[test]
fn mistakes_in_the_file_are_found_with_their_places() {
    let check = |text: &str, expected: &str| assert_eq!(refusal(text, &[]), expected, "{text}");
    check(
        "[default]\nfixture = 'x'",
        "seedbed.toml:2:1: unknown key `fixture`; did you mean `fixtures`?",
    );
    check(
        "[default.databases.usres]\nurl = 'x'",
        "seedbed.toml:1:20: unknown key `databases.usres`; did you mean `databases.users`?",
    );
    check(
        "[default.databases]\nusers.uri = 'x'",
        "seedbed.toml:2:7: unknown key `databases.users.uri`; did you mean `databases.users.url`?",
    );
    check(
        "[default]\ndatabases.invoices.url = 'x'",
        "seedbed.toml:2:11: unknown key `databases.invoices`; there are `databases.orders`, `databases.users`",
    );
    check(
        "strict = true",
        "seedbed.toml:1:1: `strict` stands outside of a profile; put it under `[default]`",
    );
    check(
        "[databases.users]\nurl = 'x'",
        "seedbed.toml:1:2: `databases` stands outside of a profile; write `[default.databases]`",
    );
    check(
        "[Dev]",
        "seedbed.toml:1:2: profiles are written in lower case; write `[dev]`",
    );
    check(
        "strct = true",
        "seedbed.toml:1:1: `strct` is no profile; a profile is a table, `[strct]`",
    );
    check(
        "[default]\nstrict = 'yes'",
        "seedbed.toml:2:10: `strict` must be `true` or `false`",
    );
    check(
        "[default]\nfixtures = []",
        "seedbed.toml:2:12: `fixtures` must be a folder, or a list of one or more folders",
    );
    check(
        "[default]\nretry_for = -1",
        "seedbed.toml:2:13: `retry_for` must be a time of at most a day: seconds, or a text such as `500ms`, `10s`, `2m`",
    );
    check(
        "[default]\n'é'.x = 1; databases.users = 'x'",
        "seedbed.toml:2:10: not TOML: expected newline, `#`",
    );
    check(
        "[default]\ndatabases.users = 'x'",
        "seedbed.toml:2:19: `databases.users` must be a table",
    );
    check(
        "[dev]\nstrict = 1\n[default]\nfixtures = 3\n",
        "seedbed.toml:2:10: `strict` must be `true` or `false`\n\
         seedbed.toml:4:12: `fixtures` must be a folder, or a list of one or more folders",
    );
    check(
        "[default]\nstrict = true\nstrict = true",
        "seedbed.toml:3:1: a key is given twice; remove one",
    );
}

#[test]
fn mistakes_in_the_environment_are_found_with_their_variables() {
    let check = |name: &str, value: &str, expected: &str| {
        assert_eq!(
            refusal("", &[(name, value)]),
            format!("{name}: {expected}"),
            "{name}={value}"
        );
    };
    let known = "SEEDBED_FIXTURES, SEEDBED_STRICT, SEEDBED_CONNECT_TIMEOUT, SEEDBED_LOCK_TIMEOUT, \
                 SEEDBED_RETRY_FOR, SEEDBED_DATABASES__ORDERS__URL, \
                 SEEDBED_DATABASES__ORDERS__MIGRATE_URL, SEEDBED_DATABASES__ORDERS__PROTECTED, \
                 SEEDBED_DATABASES__USERS__URL, SEEDBED_DATABASES__USERS__MIGRATE_URL, \
                 SEEDBED_DATABASES__USERS__PROTECTED, SEEDBED_PROFILE";
    for (name, meant) in [
        ("SEEDBED_STRCIT", "SEEDBED_STRICT"),
        ("SEEDBED_strict", "SEEDBED_STRICT"),
        ("SEEDBED_PROFIL", "SEEDBED_PROFILE"),
        (
            "SEEDBED_DATABASES__USRES__URL",
            "SEEDBED_DATABASES__USERS__URL",
        ),
        (
            "SEEDBED_DATABASES_USERS_URL",
            "SEEDBED_DATABASES__USERS__URL",
        ),
        ("SEEDBED_DATABASES__USERS", "SEEDBED_DATABASES__USERS__URL"),
    ] {
        check(
            name,
            "1",
            &format!("unknown variable; did you mean `{meant}`?"),
        );
    }
    check(
        "SEEDBED_",
        "1",
        &format!("unknown variable; there are {known}"),
    );
    check(
        "SEEDBED_VERBOSE",
        "1",
        &format!("unknown variable; there are {known}"),
    );
    check("SEEDBED_STRICT", "yes", "must be `true` or `false`");
    check("SEEDBED_STRICT", "", "must be `true` or `false`");
    check(
        "SEEDBED_FIXTURES",
        "[]",
        "must be a folder, or a list of one or more folders",
    );
    check(
        "SEEDBED_FIXTURES",
        "[a, b]",
        "must be a folder, or a list of one or more folders",
    );
}

#[test]
fn urls_are_judged_where_they_come_from() {
    let expected = "seedbed.toml:3:13: `databases.users.url` begins with no known engine; \
                    write `sqlite:PATH`, `postgres://…` or `mysql://…`";
    let text = "[default.databases]\norders.url = 'sqlite:o.db'\nusers.url = 'oracle:x'";
    assert_eq!(refusal(text, &[]), expected);

    let variables = [("SEEDBED_DATABASES__USERS__URL", "oracle:x")];
    let expected = expected.replace("seedbed.toml:3:13", "SEEDBED_DATABASES__USERS__URL");
    assert_eq!(refusal("", &variables), expected);
    // A profile that is not chosen may hold a stand-in.
    config(
        "[production]\ndatabases.users.url = 'set by the environment'",
        &[],
    );
}

#[test]
fn two_aliases_of_one_database_are_refused() {
    let text = "[default.databases]\norders.url = 'sqlite:x.db'\nusers.url = 'sqlite:./a/../x.db'";
    let setup = Setup::new(text);
    let error = setup.load(&[]).expect_err("one database");
    assert_eq!(
        setup.within(error),
        "HERE/seedbed.toml:3:13: `users` and `orders` are the same database, HERE/a/../x.db; \
         give each its own"
    );
    let text =
        "[default.databases]\norders.url = 'mysql://a:p@h/n'\nusers.url = 'mariadb://b@H:3306/n'";
    assert!(refusal(text, &[]).contains("`users` and `orders` are the same database, H:3306/n"));
}

#[test]
fn tables_are_changed_by_a_url_of_their_own() {
    let check = |text: &str, variables: &[(&str, &str)], expected: [&str; 2]| {
        let config = config(text, variables);
        let users = &config.databases["users"];
        let urls = [&users.url, users.migrating_url()].map(DatabaseUrl::expose);
        assert_eq!(urls, expected, "{text} {variables:?}");
    };
    let url = ("SEEDBED_DATABASES__USERS__URL", "mysql://a:p@localhost/n");
    let migrate_url = (
        "SEEDBED_DATABASES__USERS__MIGRATE_URL",
        "mysql://b:q@localhost/n",
    );
    check("", &[url], [url.1, url.1]);
    check("", &[url, migrate_url], [url.1, migrate_url.1]);
    let text = "
        [default.databases.users]
        url = 'mysql://c@localhost/n'
        [dev.databases.users]
        migrate_url = 'mysql://d@localhost/n'
    ";
    let dev = ("SEEDBED_PROFILE", "dev");
    let by = |user: &str| format!("mysql://{user}@localhost/n");
    check(text, &[], [&by("c"), &by("c")]);
    check(text, &[dev], [&by("c"), &by("d")]);
    check(text, &[migrate_url], [&by("c"), migrate_url.1]);
    let pooled = "
        [default.databases]
        users = { url = 'mysql://a@localhost:6032/n', migrate_url = 'mysql://b@localhost/n' }
    ";
    check(pooled, &[], ["mysql://a@localhost:6032/n", &by("b")]);
}

#[test]
fn a_url_that_would_change_tables_elsewhere_is_refused() {
    let check = |text: &str, variables: &[(&str, &str)], expected: &str| {
        assert_eq!(refusal(text, variables), expected, "{text} {variables:?}");
    };
    let users = |url: &str, migrate_url: &str| {
        format!("[default.databases.users]\nurl = '{url}'\nmigrate_url = '{migrate_url}'")
    };
    let another = |here: &str, there: &str| {
        format!(
            "seedbed.toml:3:15: `databases.users.migrate_url` reaches another database than \
             `databases.users.url`: {there}, not {here}; it is to be another way into the same"
        )
    };
    check(
        &users("postgres://a:p@db/n", "mysql://b:p@db/n"),
        &[],
        &another("postgres://db:5432/n", "mysql://db:3306/n"),
    );
    check(
        &users("postgres://a:p@db/n", "postgres://b:p@db/m"),
        &[],
        &another("postgres://db:5432/n", "postgres://db:5432/m"),
    );
    check(
        &users("sqlite:/a.db", "sqlite:/b.db"),
        &[],
        &another("sqlite:/a.db", "sqlite:/b.db"),
    );
    check(
        &users("sqlite:a.db", "nowhere"),
        &[],
        "seedbed.toml:3:15: `databases.users.migrate_url` begins with no known engine; \
         write `sqlite:PATH`, `postgres://…` or `mysql://…`",
    );
    // Written for another `url` than the one that holds.
    check(
        &users("postgres://a@db/n", "postgres://b@db/n"),
        &[("SEEDBED_DATABASES__USERS__URL", "postgres://a:p@new/n")],
        "seedbed.toml:3:15: `databases.users.migrate_url` belongs to a `url` that another goes over, \
         SEEDBED_DATABASES__USERS__URL; set both there",
    );
    check(
        &(users("postgres://a@db/n", "postgres://b@db/n")
            + "\n[new]\ndatabases.users.url = 'postgres://a@new/n'"),
        &[("SEEDBED_PROFILE", "new")],
        "seedbed.toml:3:15: `databases.users.migrate_url` belongs to a `url` that another goes over, \
         seedbed.toml:5:23; set both there",
    );
    check(
        "",
        &[
            ("SEEDBED_DATABASES__USERS__URL", "sqlite:u.db"),
            ("SEEDBED_DATABASES__USERS__MIGRATE_URL", ""),
        ],
        "SEEDBED_DATABASES__USERS__MIGRATE_URL: `databases.users.migrate_url` begins with no known \
         engine; write `sqlite:PATH`, `postgres://…` or `mysql://…`",
    );
}

#[test]
fn neither_url_reaches_another_alias() {
    let check = |orders: [&str; 2], users: [&str; 2], line: usize| {
        let text = [("orders", orders), ("users", users)].map(|(alias, [url, migrate_url])| {
            format!(
                "[default.databases.{alias}]\nurl = 'postgres://{url}'\n\
                 migrate_url = 'postgres://{migrate_url}'\n"
            )
        });
        let expected = format!("seedbed.toml:{line}:");
        let refusal = refusal(&text.concat(), &[]);
        assert!(refusal.starts_with(&expected), "{refusal}");
        assert!(
            refusal.contains("`users` and `orders` are the same database"),
            "{refusal}"
        );
        assert_eq!(refusal.lines().count(), 1, "{refusal}");
    };
    check(["a@db/o", "b@db/o"], ["a@db/o", "b@db/o"], 5);
    check(["a@pool/o", "b@db/o"], ["a@db/o", "b@pool/u"], 5);
    check(["a@pool/o", "b@db/o"], ["a@pool/u", "b@db/o"], 6);
    check(["a@db/o", "b@pool/x"], ["a@db/u", "b@pool/x"], 6);
}

#[test]
fn plain_text_over_a_network_and_missing_files_are_told_of() {
    let setup = Setup::new(
        "[default.databases]
        orders.url = 'postgres://u:p@localhost/o?sslmode=disable'
        users.url = 'mysql://u:p@db/u?ssl-ca=here.pem&ssl-cert=/nowhere.pem&ssl-key=-----BEGIN'
        users.migrate_url = 'mysql://m:p@db/u?ssl-mode=DISABLED'
        ",
    );
    let warnings = || Vec::from_iter(setup.load(&[]).expect("no mistake").warnings());
    let is_missing = |parameter: &str| {
        format!(
            "`{parameter}` in `databases.users.url` names a file that is not there; relative paths \
             are seen from the configuration file"
        )
    };
    let is_plain = "the database `users` (db:3306/u) is reached over the network without encryption, \
                    as `migrate_url` asks for";
    assert_eq!(
        warnings(),
        [&is_missing("ssl-ca"), &is_missing("ssl-cert"), is_plain]
    );
    fs::write(setup.folder.path().join("here.pem"), "").expect("a file");
    assert_eq!(warnings(), [&is_missing("ssl-cert"), is_plain]);
    assert_eq!(Vec::from_iter(config("", &[]).warnings()), [""; 0]);
}

#[test]
fn certificates_are_seen_from_the_files_folder() {
    let setup = Setup::new(
        "[default.databases]\nusers.url = 'postgres://u@db/n?sslrootcert=certificates/ca.pem'",
    );
    let config = setup.load(&[]).unwrap_or_else(|error| panic!("{error}"));
    let shown = setup.within(config.databases["users"].url.expose().replace("%2F", "/"));
    assert_eq!(
        shown,
        "postgres://u@db/n?port=5432&sslmode=verify-full&sslrootcert=HERE/certificates/ca.pem"
    );
}

#[test]
fn a_file_asked_for_has_to_be_there() {
    let mut setup = Setup::new("");
    setup.overrides.config = Some(setup.folder.path().join("other.toml"));
    let error = setup.load(&[]).expect_err("no file");
    assert_eq!(
        setup.within(error),
        "no configuration file `HERE/other.toml`; check the path after `--config`"
    );
    setup.overrides.config = Some(setup.folder.path().to_owned());
    assert!(matches!(
        setup.load(&[]),
        Err(ConfigError::Unreadable { .. })
    ));
}

/// In the middle of each password below.
const CORE: &str = "Zq7";

proptest! {
    #[test]
    fn no_part_of_a_password_is_shown(
        place in 0_usize..9,
        around in "\\PC{0,8}|[ -~\n]{0,8}|['\"\\\\\n]{1,3}",
    ) {
        let url = format!("postgres://user:{around}{CORE}{around}@host/name");
        let text = match place {
            0 => format!("[default]\ndatabases.users.url = '{url}'"),
            1 => format!("[default]\ndatabases.users.url = \"{url}\""),
            2 => format!("[default]\ndatabases.users.url = {url}"),
            3 => format!("[default]\ndatabases.users = '{url}'"),
            4 => format!("[default]\nstrict = '{url}'\nlock_timeout = '{url}'"),
            5 => format!("[default]\nfixtures = [['{url}']]"),
            6 => format!("[default]\ndatabases.users.url = '''{url}"),
            7 => format!("[default]\ndatabases.users.url = ['{url}']\n x = '{url}'"),
            _ => format!("url = '{url}'"),
        };
        let setup = Setup::new(&text);
        let other = url.replace("postgres", "mysql");
        let variables = [
            vec![],
            vec![("SEEDBED_DATABASES__ORDERS__URL", url.as_str())],
            vec![("SEEDBED_DATABASES__ORDERS__MIGRATE_URL", url.as_str())],
            vec![
                ("SEEDBED_DATABASES__ORDERS__URL", other.as_str()),
                ("SEEDBED_DATABASES__ORDERS__MIGRATE_URL", url.as_str()),
            ],
            vec![("SEEDBED_DATABASES", url.as_str())],
            vec![("SEEDBED_RETRY_FOR", url.as_str()), ("SEEDBED_STRICT", url.as_str())],
        ];
        for variables in variables {
            let shown = match setup.load(&variables) {
                Ok(config) => format!("{config:?}"),
                Err(error) => format!("{error} {error:?}"),
            };
            // The folder's name is random, and may hold anything.
            let shown = setup.within(shown);
            prop_assert!(!shown.contains(CORE), "{text}\n{shown}");
        }
    }
}

#[test]
fn a_profile_that_looks_like_a_slip_is_pointed_at() {
    let doubt = |profile| {
        let text = "[production]\nstrict = true\n";
        config(text, &[("SEEDBED_PROFILE", profile)]).doubt()
    };
    assert_eq!(
        doubt("prodution").as_deref(),
        Some("the configuration has no profile `prodution`; did you mean `production`?")
    );
    assert!(doubt("defalt").is_some());
    // A profile may be set up by the environment alone.
    for known in ["production", "default", "tests"] {
        assert_eq!(doubt(known), None, "{known}");
    }
}
