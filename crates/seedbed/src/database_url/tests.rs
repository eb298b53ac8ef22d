use std::fs;

use proptest::prelude::*;

use super::*;

fn url(text: &str) -> DatabaseUrl {
    DatabaseUrl::parse(text, Path::new("")).unwrap_or_else(|error| panic!("{text}: {error}"))
}

#[test]
fn sqlite_names_a_file_seen_from_the_folder() {
    let check = |text: &str, path: &str| {
        let url = DatabaseUrl::parse(text, Path::new("base")).expect(text);
        assert_eq!(url.engine(), Engine::Sqlite, "{text}");
        assert_eq!(url.file(), Some(Path::new(path)), "{text}");
        assert_eq!(url.location(), path, "{text}");
    };
    check("sqlite:data/users.db", "base/data/users.db");
    check("sqlite://data/users.db", "base/data/users.db");
    check("sqlite:./data//users.db", "base/data/users.db");
    check("SQLite:users.db", "base/users.db");
    check(" sqlite:users.db ", "base/users.db");
    check("sqlite:../users.db", "base/../users.db");
    check("sqlite:/abs/users.db", "/abs/users.db");
    check("sqlite:///abs/users.db", "/abs/users.db");
    check("sqlite:my%20data/us%3Fers%25.db", "base/my data/us?ers%.db");
    check("sqlite:données.db", "base/données.db");
    check("sqlite://users.db?mode=rwc", "base/users.db");
}

#[test]
fn the_driver_opens_the_file_that_is_shown() {
    for path in [
        "data/users.db",
        "/abs/users.db",
        "a b/ü?#%41&.db",
        "sqlite:x.db",
        "x:memory:",
    ] {
        let text = format!("sqlite:{}", path.replace('%', "%25").replace('?', "%3F"));
        let driver: sea_orm::sqlx::sqlite::SqliteConnectOptions =
            url(&text).expose().parse().expect(path);
        assert_eq!(driver.get_filename(), Path::new(path), "{path}");
    }
}

#[test]
fn a_server_is_shown_by_host_port_and_name() {
    let check = |text: &str, engine: Engine, shown: &str, location: &str| {
        let url = url(text);
        assert_eq!(url.engine(), engine, "{text}");
        assert_eq!(url.location(), location, "{text}");
        assert_eq!(url.to_string(), shown, "{text}");
        assert_eq!(url.file(), None, "{text}");
        assert_eq!(
            format!("{url:?}"),
            format!("DatabaseUrl({shown})"),
            "{text}"
        );
    };
    use Engine::{Mysql, Postgres};
    check(
        "postgres://h/n",
        Postgres,
        "postgres://h:5432/n",
        "h:5432/n",
    );
    check(
        "postgresql://u:p@h:6000/n",
        Postgres,
        "postgres://h:6000/n",
        "h:6000/n",
    );
    check("mysql://u:p@h/n", Mysql, "mysql://h:3306/n", "h:3306/n");
    check(
        "postgres://u@[::1]/n",
        Postgres,
        "postgres://[::1]:5432/n",
        "[::1]:5432/n",
    );
    check(
        "postgres:///n?host=/run/postgresql&port=6000&user=u&password=p",
        Postgres,
        "postgres:///run/postgresql:6000/n",
        "/run/postgresql:6000/n",
    );
}

#[test]
fn the_driver_has_what_was_written() {
    let check = |text: &str, expected: &str| {
        let url = DatabaseUrl::parse(text, Path::new("conf")).expect(text);
        assert_eq!(url.expose(), expected, "{text}");
    };
    check("mariadb://u:p%40@localhost/n", "mysql://u:p%40@localhost/n");
    check(
        "postgresql://u:p@localhost/n",
        "postgres://u:p@localhost/n?port=5432",
    );
    check(
        "postgres://u:p@localhost:6000/n?password=q",
        "postgres://u:p@localhost:6000/n?password=q&port=6000",
    );
    // What it takes for something else.
    check(
        "postgres://u@[0:0::1]/n",
        "postgres://u@[::1]/n?host=%3A%3A1&port=5432",
    );
    check(
        "postgres://loc%61lhost/n",
        "postgres://loc%61lhost/n?host=localhost&port=5432",
    );
    check("mysql://loc%61lhost/n", "mysql://localhost/n");
    // Files are seen from the configuration's folder, in whichever spelling of the parameter.
    check(
        "postgres://localhost/n?ssl-ca=ca.pem&sslcert=/abs/c.pem&ssl-key=../k.pem&ssl-mode=verify-ca",
        "postgres://localhost/n?port=5432&sslcert=%2Fabs%2Fc.pem&sslkey=conf%2F..%2Fk.pem\
         &sslmode=verify-ca&sslrootcert=conf%2Fca.pem",
    );
    check(
        "mysql://localhost/n?sslca=ca.pem&socket=my.sock&sslmode=verify_ca",
        "mysql://localhost/n?socket=conf%2Fmy.sock&ssl-ca=conf%2Fca.pem&ssl-mode=VERIFY_CA",
    );
    check(
        "mysql://localhost/n?ssl-key=-----BEGIN+KEY-----%0Aabc%0A-----END+KEY-----",
        "mysql://localhost/n?ssl-key=-----BEGIN+KEY-----%0Aabc%0A-----END+KEY-----",
    );
}

#[test]
fn what_goes_over_a_network_is_encrypted_unless_the_url_says_otherwise() {
    let check = |text: &str, mode: Option<&str>, is_plain: bool| {
        let url = url(text);
        let given = url.expose().split(['?', '&']).find_map(|parameter| {
            let (name, mode) = parameter.split_once('=')?;
            ["sslmode", "ssl-mode"].contains(&name).then_some(mode)
        });
        assert_eq!(given, mode, "{text}");
        assert_eq!(url.is_plain(), is_plain, "{text}");
    };
    // The driver's choice.
    for here in [
        "localhost",
        "LOCALHOST.",
        "127.0.0.1",
        "127.1.2.3",
        "[::1]",
        "[::ffff:127.0.0.1]",
    ] {
        check(&format!("postgres://u:p@{here}/n"), None, false);
        if !here.contains(':') {
            check(&format!("mysql://u:p@{here}/n"), None, false);
        }
    }
    check("postgres:///n?host=/run/postgresql", None, false);
    check("postgres://%2Frun/n?host=db", None, false);
    check("mysql://db/n?socket=/run/my.sock", Some("DISABLED"), false);
    // Ours.
    for there in [
        "db",
        "localhost.example.com",
        "10.0.0.1",
        "[2001:db8::1]",
        "%6cocalhost.example.com",
    ] {
        check(&format!("postgres://{there}/n"), Some("require"), false);
        if !there.contains(':') {
            check(&format!("mariadb://{there}/n"), Some("REQUIRED"), false);
        }
    }
    check("postgres:///n?host=db", Some("require"), false);
    check("postgres:///n?hostaddr=10.0.0.1", Some("require"), false);
    check("postgres://db/n?sslrootcert=ca", Some("verify-full"), false);
    check("mysql://db/n?ssl-ca=ca", Some("VERIFY_IDENTITY"), false);
    check(
        "mysql://localhost/n?ssl-ca=ca",
        Some("VERIFY_IDENTITY"),
        false,
    );
    // The URL's.
    for mode in ["require", "verify-ca", "verify-full"] {
        check(
            &format!("postgres://db/n?sslmode={mode}"),
            Some(mode),
            false,
        );
    }
    for mode in ["REQUIRED", "VERIFY_CA", "VERIFY_IDENTITY"] {
        check(&format!("mysql://db/n?ssl-mode={mode}"), Some(mode), false);
    }
    check("postgres://db/n?ssl-mode=DISABLE", Some("disable"), true);
    check("mysql://db/n?sslmode=disabled", Some("DISABLED"), true);
    check(
        "postgres://localhost/n?sslmode=disable",
        Some("disable"),
        false,
    );
    check(
        "postgres://localhost/n?sslmode=prefer",
        Some("prefer"),
        false,
    );
    check(
        "mysql://localhost/n?ssl-mode=PREFERRED",
        Some("PREFERRED"),
        false,
    );
}

#[test]
fn modes_that_are_not_what_they_seem_are_refused() {
    let check = |text: &str, expected: &str| {
        let error = DatabaseUrl::parse(text, Path::new("")).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    };
    for mode in ["prefer", "ALLOW"] {
        check(
            &format!("postgres://db/n?sslmode={mode}"),
            "would go over the network in plain text if the server does not encrypt, as `sslmode` \
             says; write `sslmode=verify-full`, or `sslmode=require` to trust any certificate, or \
             `sslmode=disable` to do without encryption",
        );
    }
    check(
        "mysql://db/n?sslmode=Preferred",
        "would go over the network in plain text if the server does not encrypt, as `ssl-mode` \
         says; write `ssl-mode=VERIFY_IDENTITY`, or `ssl-mode=REQUIRED` to trust any certificate, \
         or `ssl-mode=DISABLED` to do without encryption",
    );
    for mode in ["disable", "allow", "prefer", "require"] {
        check(
            &format!("postgres://localhost/n?sslmode={mode}&sslrootcert=ca.pem"),
            "has an authority's certificate, `sslrootcert`, which is not looked at with this \
             `sslmode`; write `sslmode=verify-full`",
        );
    }
    check(
        "mysql://db/n?ssl-mode=REQUIRED&ssl-ca=ca.pem",
        "has an authority's certificate, `ssl-ca`, which is not looked at with this `ssl-mode`; \
         write `ssl-mode=VERIFY_IDENTITY`",
    );
    check(
        "postgres://localhost/n?sslmode=REQUIRED",
        "has an unknown mode of encryption in `sslmode`; there are disable, allow, prefer, require, \
         verify-ca, verify-full",
    );
    check(
        "mysql://db/n?ssl-mode=",
        "has an unknown mode of encryption in `ssl-mode`; there are DISABLED, PREFERRED, REQUIRED, \
         VERIFY_CA, VERIFY_IDENTITY",
    );
}

#[test]
fn parameters_that_the_driver_would_pass_over_are_refused() {
    let check = |text: &str, expected: &str| {
        let error = DatabaseUrl::parse(text, Path::new("")).expect_err(text);
        assert_eq!(error.to_string(), expected, "{text}");
    };
    let postgres = "it knows application_name, dbname, host, options, password, port, sslcert, \
                    sslkey, sslmode, sslrootcert, statement-cache-capacity, user \
                    (a `&` in a value is written `%26`)";
    let mysql = "it knows charset, collation, socket, ssl-ca, ssl-cert, ssl-key, ssl-mode, \
                 statement-cache-capacity (a `&` in a value is written `%26`)";
    for (parameter, meant) in [
        ("sslmod=require", "did you mean `sslmode`? "),
        ("SSLMODE=require", "did you mean `sslmode`? "),
        (
            "sslmode=require&ss%6Crootcrt=x",
            "did you mean `sslrootcert`? ",
        ),
        ("connect_timeout=3", ""),
        ("options[search_path]=x", ""),
        ("=x", ""),
    ] {
        check(
            &format!("postgres://localhost/n?{parameter}"),
            &format!("has a parameter that postgres does not know; {meant}{postgres}"),
        );
    }
    for (parameter, meant) in [
        ("ssl_mode=REQUIRED", "did you mean `ssl-mode`? "),
        ("sokcet=/x", "did you mean `socket`? "),
        ("password=w", ""),
        ("sslpassword=w", ""),
        ("host=/run", ""),
        // It has one for the session, to which seedbed says UTC.
        ("timezone=%2B02:00", ""),
    ] {
        check(
            &format!("mysql://localhost/n?{parameter}"),
            &format!("has a parameter that mysql does not know; {meant}{mysql}"),
        );
    }
    check(
        "mysql://localhost/n?charset=latin1",
        "gives the parameter `charset` something else than utf8mb4; leave it out",
    );
    let usual = "mysql://localhost/n?charset=UTF8MB4&collation=utf8mb4_bin";
    DatabaseUrl::parse(usual, Path::new("")).expect(usual);
    for parameters in [
        "sslmode=require&sslmode=disable",
        "sslmode=require&ssl-mode=require",
    ] {
        check(
            &format!("postgres://db/n?{parameters}"),
            "gives the parameter `sslmode` twice, perhaps in two spellings; leave one out",
        );
    }
    check(
        "postgres://db/n?statement-cache-capacity=none",
        "gives the parameter `statement-cache-capacity` something else than a number",
    );
}

#[test]
fn other_texts_are_refused() {
    use DatabaseUrlError::*;
    let check = |text: &str, expected: DatabaseUrlError| {
        assert_eq!(
            DatabaseUrl::parse(text, Path::new("")).err(),
            Some(expected),
            "{text}"
        );
    };
    for text in [
        "",
        "data/users.db",
        "oracle://h/n",
        "://",
        "postgress://u:p@h/n",
    ] {
        check(text, Scheme);
    }
    for text in [
        "sqlite:",
        "sqlite://",
        "sqlite::memory:",
        "sqlite://:memory:",
        "sqlite:%3Amemory:",
        "sqlite:?mode=memory",
        "sqlite:file:x?mode=memory",
        "sqlite:data/",
        "sqlite:..",
        "sqlite:///",
    ] {
        check(text, NoFile);
    }
    check("sqlite:x.db?mode=memory", FileParameters);
    check("sqlite:x.db?cache=shared", FileParameters);
    check("sqlite:x%FF.db", Malformed);
    check("sqlite:x\u{1b}.db", Malformed);
    check("postgres:///n", NoHost("postgres"));
    check("postgres:///n?host=", NoHost("postgres"));
    check("mysql:///n", NoHost("mysql"));
    check("mysql:///n?socket=", NoHost("mysql"));
    check("mysql://u@[::1]/n", Ipv6);
    check("mysql://%2Frun%2Fmysqld.sock/n", NoHost("mysql"));
    check("postgres://u@h", NoDatabase("postgres"));
    check("mysql://u@h/", NoDatabase("mysql"));
    for text in [
        "postgres:u:p@h/n",
        "postgres://u:p/w@h/n",
        "postgres://u:12/w@h/n",
        "postgres://u:12#w@h/n",
        "postgres://u:12/w?x@h/n",
        "postgres://h/n?password=p@w",
        "postgres://h/a/b",
        "postgres://h/%1b",
        "postgres:///n?host=%1b",
        "postgres://h:port/n",
    ] {
        check(text, Malformed);
    }
    check("postgres://h/n?port=many", NoNumber("port"));
}

#[test]
fn one_database_has_one_identity() {
    let folder = tempfile::tempdir().expect("a folder");
    let here = folder.path().display();
    fs::create_dir(folder.path().join("data")).expect("a folder");
    let same = |a: &str, b: &str| {
        let parse = |text: &str| url(&text.replace("HERE", &here.to_string())).identity();
        parse(a) == parse(b)
    };
    assert!(same(
        "sqlite:HERE/data/a.db",
        "sqlite:HERE/data/../data/a.db"
    ));
    assert!(same(
        "sqlite:HERE/new/a.db",
        "sqlite:HERE/new/../new/./a.db"
    ));
    assert!(!same("sqlite:HERE/data/a.db", "sqlite:HERE/data/b.db"));
    assert!(same("sqlite:relative.db", "sqlite:./relative.db"));
    assert!(same(
        "postgres://u:p@LOCALHOST/n",
        "postgresql://127.0.0.1:5432/n?user=v"
    ));
    assert!(same("mysql://127.0.0.1/n", "mariadb://localhost./n"));
    for [here, other] in [
        ["postgres:///n?host=/tmp", "postgres://localhost/n"],
        [
            "postgres:///n?host=/tmp/&user=u",
            "postgres://%2Ftmp:5432/n",
        ],
        [
            "postgres:///n?host=/tmp&port=6000",
            "postgres://[::1]:6000/n",
        ],
        [
            "postgres:///n?host=/run/postgresql",
            "postgres://127.0.0.1/n",
        ],
        [
            "postgres:///n?host=/var/run/postgresql",
            "postgres:///n?host=/tmp",
        ],
        [
            "mysql://h:1/n?socket=/run/mysqld/mysqld.sock",
            "mysql://localhost/n",
        ],
        [
            "mysql://h/n?socket=/tmp/mysql.sock",
            "mysql://u@127.0.0.1:3306/n",
        ],
        [
            "mysql://h:1/n?socket=HERE/a.sock",
            "mysql://i:2/n?socket=HERE/./data/../a.sock",
        ],
        [
            "postgres:///n?hostaddr=127.0.0.1",
            "postgres://localhost/n?dbname=n",
        ],
        ["postgres://[::ffff:127.0.0.1]/n", "postgres://localhost/n"],
        [
            "postgres://[2001:db8:0::1]/n",
            "postgres:///n?host=2001:db8::1",
        ],
        [
            "postgres://u:p@DB.Example.com./%6e",
            "postgres://db.example.com/n?user=v&port=5432",
        ],
        [
            "postgres://d%62/n",
            "postgres://db/n?sslmode=disable&options=-cx%3Dy",
        ],
    ] {
        assert!(same(here, other), "{here} {other}");
    }
    assert!(!same("postgres:///n?host=HERE", "postgres://localhost/n"));
    assert!(!same(
        "postgres:///n?host=HERE",
        "postgres:///n?host=HERE&port=6000"
    ));
    assert!(!same("mysql://h/n?socket=HERE/a.sock", "mysql://h/n"));
    assert!(!same("postgres://127.0.0.2/n", "postgres://127.0.0.1/n"));
    assert!(!same("mysql://h/n", "postgres://h/n"));
    assert!(!same("postgres://h/n", "postgres://h:5433/n"));
    assert!(!same("postgres://h/n", "postgres://h/N"));
}

#[cfg(unix)]
#[test]
fn links_lead_to_one_identity_before_the_file_exists() {
    use std::os::unix::fs::symlink;
    let folder = tempfile::tempdir().expect("a folder");
    let identity =
        |path: &str| url(&format!("sqlite:{}", folder.path().join(path).display())).identity();
    fs::create_dir(folder.path().join("data")).expect("a folder");
    symlink("data", folder.path().join("linked")).expect("a link");
    symlink("data/a.db", folder.path().join("a.db")).expect("a link to no file");
    symlink("round.db", folder.path().join("round.db")).expect("a link to itself");
    assert_eq!(identity("linked/a.db"), identity("data/a.db"));
    assert_eq!(identity("a.db"), identity("data/a.db"));
    assert_ne!(identity("round.db"), identity("data/a.db"));
}

#[cfg(unix)]
#[test]
fn a_file_has_one_identity_whichever_of_its_links_leads_to_it() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = |name: &str| folder.path().join(name);
    let identity = |name: &str| url(&format!("sqlite:{}", path(name).display())).identity();
    fs::write(path("a.db"), "").expect("a file");
    fs::write(path("b.db"), "").expect("a file");
    fs::hard_link(path("a.db"), path("hard.db")).expect("a link");
    std::os::unix::fs::symlink("hard.db", path("soft.db")).expect("a link");
    assert_eq!(identity("hard.db"), identity("a.db"));
    assert_eq!(identity("soft.db"), identity("a.db"));
    assert_ne!(identity("b.db"), identity("a.db"));
    assert_ne!(identity("new.db"), identity("a.db"));
}

#[test]
fn a_second_way_into_a_database_may_lead_over_another_server() {
    let check = |one: &str, other: &str, expected: bool| {
        let [one, other] = [one, other].map(url);
        assert_eq!(one.may_be(&other), expected, "{one} {other}");
        assert_eq!(other.may_be(&one), expected, "{other} {one}");
    };
    check("postgres://a@db/n", "postgres://b:p@DB:5432/n", true);
    check("postgres://a@pooler:6432/n", "postgres://b@db/n", true);
    check("postgres://db/n", "postgres://db/other", false);
    check(
        "postgres://localhost/n",
        "postgres:///other?host=/tmp",
        false,
    );
    check("postgres://db/n", "mysql://db/n", false);
    check("postgres://db/n", "sqlite:n.db", false);
    check("sqlite:n.db", "sqlite:./n.db", true);
    check("sqlite:n.db", "sqlite:other.db", false);
}

/// In the middle of each password below: even a part of it must not be shown.
const CORE: &str = "Zq7";

fn encoded(password: &str) -> String {
    percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// How many places [`with_password`] knows in which the URL can be read, and in all.
const READABLE: usize = 11;
const PLACES: usize = 15;

/// A URL with a password, or a key, in one of the places where people put it.
fn with_password(place: usize, password: &str) -> String {
    let encoded = encoded(password);
    let key = format!("-----BEGIN+KEY-----%0A{encoded}%0A-----END+KEY-----");
    match place {
        0 => format!("postgres://user:{encoded}@host/name"),
        1 => format!("mariadb://user:{password}@host/name"),
        2 => format!("postgres://user:{password}@host/name?sslmode=disable"),
        3 => format!("postgres://host/name?password={encoded}"),
        4 => format!("postgres://host/name?password={password}&user=u"),
        5 => format!("mysql://user:{encoded}@host/name?ssl-ca=ca.pem"),
        6 => format!("postgres:///name?host=/run&p%61ssword={encoded}"),
        7 => format!("mysql://user@host/name?ssl-key={key}"),
        8 => format!("postgres://user@host/name?sslk%65y={key}"),
        9 => format!("postgres://user:{encoded}@host/name?password={encoded}&sslkey={key}"),
        10 => format!("postgres://user:{encoded}@h%6Fst/name?sslrootcert=ca.pem"),
        11 => format!("sqlite://user:{encoded}@host/name?password={password}"),
        12 => format!("mysql://host/name?sslpassword={password}"),
        13 => format!("postgres://user@host/name?sslpassword={encoded}&sslmode={password}"),
        _ => format!("{password}://user:{password}@host"),
    }
}

proptest! {
    #[test]
    fn no_part_of_a_password_is_shown(
        place in 0..PLACES,
        before in "\\PC{0,6}|[ -~]{0,6}|[0-9]{1,3}[/?#:@&]?",
        after in "\\PC{0,6}|[ -~]{0,6}|[/?#:@&]?[0-9]{1,3}",
    ) {
        let text = with_password(place, &format!("{before}{CORE}{after}"));
        let shown = match DatabaseUrl::parse(&text, Path::new("")) {
            Ok(url) => format!("{url} {url:?} {} {:?}", url.location(), url.identity()),
            Err(error) => format!("{error} {error:?}"),
        };
        prop_assert!(!shown.contains(CORE), "{text}: {shown}");
    }

    #[test]
    fn a_drivers_text_is_shown_without_the_password(
        place in 0..READABLE,
        password in "\\PC{1,12}|[ -~]{1,12}|[*.…%a]{1,3}",
        said in "\\PC{0,12}",
    ) {
        // There, an `&` that is not encoded ends the password.
        let password = if place == 4 { password.replace('&', "+") } else { password };
        let text = with_password(place, &password);
        if let Ok(url) = DatabaseUrl::parse(&text, Path::new("")) {
            // The text of a key is hidden as a whole.
            let password = match place {
                7 | 8 => format!("-----BEGIN KEY-----\n{password}\n-----END KEY-----"),
                _ => password,
            };
            let encoded = encoded(&password);
            let escaped = password.escape_debug();
            let driver = url.expose();
            let message = format!("{said}{password}{said} `{text}` {encoded} {escaped} {driver}");
            let redacted = url.redact(&message);
            for secret in [&password, &encoded] {
                prop_assert!(!redacted.contains(secret), "{text}: {redacted}");
            }
        }
    }
}

#[test]
fn a_redacted_text_still_says_the_rest() {
    let check = |text: &str, said: &str, shown: &str| assert_eq!(url(text).redact(said), shown);
    let text = "postgres://u:p%40ss@h/n";
    check(text, "no p@ss, no p%40ss for u", "no ***, no *** for u");
    check(
        text,
        "postgres://u:p%40ss@h/n?port=5432&sslmode=require: refused",
        "postgres://h:5432/n: refused",
    );
    check(
        "mysql://u:a%22b%5C@h/n",
        r#"with "a\"b\\""#,
        r#"with "***""#,
    );
    check(
        "postgres://h/n?password=a+b",
        "with a b, a+b, a%20b",
        "with ***, ***, ***",
    );
    check("mysql://u:*@h/n", "with *", "…");
    check("mysql://u@h/n", "as it is", "as it is");
    check(
        "sqlite:x.db",
        "sqlite:x.db: as it is",
        "sqlite:x.db: as it is",
    );
}
