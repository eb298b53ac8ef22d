use std::path::Path;

use url::Url;

use super::target::decoded;
use super::{DatabaseUrlError, Engine};
use crate::path;

/// A database on a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Server {
    pub(super) engine: Engine,
    /// A name, an address, or the path of a socket.
    host: String,
    port: u16,
    database: String,
}

impl Server {
    /// Reads what follows the scheme; also gives the URL as the driver is to have it.
    pub(super) fn parse(engine: Engine, rest: &str) -> Result<(Self, Url), DatabaseUrlError> {
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
        let server = Self::of_url(engine, &url)?;
        // Told no port, PostgreSQL's driver takes PGPORT's, and people are shown another.
        if engine == Engine::Postgres {
            url.query_pairs_mut()
                .append_pair("port", &server.port.to_string());
        }
        Ok((server, url))
    }

    /// What the driver will make of the URL: a parameter goes over the part it stands for.
    fn of_url(engine: Engine, url: &Url) -> Result<Self, DatabaseUrlError> {
        let parameter = |names: &[&str]| {
            let given = url
                .query_pairs()
                .filter(|(key, _)| names.contains(&key.as_ref()))
                .last();
            given.map(|(_, value)| value.into_owned())
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
        if [&host, &database]
            .iter()
            .any(|shown| shown.contains(char::is_control))
        {
            return Err(DatabaseUrlError::Malformed);
        }
        if host.is_empty() {
            return Err(DatabaseUrlError::NoHost(engine.name()));
        }
        if database.is_empty() {
            return Err(DatabaseUrlError::NoDatabase(engine.name()));
        }
        Ok(Self {
            engine,
            host,
            port,
            database,
        })
    }

    pub(super) fn location(&self) -> String {
        format!("{}:{}/{}", self.host, self.port, self.database)
    }

    /// The same for all ways to write it.
    pub(super) fn canonical(&self) -> Self {
        Self {
            host: canonical_host(&self.host),
            ..self.clone()
        }
    }
}

/// The URL, unless a password that is not encoded may have spilled over into what is shown.
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

fn canonical_host(host: &str) -> String {
    if host.starts_with('/') {
        return path::canonical(Path::new(host)).display().to_string();
    }
    match host.trim_end_matches('.').to_ascii_lowercase().as_str() {
        "127.0.0.1" | "::1" | "[::1]" => "localhost".into(),
        name => name.into(),
    }
}
