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
        "mariadb://u@[::1]/n",
        Mysql,
        "mysql://[::1]:3306/n",
        "[::1]:3306/n",
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
    let check = |text: &str, expected: &str| assert_eq!(url(text).expose(), expected, "{text}");
    check(
        "mariadb://u:p%40@h/n?ssl-mode=REQUIRED",
        "mysql://u:p%40@h/n?ssl-mode=REQUIRED",
    );
    check("postgresql://u:p@h/n", "postgres://u:p@h/n?port=5432");
    check(
        "postgres://u:p@h/n?password=q",
        "postgres://u:p@h/n?password=q&port=5432",
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
        "postgres://h:port/n",
        "postgres://h/n?port=many",
    ] {
        check(text, Malformed);
    }
    for text in ["mysql://h/n?password=w", "mysql://h/n?sslpassword=w"] {
        let known = Engine::Mysql.parameters();
        check(
            text,
            UnknownParameter {
                engine: "mysql",
                known,
            },
        );
    }
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
    assert!(same("mysql://[::1]/n", "mariadb://localhost./n"));
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

/// In the middle of each password below: even a part of it must not be shown.
const CORE: &str = "Zq7";

fn encoded(password: &str) -> String {
    percent_encoding::utf8_percent_encode(password, percent_encoding::NON_ALPHANUMERIC).to_string()
}

/// A URL with a password in one of the places where people put it.
fn with_password(place: usize, password: &str) -> String {
    let encoded = encoded(password);
    match place {
        0 => format!("postgres://user:{encoded}@host/name"),
        1 => format!("mariadb://user:{password}@host/name"),
        2 => format!("postgres://user:{password}@host/name?sslmode=disable"),
        3 => format!("postgres://host/name?password={encoded}"),
        4 => format!("postgres://host/name?password={password}&user=u"),
        5 => format!("mysql://host/name?sslpassword={password}"),
        6 => format!("postgres:///name?host=/run&p%61ssword={encoded}"),
        7 => format!("sqlite://user:{encoded}@host/name?password={password}"),
        _ => format!("{password}://user:{password}@host"),
    }
}

proptest! {
    #[test]
    fn no_part_of_a_password_is_shown(
        place in 0_usize..9,
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
        place in 0_usize..7,
        password in "\\PC{1,12}|[ -~]{1,12}|[*.…%a]{1,3}",
        said in "\\PC{0,12}",
    ) {
        // There, an `&` that is not encoded ends the password.
        let password = if place == 4 { password.replace('&', "+") } else { password };
        let text = with_password(place, &password);
        if let Ok(url) = DatabaseUrl::parse(&text, Path::new("")) {
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
    let url = url("postgres://u:p%40ss@h/n");
    let text = "u with p@ss may not log in; tried postgres://u:p%40ss@h/n?port=5432";
    assert_eq!(
        url.redact(text),
        "u with *** may not log in; tried postgres://h:5432/n"
    );
}
