use std::fmt;
use std::net::{IpAddr, Ipv4Addr};
use std::path::{Path, PathBuf};

use super::Engine;
use crate::path;

/// Where servers put their sockets unless told otherwise: PostgreSQL the folder (its own default, and
/// Debian's and Red Hat's), MySQL and MariaDB the file (their own, Debian's, Red Hat's).
const POSTGRES_SOCKETS: &[&str] = &["/tmp", "/run/postgresql", "/var/run/postgresql"];
const MYSQL_SOCKETS: &[&str] = &[
    "/tmp/mysql.sock",
    "/run/mysqld/mysqld.sock",
    "/var/run/mysqld/mysqld.sock",
    "/var/lib/mysql/mysql.sock",
];

/// Where a server listens.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Host {
    /// A name or an address, without brackets.
    Name(String),
    /// A file on this machine; of PostgreSQL the folder it is in.
    Socket(PathBuf),
}

impl Host {
    /// Whether nothing that is said to it leaves this machine.
    pub(super) fn is_here(&self) -> bool {
        match self {
            Self::Socket(_) => true,
            Self::Name(name) => match name.parse::<IpAddr>() {
                Ok(address) => address.to_canonical().is_loopback(),
                Err(_) => plain(name) == "localhost",
            },
        }
    }

    pub(super) fn is_socket(&self) -> bool {
        matches!(self, Self::Socket(_))
    }

    /// The same for all ways to write it. Names are not looked up.
    pub(super) fn canonical(&self, engine: Engine) -> Self {
        match self {
            Self::Name(name) => Self::Name(match name.parse::<IpAddr>() {
                Ok(address) if is_localhost(address.to_canonical()) => "localhost".into(),
                Ok(address) => address.to_canonical().to_string(),
                Err(_) => plain(name),
            }),
            Self::Socket(socket) => {
                let socket = path::canonical(socket);
                let usual = match engine {
                    Engine::Mysql => MYSQL_SOCKETS,
                    _ => POSTGRES_SOCKETS,
                };
                let mut usual = usual.iter().map(|usual| path::canonical(Path::new(usual)));
                match usual.any(|usual| usual == socket) {
                    true => Self::Name("localhost".into()),
                    false => Self::Socket(socket),
                }
            }
        }
    }
}

impl fmt::Display for Host {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Name(address) if address.contains(':') => write!(f, "[{address}]"),
            Self::Name(name) => f.write_str(name),
            Self::Socket(path) => path.display().fmt(f),
        }
    }
}

/// Other addresses of the loopback network can be other servers.
fn is_localhost(address: IpAddr) -> bool {
    address == Ipv4Addr::LOCALHOST || address.is_ipv6() && address.is_loopback()
}

fn plain(name: &str) -> String {
    name.trim_end_matches('.').to_ascii_lowercase()
}
