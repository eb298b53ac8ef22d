//! What tests on servers have in common.

use std::env;
use std::sync::LazyLock;

use crate::{Kind, Server, Settings};

/// Whether tests of this kind of server can run here. Where it is not installed they are skipped, which is said.
///
/// # Panics
/// Where it is not installed although `REQUIRE_SERVERS` says that it has to be.
pub fn is_here(kind: Kind) -> bool {
    let required = env::var_os("REQUIRE_SERVERS").is_some_and(|it| it != "0");
    let here = kind.is_installed();
    assert!(here || !required, "{} is not installed", kind.name());
    if !here {
        println!("skipped: {} is not installed", kind.name());
    }
    here
}

/// The one server of its kind that all tests of a process share.
///
/// # Panics
/// When it does not start.
pub fn shared(kind: Kind) -> &'static Server {
    static POSTGRES: LazyLock<Server> = LazyLock::new(|| start(Kind::Postgres));
    static MARIADB: LazyLock<Server> = LazyLock::new(|| start(Kind::Mariadb));
    match kind {
        Kind::Postgres => &POSTGRES,
        Kind::Mariadb => &MARIADB,
    }
}

fn start(kind: Kind) -> Server {
    Server::start(kind, Settings::default()).unwrap_or_else(|error| panic!("{error}"))
}
