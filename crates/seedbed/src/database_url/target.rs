use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};
use url::Url;

use super::{DatabaseUrlError, Engine};
use crate::path;

/// What stands for itself in the path of an SQLite URL.
const ENCODED: AsciiSet = NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// The database a URL reaches, without who reaches it.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Target {
    File(PathBuf),
    Server {
        engine: Engine,
        host: String,
        port: u16,
        database: String,
    },
}

impl Target {
    /// Reads what follows `sqlite:`.
    pub(super) fn file(rest: &str, folder: &Path) -> Result<Self, DatabaseUrlError> {
        // `mode=rwc` is what SeaORM's examples end in, and what seedbed does anyway.
        let written = rest.strip_suffix("?mode=rwc").unwrap_or(rest);
        let written = written.strip_prefix("//").unwrap_or(written);
        let (written, parameters) = written.split_once('?').unwrap_or((written, ""));
        let decoded = percent_decode_str(written).decode_utf8();
        let text = decoded.map_err(|_| DatabaseUrlError::Malformed)?;
        if text.contains(char::is_control) {
            return Err(DatabaseUrlError::Malformed);
        }
        let path = Path::new(without_slash_before_drive(&text));
        // SQLite itself takes these two for something else than a file's name.
        let special = text == ":memory:" || text.starts_with("file:");
        if special || text.ends_with('/') || path.file_name().is_none() {
            return Err(DatabaseUrlError::NoFile);
        }
        if !parameters.is_empty() {
            return Err(DatabaseUrlError::FileParameters);
        }
        Ok(Self::File(path::resolve(folder, path)))
    }

    /// Reads what follows a server's scheme; also gives the URL as the driver is to have it.
    pub(super) fn server(engine: Engine, rest: &str) -> Result<(Self, Url), DatabaseUrlError> {
        let mut url = unambiguous_url(engine, rest)?;
        let known = engine.parameters();
        if url
            .query_pairs()
            .any(|(key, _)| !known.contains(&key.as_ref()))
        {
            return Err(DatabaseUrlError::UnknownParameter {
                engine: engine.name(),
                known,
            });
        }
        let parameter = |names: &[&str]| {
            let found = url
                .query_pairs()
                .filter(|(key, _)| names.contains(&key.as_ref()));
            found.last().map(|(_, value)| value.into_owned())
        };
        let host = match parameter(&["host", "hostaddr", "socket"]) {
            Some(host) => host,
            None => decoded(url.host_str().unwrap_or_default())?,
        };
        let port = match parameter(&["port"]) {
            Some(port) => port.parse().map_err(|_| DatabaseUrlError::Malformed)?,
            None => url.port().unwrap_or(engine.default_port()),
        };
        let database = match parameter(&["dbname"]) {
            Some(database) => database,
            None => decoded(url.path().trim_start_matches('/'))?,
        };
        if host.is_empty() {
            return Err(DatabaseUrlError::NoHost(engine.name()));
        }
        if database.is_empty() {
            return Err(DatabaseUrlError::NoDatabase(engine.name()));
        }
        // Told no port, PostgreSQL's driver takes the one in PGPORT, and people are shown another.
        if engine == Engine::Postgres {
            url.query_pairs_mut().append_pair("port", &port.to_string());
        }
        Ok((
            Self::Server {
                engine,
                host,
                port,
                database,
            },
            url,
        ))
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::File(_) => Engine::Sqlite,
            Self::Server { engine, .. } => *engine,
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server { .. } => None,
        }
    }

    pub(super) fn location(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server {
                host,
                port,
                database,
                ..
            } => format!("{host}:{port}/{database}"),
        }
    }

    /// A URL without a way in; for SQLite, which needs none, the driver's own.
    pub(super) fn to_url(&self) -> String {
        match self {
            Self::File(path) => {
                let path = path.as_os_str().as_encoded_bytes();
                format!("sqlite:{}", percent_encode(path, &ENCODED))
            }
            Self::Server { engine, .. } => format!("{}://{}", engine.name(), self.location()),
        }
    }

    /// The same for all ways to write it.
    pub(super) fn canonical(&self) -> Self {
        match self {
            Self::File(path) => Self::File(path::canonical(path)),
            Self::Server {
                engine,
                host,
                port,
                database,
            } => Self::Server {
                engine: *engine,
                host: canonical_host(host),
                port: *port,
                database: database.clone(),
            },
        }
    }
}

/// The URL, unless a password that is not encoded may have spilled over into the parts that are shown.
fn unambiguous_url(engine: Engine, rest: &str) -> Result<Url, DatabaseUrlError> {
    let url = Url::parse(&format!("{}:{rest}", engine.name()));
    let url = url.map_err(|_| DatabaseUrlError::Malformed)?;
    let shown = url.path().trim_start_matches('/');
    let spilled = shown.contains(['/', '@']) || url.query().is_some_and(|q| q.contains('@'));
    if spilled || url.fragment().is_some() {
        return Err(DatabaseUrlError::Malformed);
    }
    Ok(url)
}

fn decoded(text: &str) -> Result<String, DatabaseUrlError> {
    let decoded = percent_decode_str(text).decode_utf8();
    let text = decoded.map_err(|_| DatabaseUrlError::Malformed)?;
    if text.contains(char::is_control) {
        return Err(DatabaseUrlError::Malformed);
    }
    Ok(text.into_owned())
}

fn canonical_host(host: &str) -> String {
    if host.starts_with('/') {
        return path::canonical(Path::new(host)).display().to_string();
    }
    match host.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "127.0.0.1" | "::1" | "[::1]" => "localhost".into(),
        name => name.into(),
    }
}

/// `sqlite:///C:/data/users.db` has a slash that Windows does not want.
fn without_slash_before_drive(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => &path[1..],
        _ => path,
    }
}
