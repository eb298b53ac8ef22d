use std::borrow::Borrow;
use std::collections::BTreeMap;
use std::sync::Mutex;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use sea_orm::{DatabaseConnection, DbErr};

use crate::config::Config;
use crate::database_url::DatabaseUrl;
use crate::engine::Fault;
use crate::error::{Error, ErrorKind};
use crate::file_id::FileId;
use crate::lock::lock;
use crate::registry::Registry;

/// What a command may do to a database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Look at it. What is not there is not created.
    Look,
    /// The same, with a look at something else meanwhile.
    Read,
    /// Write its tables.
    Write,
    /// Create it, and change its tables, by the role that may.
    Migrate,
}

impl Access {
    /// How many connections a pool has. A dry run compares rows on one while references are looked up on
    /// another; who writes does the former in a session.
    pub fn connections(self) -> u32 {
        match self {
            Self::Read => 2,
            Self::Look | Self::Write | Self::Migrate => 1,
        }
    }
}

/// Open databases by their index in the registry.
pub(crate) type Connections = BTreeMap<usize, Connection>;

/// An open database.
#[derive(Debug)]
pub(crate) struct Connection {
    alias: String,
    url: DatabaseUrl,
    access: Access,
    /// The file that an SQLite database's path led to when it was opened.
    file: Option<FileId>,
    db: DatabaseConnection,
    /// Sessions that have committed, to be closed with it.
    kept: Mutex<Vec<DatabaseConnection>>,
    is_closed: AtomicBool,
}

impl Connection {
    /// Opens the database of an alias.
    ///
    /// # Errors
    /// When it cannot be reached within the configured time, with the cause.
    pub async fn open(config: &Config, alias: &str, access: Access) -> Result<Self, Error> {
        let database = &config.databases[alias];
        let url = match access {
            Access::Look | Access::Read | Access::Write => &database.url,
            Access::Migrate => database.migrating_url(),
        };
        let url = url.clone();
        let opened = url.engine().connect(&url, access, config).await;
        let db = opened.map_err(|error| unreachable(alias, &url, &error))?;
        Ok(Self {
            alias: alias.to_owned(),
            access,
            file: url.file().and_then(FileId::of),
            url,
            db,
            kept: Mutex::default(),
            is_closed: AtomicBool::new(false),
        })
    }

    /// Opens another connection, which a transaction can be left open on.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn open_session(&self, config: &Config) -> Result<DatabaseConnection, Error> {
        let engine = self.url.engine();
        let opened = engine.open_session(&self.url, self.access, config).await;
        opened.map_err(|error| unreachable(&self.alias, &self.url, &error).later())
    }

    /// Opens the same database once more, in the same way.
    ///
    /// # Errors
    /// As [`open`](Self::open).
    pub async fn reopen(&self, config: &Config) -> Result<Self, Error> {
        Self::open(config, &self.alias, self.access).await
    }

    /// The same after migrating, for who writes rows.
    pub fn into_writing(self) -> Self {
        Self {
            access: Access::Write,
            ..self
        }
    }

    /// The name the database goes by.
    pub fn alias(&self) -> &str {
        &self.alias
    }

    /// Where it is.
    pub fn url(&self) -> &DatabaseUrl {
        &self.url
    }

    /// What is not part of a turn is asked here: what others have committed.
    pub fn db(&self) -> &DatabaseConnection {
        &self.db
    }

    /// Takes over a session that has committed, to close it with the rest.
    pub fn keep(&self, session: DatabaseConnection) {
        lock(&self.kept).push(session);
    }

    /// An error of this database: `failed to {doing} the database …`.
    pub fn error<E: Borrow<DbErr>>(&self, doing: &str) -> impl Fn(E) -> Error + '_ {
        let doing = doing.to_owned();
        move |error| Error::database(self, &doing, error.borrow())
    }

    /// Makes sure that the file behind the connection is still the one that its path leads to: commits
    /// to a file that was removed or replaced succeed, and are lost.
    ///
    /// # Errors
    /// When it is not.
    pub fn still_there(&self) -> Result<(), Error> {
        if self.url.file().and_then(FileId::of) == self.file {
            return Ok(());
        }
        Err(Error::broken(
            &self.alias,
            format!(
                "the file of the database `{}` ({}) was removed or replaced while it was open",
                self.alias,
                self.url.location()
            ),
        ))
    }

    /// Whether it was closed.
    pub fn is_closed(&self) -> bool {
        self.is_closed.load(Ordering::Relaxed)
    }

    /// Closes all connections and waits until they are. What was committed stays so if this fails.
    pub async fn close(&self) {
        // Whoever asks the ledger about a commit closes it first.
        if self.is_closed.swap(true, Ordering::Relaxed) {
            return;
        }
        let kept = std::mem::take(&mut *lock(&self.kept));
        for session in kept {
            let finished = self.url.engine().before_closing(&session).await;
            self.warn(finished.and(session.close_by_ref().await));
        }
        self.warn(self.url.engine().close(&self.db).await);
    }

    fn warn(&self, closed: Result<(), DbErr>) {
        if let Err(error) = closed {
            tracing::warn!("{}", self.error("close")(error));
        }
    }
}

/// Closes databases side by side, as [`Connection::close`] does.
pub(crate) async fn close_all<C>(registry: &Registry, connections: &BTreeMap<usize, C>)
where
    C: Borrow<Connection> + Sync,
{
    let indices: Vec<usize> = connections.keys().copied().collect();
    let close = |index| connections[&index].borrow().close();
    registry.together(&indices, close).await;
}

fn unreachable(alias: &str, url: &DatabaseUrl, error: &DbErr) -> Error {
    let fault = url.engine().fault(error);
    let (location, cause) = (url.location(), url.redact(&fault.cause));
    let message = format!("failed to open the database `{alias}` ({location}): {cause}");
    Error {
        kind: match fault {
            Fault {
                unanswered: true, ..
            } => ErrorKind::Unreachable,
            // A file was waited for as long as the configuration allows.
            Fault {
                transient: true, ..
            } if url.file().is_none() => ErrorKind::Transient,
            Fault { .. } => ErrorKind::Database,
        },
        ..Error::broken(alias, message)
    }
}

/// How long a connection waits inside the engine for a lock before it answers, so that signals and
/// deadlines are looked at meanwhile.
pub(crate) const LOCK_STEP: Duration = Duration::from_millis(100);
