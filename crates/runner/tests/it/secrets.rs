use std::io::Write;
use std::net::TcpListener;
use std::thread;

use crate::on::{On, on_servers};
use crate::sandbox::Sandbox;

on_servers![no_password_is_shown_whatever_goes_wrong];

/// A password that must never be seen, and as a URL has to write it.
const SECRET: &str = "c4n&ry!";
const ENCODED: &str = "c4n%26ry%21";

/// A port at which somebody talks nonsense to whoever connects.
fn nonsense() -> u16 {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    thread::spawn(move || {
        for client in listener.incoming().flatten() {
            // Whoever hangs up first has heard enough.
            _ = (&client).write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        }
    });
    port
}

/// URLs with the password in them, none of which leads anywhere.
fn urls(on: On) -> Vec<String> {
    let sandbox = on.empty();
    let (server, name) = sandbox.server("users").expect("it is on a server");
    let own = server.url_of("nobody", ENCODED, &name);
    let (scheme, _) = own.split_once("://").expect("it is a URL");
    let port = server.port();
    let nonsense = nonsense();
    let mut urls = vec![
        own.clone(),
        // The driver repeats what it does not know.
        format!("{own}?ssl-mode={ENCODED}"),
        format!("{own}?oops={ENCODED}"),
        format!("{scheme}://nobody:{ENCODED}@127.0.0.1:1/{name}"),
        format!("{scheme}://nobody:{ENCODED}@nowhere.invalid/{name}"),
        format!("{scheme}://nobody:{ENCODED}@127.0.0.1:{nonsense}/{name}"),
        format!("{scheme}://nobody:{SECRET}@127.0.0.1:{port}/{name}"),
        format!("{scheme}://nobody:{ENCODED}@127.0.0.1:{port}/"),
        format!("{scheme}://nobody:{ENCODED}@127.0.0.1:many/{name}"),
        format!("{scheme}//nobody:{ENCODED}@127.0.0.1/{name}"),
    ];
    if on == On::Postgres {
        urls.push(format!(
            "{scheme}://nobody@127.0.0.1:{port}/{name}?password={ENCODED}"
        ));
    }
    urls
}

fn no_password_is_shown_whatever_goes_wrong(on: On) {
    let good = on.empty();
    for url in urls(on) {
        let of_all = [("SEEDBED_DATABASES__USERS__URL", url.as_str())];
        for arguments in [
            &["up", "-v"][..],
            &["up", "--format", "json"],
            &["seed"],
            &["status", "-v"],
            &["status", "--format", "json"],
            &["migrate", "-v"],
        ] {
            check(&of_all, arguments);
        }
        let good = good.url("users");
        let of_migrations = [
            ("SEEDBED_DATABASES__USERS__URL", good.as_str()),
            ("SEEDBED_DATABASES__USERS__MIGRATE_URL", &url),
        ];
        for arguments in [&["up", "-v"][..], &["migrate", "--format", "json"]] {
            check(&of_migrations, arguments);
        }
    }
}

#[track_caller]
fn check(urls: &[(&str, &str)], arguments: &[&str]) {
    let soon = [
        ("SEEDBED_CONNECT_TIMEOUT", "2s"),
        ("SEEDBED_RETRY_FOR", "1s"),
    ];
    let variables = [urls, &soon].concat();
    let ran = Sandbox::store().run_with(&variables, arguments.iter().copied());
    assert!(matches!(ran.code, 2 | 3), "{urls:?} {ran:#?}");
    for secret in [SECRET, ENCODED] {
        let shown = ran.stdout.contains(secret) || ran.stderr.contains(secret);
        assert!(!shown, "{urls:?}: {ran:#?}");
    }
    assert!(!ran.stderr.contains("panicked"), "{urls:?}: {ran:#?}");
}
