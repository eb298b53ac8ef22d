mod engine;
mod error;
mod secrets;
mod target;

use std::fmt;
use std::path::Path;

pub use engine::Engine;
pub use error::DatabaseUrlError;

use secrets::Secrets;
use target::Target;

/// Where a database is and how to get in. Neither `Display` nor `Debug` shows the way in.
#[derive(Clone)]
pub struct DatabaseUrl {
    driver_text: String,
    target: Target,
    secrets: Secrets,
}

impl DatabaseUrl {
    /// Reads `sqlite:PATH`, `postgres://…` or `mysql://…`; a relative PATH is one seen from `folder`.
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
                })
            }
            Engine::Postgres | Engine::Mysql => {
                let (target, url) = Target::server(engine, rest)?;
                let secrets = Secrets::in_urls([rest, url.as_str()]);
                Ok(Self {
                    driver_text: url.into(),
                    target,
                    secrets,
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
        DatabaseIdentity(self.target.canonical())
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

/// What makes two URLs the same database; see [`DatabaseUrl::identity`].
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DatabaseIdentity(Target);

#[cfg(test)]
mod tests;
