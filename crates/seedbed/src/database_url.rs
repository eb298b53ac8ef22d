mod encryption;
mod engine;
mod error;
mod host;
mod identity;
mod parameters;
mod secrets;
mod server;
mod target;

use std::fmt;
use std::path::Path;

pub use engine::Engine;
pub use error::DatabaseUrlError;
pub use identity::DatabaseIdentity;

use identity::Identity;
use secrets::Secrets;
use server::Server;
use target::Target;

/// Where a database is and how to get in. Neither `Display` nor `Debug` shows the way in.
#[derive(Clone)]
pub struct DatabaseUrl {
    driver_text: String,
    target: Target,
    secrets: Secrets,
    is_plain: bool,
    missing_files: Vec<&'static str>,
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://…` or `mysql://…`; relative paths, also those of certificates,
    /// are seen from `folder`.
    pub fn parse(text: &str, folder: &Path) -> Result<Self, DatabaseUrlError> {
        let (scheme, rest) = text
            .trim()
            .split_once(':')
            .ok_or(DatabaseUrlError::Scheme)?;
        let engine = Engine::from_scheme(scheme).ok_or(DatabaseUrlError::Scheme)?;
        if !engine.is_built_in() {
            return Err(DatabaseUrlError::LeftOut(engine.name()));
        }
        if rest.contains(char::is_control) {
            return Err(DatabaseUrlError::Malformed);
        }
        match engine {
            Engine::Sqlite => {
                let target = Target::file(rest, folder)?;
                Ok(Self {
                    driver_text: target.to_url(),
                    target,
                    secrets: Secrets::default(),
                    is_plain: false,
                    missing_files: Vec::new(),
                })
            }
            Engine::Postgres | Engine::Mysql => {
                let (server, way) = Server::parse(engine, rest, folder)?;
                let secrets = Secrets::in_urls([rest, way.url.as_str()]);
                Ok(Self {
                    driver_text: way.url.into(),
                    target: Target::Server(server),
                    secrets,
                    is_plain: way.is_plain,
                    missing_files: way.missing_files,
                })
            }
        }
    }

    /// The engine that keeps the database.
    pub fn engine(&self) -> Engine {
        self.target.engine()
    }

    /// The text for the driver, and for nobody else: it has the password.
    pub fn expose(&self) -> &str {
        &self.driver_text
    }

    /// The file of an SQLite database, as one would open it from the current folder.
    pub fn file(&self) -> Option<&Path> {
        self.target.path()
    }

    /// What people are shown: SQLite's file, or `host:port/name`.
    pub fn location(&self) -> String {
        self.target.location()
    }

    /// Equal for two URLs that reach the same database, whoever logs in.
    pub fn identity(&self) -> DatabaseIdentity {
        DatabaseIdentity(self.target.identity())
    }

    /// Whether the other may be a second way into this database: the same one, or one of the same
    /// engine on what looks like another server, as a pooler does.
    pub fn may_be(&self, other: &Self) -> bool {
        match (self.target.identity(), other.target.identity()) {
            (Identity::Server(one), Identity::Server(other)) => {
                one == other || one.engine == other.engine && !one.is_beside(&other)
            }
            (one, other) => one == other,
        }
    }

    /// Whether both are on servers of one engine, and of one name there. Some servers of MySQL don't tell capitals from
    /// small letters.
    pub fn is_namesake_of(&self, other: &Self) -> bool {
        match (&self.target, &other.target) {
            (Target::Server(one), Target::Server(other)) => one.has_name_of(other),
            _ => false,
        }
    }

    /// Whether it goes over a network without encryption, as its text asks for.
    pub fn is_plain(&self) -> bool {
        self.is_plain
    }

    /// The parameters that named a file that was not there when the URL was read.
    pub fn missing_files(&self) -> &[&'static str] {
        &self.missing_files
    }

    /// A driver's text without this URL and its password, in whatever spelling they stand there.
    pub fn redact(&self, text: &str) -> String {
        self.secrets
            .redact(&text.replace(&self.driver_text, &self.target.to_url()))
    }
}

impl fmt::Display for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.target.to_url())
    }
}

impl fmt::Debug for DatabaseUrl {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DatabaseUrl({self})")
    }
}

#[cfg(test)]
mod tests;
