//! Throw-away databases for the tests of one's own services.
//!
//! ```no_run
//! # fn registry() -> seedbed::Registry { unimplemented!() }
//! # async fn test() -> Result<(), seedbed::testing::Error> {
//! use seedbed::testing::Databases;
//!
//! let databases = Databases::seeded(registry(), "fixtures").await?;
//! let users = databases.connection("users"); // a `sea_orm::DatabaseConnection`
//! # Ok(()) }
//! ```

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DatabaseConnection;
use tempfile::TempDir;

use crate::attempts;
use crate::config::{Config, DatabaseConfig};
use crate::connection::{Access, Connection};
use crate::database_url::DatabaseUrl;
use crate::error;
use crate::fixtures::discover;
use crate::migration;
use crate::output::progress::Progress;
use crate::registry::Registry;
use crate::report::Report;
use crate::run::{Mode, Options};
use crate::stop::Stop;
use crate::store::Store;

/// Why there are no databases to test with: what a command would have said.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
pub struct Error(String);

impl From<error::Error> for Error {
    fn from(error: error::Error) -> Self {
        Self(error.message)
    }
}

type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

/// A store's databases, migrated and seeded, each in a temporary file of its own that goes away with
/// this value. Every call makes new ones, so tests that run at the same time do not meet.
pub struct Databases {
    connections: BTreeMap<String, Connection>,
    report: Report,
    // Last, as the files are removed with it.
    _folder: TempDir,
}

impl Databases {
    /// Makes, migrates and seeds the databases of a registry from a folder of fixtures. Rows that
    /// break a rule are left out, as by `seedbed up`; [`report`](Self::report) tells of them.
    ///
    /// # Errors
    /// When the fixtures cannot be read, or a database cannot be made, migrated or seeded.
    pub async fn seeded(registry: Registry, fixtures: impl AsRef<Path>) -> Result<Self, Error> {
        Self::made(registry, vec![fixtures.as_ref().to_owned()]).await
    }

    /// Boxed, so that a caller's future does not hold all that a run's future holds, which is deeper
    /// than the compiler looks unless told to.
    fn made(registry: Registry, fixtures: Vec<PathBuf>) -> BoxFuture<Result<Self, Error>> {
        Box::pin(Self::make(registry, fixtures))
    }

    async fn make(registry: Registry, fixtures: Vec<PathBuf>) -> Result<Self, Error> {
        let folder = TempDir::new().map_err(|error| Error(error.to_string()))?;
        let config = config(&registry, folder.path(), fixtures)?;
        let store = Store::new(registry, config).map_err(|error| Error(error.to_string()))?;
        let store = Arc::new(store);
        let report = seed(&store).await?;
        let mut connections = BTreeMap::new();
        for alias in store.registry.aliases() {
            let connection = Connection::open(&store.config, alias, Access::Write).await?;
            connections.insert(alias.to_owned(), connection);
        }
        Ok(Self {
            connections,
            report,
            _folder: folder,
        })
    }

    /// The database of an alias.
    ///
    /// # Panics
    /// When the registry has no such alias.
    pub fn connection(&self, alias: &str) -> &DatabaseConnection {
        match self.connections.get(alias) {
            Some(connection) => connection.db(),
            None => panic!("the registry has no database `{alias}`"),
        }
    }

    /// What became of each row.
    pub fn report(&self) -> &Report {
        &self.report
    }
}

async fn seed(store: &Arc<Store>) -> Result<Report, Error> {
    let stop = Stop::default();
    let fixtures = discover(&store.config.fixtures, &store.datasets());
    let options = Options {
        mode: Mode::Write,
        strict: false,
        existing: None,
        explained: u64::MAX,
        profile_mismatch_ok: false,
        databases: Vec::new(),
        fixtures: fixtures.map_err(|error| Error(error.to_string()))?,
    };
    let (_, migrated) = migration::up_open(store, &store.chosen(&[]), false, &stop).await?;
    let report = attempts::run(store, options, migrated, &Progress::hidden(), &stop).await;
    if let Some(error) = &report.error {
        return Err(Error(error.message.clone()));
    }
    match report
        .problems
        .kept
        .iter()
        .find(|problem| problem.rule == "fixture.syntax")
    {
        Some(problem) => Err(Error(format!(
            "{}:{}:{}: {}",
            problem.place.file.display(),
            problem.place.span.start.line,
            problem.place.span.start.column,
            problem.message
        ))),
        None => Ok(report),
    }
}

/// The built-in configuration, with the files in a folder of their own.
fn config(registry: &Registry, folder: &Path, fixtures: Vec<PathBuf>) -> Result<Config, Error> {
    let database = |alias: &str| {
        let url = DatabaseUrl::parse(&format!("sqlite:{alias}.db"), folder);
        let url = url.map_err(|error| Error(error.to_string()))?;
        let database = DatabaseConfig {
            url,
            migrate_url: None,
            protected: false,
        };
        Ok::<_, Error>((alias.to_owned(), database))
    };
    Ok(Config {
        profile: "test".to_owned(),
        meant_profile: None,
        fixtures,
        strict: false,
        databases: registry
            .aliases()
            .into_iter()
            .map(database)
            .collect::<Result<_, _>>()?,
        connect_timeout: Duration::from_secs(10),
        lock_timeout: Duration::from_secs(30),
        retry_for: Duration::from_secs(60),
        source: None,
    })
}
