use std::sync::LazyLock;

use servers::{Certificates, Kind, Server, Settings};

use crate::on::{On, on_servers};
use crate::sandbox::{Ran, Sandbox};

on_servers![
    the_right_authority_and_name_are_accepted,
    another_authority_is_refused,
    another_name_is_refused,
    whoever_asks_only_for_encryption_gets_it,
    a_server_without_tls_is_refused,
];

/// The server of an engine that speaks TLS.
fn speaking(on: On) -> &'static Server {
    static POSTGRES: LazyLock<Server> = LazyLock::new(|| start(Kind::Postgres));
    static MARIADB: LazyLock<Server> = LazyLock::new(|| start(Kind::Mariadb));
    match on {
        On::Postgres => &POSTGRES,
        _ => &MARIADB,
    }
}

fn start(kind: Kind) -> Server {
    let server = Server::start(kind, Settings::default().tls());
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let created = server.create_databases(&["users".to_owned()]);
    created.unwrap_or_else(|error| panic!("{error}"));
    server
}

fn certificates(on: On) -> &'static Certificates {
    let certificates = speaking(on).certificates();
    certificates.expect("it speaks TLS")
}

/// Parameters that want the server to be who it says it is, as this authority has signed.
fn verifying(on: On, authority: &std::path::Path) -> String {
    let authority = authority.display();
    match on {
        On::Postgres => format!("sslmode=verify-full&sslrootcert={authority}"),
        _ => format!("ssl-mode=VERIFY_IDENTITY&ssl-ca={authority}"),
    }
}

/// Parameters that want encryption, by whomever.
fn encrypting(on: On) -> &'static str {
    match on {
        On::Postgres => "sslmode=require",
        _ => "ssl-mode=REQUIRED",
    }
}

fn migrate(url: &str) -> Ran {
    let variables = [
        ("SEEDBED_DATABASES__USERS__URL", url),
        ("SEEDBED_CONNECT_TIMEOUT", "5s"),
        ("SEEDBED_RETRY_FOR", "1s"),
    ];
    let arguments = ["migrate", "--database", "users"];
    Sandbox::empty().run_with(&variables, arguments)
}

/// The URL by the name for which the certificate is.
fn by_name(server: &Server) -> String {
    server.url("users").replace("127.0.0.1", "localhost")
}

fn the_right_authority_and_name_are_accepted(on: On) {
    let parameters = verifying(on, &certificates(on).authority());
    migrate(&format!("{}?{parameters}", by_name(speaking(on)))).exits(0);
}

fn another_authority_is_refused(on: On) {
    let parameters = verifying(on, &certificates(on).stranger());
    let ran = migrate(&format!("{}?{parameters}", by_name(speaking(on))));
    ran.exits(3)
        .says("`users`")
        .says("certificate")
        .hides("sesame");
}

fn another_name_is_refused(on: On) {
    let parameters = verifying(on, &certificates(on).authority());
    let ran = migrate(&format!("{}?{parameters}", speaking(on).url("users")));
    ran.exits(3)
        .says("`users`")
        .says("certificate")
        .hides("sesame");
}

/// PostgreSQL's variable for an authority asks for what the parameter does, also where nothing else asks for anything.
#[test]
fn an_authority_in_the_environment_is_not_passed_over() {
    On::Postgres.run(|on| {
        let url = speaking(on).url("users").replace("127.0.0.1", "127.1");
        let migrate = |authority: &str| {
            let variables = [
                ("SEEDBED_DATABASES__USERS__URL", url.as_str()),
                ("PGSSLROOTCERT", authority),
                ("SEEDBED_RETRY_FOR", "1s"),
            ];
            let arguments = ["migrate", "--database", "users"];
            Sandbox::empty().run_with(&variables, arguments)
        };
        let not_there = "No such file";
        migrate("tls/none.pem").exits(3).says(not_there);
        migrate("").hides(not_there);
    });
}

fn whoever_asks_only_for_encryption_gets_it(on: On) {
    let server = speaking(on);
    migrate(&format!("{}?{}", server.url("users"), encrypting(on))).exits(0);
}

fn a_server_without_tls_is_refused(on: On) {
    let sandbox = on.empty();
    let url = format!("{}?{}", sandbox.url("users"), encrypting(on));
    migrate(&url).exits(3).says("`users`").says("TLS");
}
