//! MariaDB's programs.

use std::path::PathBuf;
use std::process::Command;

use crate::Error;
use crate::place::Place;

/// Not in everybody's `PATH`.
const FOLDERS: [&str; 3] = ["/usr/sbin", "/usr/libexec", "/usr/local/sbin"];

pub(crate) fn programs() -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let mut folders = std::env::split_paths(&path).chain(FOLDERS.map(PathBuf::from));
    folders.find(|it| it.join("mariadbd").is_file())
}

pub(crate) fn initialise(place: &Place) -> Result<(), Error> {
    let mut install = Command::new("mariadb-install-db");
    install
        .args(["--no-defaults", "--skip-test-db"])
        .arg("--auth-root-authentication-method=normal")
        .arg(format!("--datadir={}", place.data().display()));
    place.run(&mut install)
}

pub(crate) fn serve(place: &Place) -> Command {
    let mut mariadbd = Command::new(programs().unwrap_or_default().join("mariadbd"));
    mariadbd.arg("--no-defaults");
    let mut set = |name: &str, value: &dyn std::fmt::Display| {
        mariadbd.arg(format!("--{name}={value}"));
    };
    set("datadir", &place.data().display());
    set("socket", &place.folder.join("socket").display());
    set("pid-file", &place.data().join("pid").display());
    set("bind-address", &"127.0.0.1");
    set("port", &place.port);
    set("max-connections", &200);
    // As Debian configures it.
    set("character-set-server", &"utf8mb4");
    set("collation-server", &"utf8mb4_general_ci");
    set("innodb-buffer-pool-size", &"64M");
    set("skip-name-resolve", &1);
    if !place.settings.durable {
        set("innodb-flush-log-at-trx-commit", &2);
        set("innodb-flush-method", &"nosync");
    }
    match &place.certificates {
        Some(certificates) => {
            set("ssl-ca", &certificates.authority().display());
            set("ssl-cert", &certificates.server().display());
            set("ssl-key", &certificates.server_key().display());
        }
        // From 11.4 on it makes a certificate of its own.
        None => set("ssl", &0),
    }
    mariadbd
}

pub(crate) fn client(place: &Place, database: &str) -> Command {
    let mut mariadb = as_root("mariadb", place);
    mariadb
        .args(["--batch", "--skip-column-names"])
        .arg(database);
    mariadb
}

pub(crate) fn dump(place: &Place, database: &str) -> Command {
    let mut dump = as_root("mariadb-dump", place);
    dump.args(["--skip-opt", "--create-options", "--extended-insert"])
        .arg(database);
    dump
}

fn as_root(program: &str, place: &Place) -> Command {
    let mut program = Command::new(program);
    let socket = place.folder.join("socket");
    program
        .args(["--no-defaults", "--protocol=socket", "--skip-ssl"])
        .arg("--user=root")
        .arg("--default-character-set=utf8mb4")
        .arg(format!("--socket={}", socket.display()));
    program
}

/// Rows are lines and values have tabs between them, so those within values are escaped.
pub(crate) fn rows(output: &str) -> Vec<Vec<String>> {
    let values = |row: &str| row.split('\t').map(unescaped).collect();
    output.lines().map(values).collect()
}

fn unescaped(value: &str) -> String {
    let mut plain = String::new();
    let mut chars = value.chars();
    while let Some(char) = chars.next() {
        match (char, char == '\\') {
            (_, true) => plain.push(match chars.next() {
                Some('n') => '\n',
                Some('t') => '\t',
                Some('0') => '\0',
                Some(other) => other,
                None => '\\',
            }),
            (char, false) => plain.push(char),
        }
    }
    plain
}
