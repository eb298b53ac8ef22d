use std::path::{Path, PathBuf};

use url::Url;

use super::encryption::Encryption;
use super::host::Host;
use super::parameters::Parameters;
use super::target::decoded;
use super::{DatabaseUrlError, Engine};

/// A database on a server.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) struct Server {
    pub(super) engine: Engine,
    host: Host,
    port: u16,
    database: String,
}

/// How the driver gets to a server.
pub(super) struct Way {
    pub(super) url: Url,
    /// In plain text over a network, as the URL asks for.
    pub(super) is_plain: bool,
    /// The parameters that name a file that is not there.
    pub(super) missing_files: Vec<&'static str>,
}

impl Server {
    /// Reads what follows the scheme; relative paths are seen from the folder.
    pub(super) fn parse(
        engine: Engine,
        rest: &str,
        folder: &Path,
    ) -> Result<(Self, Way), DatabaseUrlError> {
        let mut url = unambiguous_url(engine, rest)?;
        let mut parameters = Parameters::read(engine, &url, folder)?;
        parameters.number::<usize>("statement-cache-capacity")?;
        if let Some(charset) = parameters.get("charset")
            && !charset.eq_ignore_ascii_case("utf8mb4")
        {
            return Err(DatabaseUrlError::Charset);
        }
        let server = Self::of_url(engine, &url, &parameters)?;
        let encryption = Encryption::settle(&mut parameters, engine, &server.host)?;
        server.tell_driver(&mut url, &mut parameters)?;
        parameters.write(&mut url);
        let is_plain = !server.host.is_here() && encryption == Some(Encryption::Disable);
        let way = Way {
            url,
            is_plain,
            missing_files: parameters.missing_files(),
        };
        Ok((server, way))
    }

    /// What the driver makes of the URL: a parameter goes over the part it stands for.
    fn of_url(
        engine: Engine,
        url: &Url,
        parameters: &Parameters,
    ) -> Result<Self, DatabaseUrlError> {
        let port = match parameters.number("port")? {
            Some(port) => port,
            None => url.port().unwrap_or(engine.default_port()),
        };
        let database = match parameters.get("dbname") {
            Some(database) => database.to_owned(),
            None => decoded(url.path().trim_start_matches('/'))?,
        };
        let host = host(engine, url, parameters)?;
        if format!("{host}{database}").contains(char::is_control) {
            return Err(DatabaseUrlError::Malformed);
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

    /// Says again what the driver would take from elsewhere, or not understand.
    fn tell_driver(
        &self,
        url: &mut Url,
        parameters: &mut Parameters,
    ) -> Result<(), DatabaseUrlError> {
        let written = url.host_str().unwrap_or_default();
        match (&self.host, self.engine) {
            // It decodes no names, and takes the brackets of an address for a part of it.
            (Host::Name(name), Engine::Postgres) if name != written => {
                parameters.set("host", name.as_str());
            }
            (Host::Name(name), Engine::Mysql) if name.contains(':') => {
                return Err(DatabaseUrlError::Ipv6);
            }
            (Host::Name(name), Engine::Mysql) if written.contains('%') => {
                url.set_host(Some(name))
                    .map_err(|_| DatabaseUrlError::Malformed)?;
            }
            _ => {}
        }
        // Told no port, PostgreSQL's driver takes PGPORT's, and people are shown another.
        if self.engine == Engine::Postgres {
            parameters.set("port", self.port.to_string());
        }
        Ok(())
    }

    pub(super) fn location(&self) -> String {
        format!("{}:{}/{}", self.host, self.port, self.database)
    }

    /// The same for all ways to write it.
    pub(super) fn canonical(&self) -> Self {
        let host = self.host.canonical(self.engine);
        // MySQL's socket is one server's, while PostgreSQL has one for each port in the folder.
        let has_port = self.engine == Engine::Postgres || !self.host.is_socket();
        Self {
            host,
            port: if has_port {
                self.port
            } else {
                self.engine.default_port()
            },
            ..self.clone()
        }
    }

    /// Whether the other is of the same engine and, but for capitals, of the same name.
    pub(super) fn has_name_of(&self, other: &Self) -> bool {
        self.engine == other.engine && self.database.eq_ignore_ascii_case(&other.database)
    }

    /// Whether the other is on the same server; both are [canonical](Self::canonical).
    pub(super) fn is_beside(&self, other: &Self) -> bool {
        (self.engine, &self.host, self.port) == (other.engine, &other.host, other.port)
    }
}

fn host(engine: Engine, url: &Url, parameters: &Parameters) -> Result<Host, DatabaseUrlError> {
    let authority = decoded(url.host_str().unwrap_or_default())?;
    let authority = authority.trim_matches(['[', ']']);
    let host = match (engine, parameters.get("host"), parameters.get("socket")) {
        (Engine::Mysql, _, Some(socket)) if !socket.is_empty() => {
            return Ok(Host::Socket(PathBuf::from(socket)));
        }
        (Engine::Postgres, Some(host), _)
            if host.starts_with('/') || !authority.starts_with('/') =>
        {
            host
        }
        _ => authority,
    };
    match host.starts_with('/') {
        true if engine == Engine::Postgres => Ok(Host::Socket(PathBuf::from(host))),
        false if !host.is_empty() => Ok(Host::Name(host.to_owned())),
        _ => Err(DatabaseUrlError::NoHost(engine.name())),
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
