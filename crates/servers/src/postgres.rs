//! PostgreSQL's programs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::Error;
use crate::place::Place;
use crate::server::OWNER;

/// Between values, which may have line ends.
const FIELD: char = '\u{1f}';

/// After each row, that of a query before the next, too; no value can have it.
const ROW: char = '\0';

/// Where Debian and its relatives keep each version; elsewhere they are in the `PATH`.
const VERSIONS: &str = "/usr/lib/postgresql";

/// Whoever has the folder may log in at the socket; the network asks for passwords. Only the owner's is
/// not looked at: to derive the key from it costs ten times what a connection does.
const LOGINS: &str = "local all all trust\n\
    host all seed 127.0.0.1/32 trust\n\
    host all all 127.0.0.1/32 scram-sha-256\n";

pub(crate) fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir(VERSIONS).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = versions.map(|it| it.path().join("bin")).collect();
    let version = |path: &PathBuf| {
        let name = path.parent()?.file_name()?.to_str()?;
        name.parse::<u32>().ok()
    };
    folders.sort_by_key(version);
    folders.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    folders.extend(std::env::split_paths(&path));
    folders.into_iter().find(|it| it.join("initdb").is_file())
}

fn program(name: &str) -> Command {
    Command::new(programs().unwrap_or_default().join(name))
}

pub(crate) fn initialise(place: &Place) -> Result<(), Error> {
    let mut initdb = program("initdb");
    initdb
        .args(["--username=postgres", "--auth=trust", "--encoding=UTF8"])
        .args(["--locale=C", "--no-sync", "--pgdata"])
        .arg(place.data());
    place.run(&mut initdb)?;
    fs::write(place.data().join("pg_hba.conf"), LOGINS).map_err(Error::system("say who may log in"))
}

pub(crate) fn serve(place: &Place) -> Command {
    let mut postgres = program("postgres");
    postgres.arg("-D").arg(place.data());
    let mut set = |name: &str, value: &str| {
        postgres.arg("-c").arg(format!("{name}={value}"));
    };
    set("listen_addresses", "127.0.0.1");
    set("port", &place.port.to_string());
    set("unix_socket_directories", &place.folder.to_string_lossy());
    set("max_connections", "200");
    if !place.settings.durable {
        set("fsync", "off");
        set("synchronous_commit", "off");
        set("full_page_writes", "off");
    }
    if let Some(certificates) = &place.certificates {
        let path = |path: &Path| path.to_string_lossy().into_owned();
        set("ssl", "on");
        set("ssl_cert_file", &path(&certificates.server()));
        set("ssl_key_file", &path(&certificates.server_key()));
    }
    postgres
}

pub(crate) fn client(place: &Place, database: &str) -> Command {
    let user = if database == "postgres" {
        "postgres"
    } else {
        OWNER
    };
    let mut psql = program("psql");
    psql.args(["--no-psqlrc", "--quiet", "--no-align", "--tuples-only"])
        .args(["--set=ON_ERROR_STOP=1", "--pset=null=NULL"])
        .arg(format!("--field-separator={FIELD}"))
        .arg("--record-separator-zero")
        .arg(format!("--host={}", place.folder.display()))
        .arg(format!("--port={}", place.port))
        .args(["--username", user, "--dbname", database])
        .env("PGCLIENTENCODING", "UTF8");
    psql
}

pub(crate) fn dump(place: &Place, database: &str) -> Command {
    let mut pg_dump = program("pg_dump");
    pg_dump
        .args(["--no-owner", "--no-privileges"])
        .arg(format!("--host={}", place.folder.display()))
        .arg(format!("--port={}", place.port))
        .args(["--username", OWNER, "--dbname", database])
        .env("PGCLIENTENCODING", "UTF8");
    pg_dump
}

pub(crate) fn rows(output: &str) -> Vec<Vec<String>> {
    let values = |row: &str| row.split(FIELD).map(str::to_owned).collect();
    output.split_terminator(ROW).map(values).collect()
}
