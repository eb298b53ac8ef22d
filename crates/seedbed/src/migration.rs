//! Migrating databases: each in one transaction, under its turn.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Mutex;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use serde::Serialize;
use uuid::Uuid;

use crate::connection::{Access, Connection, Connections, close_all};
use crate::error::Error;
use crate::fail_point;
use crate::guards;
use crate::independence;
use crate::ledger::{self, Entry};
use crate::lock::lock;
use crate::registry::Database;
use crate::report::Exit;
use crate::retry::Retry;
use crate::settle::settle;
use crate::stop::{Reason, Stop};
use crate::store::Store;
use crate::turn::Turn;
use crate::write::Counts;

/// The migrations of one database, by name, and what was done about them.
#[derive(Clone, Debug, Default, Serialize)]
pub(crate) struct Migrated {
    pub name: String,
    pub engine: &'static str,
    pub applied: Vec<String>,
    pub pending: Vec<String>,
    /// Applied just now.
    pub newly_applied: Vec<String>,
    /// Reverted just now.
    pub newly_reverted: Vec<String>,
    /// The SQL of what is pending, where it was asked for.
    pub sql: Option<Vec<String>>,
}

/// Databases whose tables were begun to be changed, where each change counts at once: what was pending
/// there before, by the database's index. Another attempt goes on from there.
#[derive(Default)]
pub(crate) struct Begun(Mutex<BTreeMap<usize, Vec<String>>>);

impl Begun {
    /// Remembers what is pending, unless an attempt before has begun; gives what was pending at first.
    pub fn begin(&self, index: usize, pending: &[String]) -> Vec<String> {
        let mut begun = lock(&self.0);
        let first = begun.entry(index).or_insert_with(|| pending.to_vec());
        first.clone()
    }

    /// Whether anything was begun there.
    pub fn has(&self, index: usize) -> bool {
        lock(&self.0).contains_key(&index)
    }
}

/// Says which migrations are applied. Creates nothing.
///
/// # Errors
/// When a database cannot be looked at. One that is not there yet has everything pending.
pub(crate) async fn status(store: &Store, indices: &[usize]) -> Result<Vec<Migrated>, Error> {
    let look = |index| async move {
        let database = store.database(index);
        let Some(connection) = open_if_there(store, index).await? else {
            return Ok(Migrated::nothing_of(store, index));
        };
        let pending = pending(&connection, connection.db(), database).await;
        connection.close().await;
        let mut migrated = Migrated::of(store, index);
        migrated.pending = pending?;
        migrated
            .applied
            .retain(|name| !migrated.pending.contains(name));
        Ok(migrated)
    };
    together(store, indices, look).await
}

/// Applies what is pending and stamps the profile. Databases that are up to date are not locked.
pub(crate) async fn up(
    store: &Store,
    indices: &[usize],
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Vec<Migrated>, Error> {
    let (migrated, connections) = up_open(store, indices, mismatch_ok, stop).await?;
    close_all(&store.registry, &connections).await;
    Ok(migrated)
}

/// The same, and leaves the databases open, but for those whose ledger had to be asked about a commit.
pub(crate) async fn up_open(
    store: &Store,
    indices: &[usize],
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<(Vec<Migrated>, Connections), Error> {
    let needed = &indices.iter().copied().collect();
    let guard = || independence::guard(store, needed, Access::Migrate);
    if let Err(error) = trying_again(store, || stop.clone(), guard).await {
        let all: Vec<_> = indices.iter().map(|index| store.alias(*index)).collect();
        return Err(match error.exit() {
            Exit::Database => error.partly(&[], &[], &all),
            _ => error,
        });
    }
    let begun = &Begun::default();
    let work = |index| async move {
        // What has begun to change is finished, whatever signal comes.
        let heeded = || match begun.has(index) {
            true => Stop::default(),
            false => stop.clone(),
        };
        let once = || async move {
            let connection =
                Connection::open(&store.config, store.alias(index), Access::Migrate).await?;
            match up_one(store, index, &connection, mismatch_ok, &heeded(), begun).await {
                Ok(migrated) => Ok((migrated, connection)),
                Err(error) => {
                    connection.close().await;
                    Err(error)
                }
            }
        };
        trying_again(store, heeded, once).await
    };
    let results = store.registry.together(indices, work).await;
    let (mut all, mut connections) = (Vec::new(), Connections::new());
    let (mut done, mut rest, mut failed) = (Vec::new(), Vec::new(), None);
    for (&index, result) in indices.iter().zip(results) {
        match result {
            Ok((migrated, connection)) => {
                if migrated.is_changed() {
                    done.push(store.alias(index));
                }
                all.push(migrated);
                connections.insert(index, connection);
            }
            Err(error) => {
                rest.push(store.alias(index));
                failed = failed.or(Some(error));
            }
        }
    }
    let Some(error) = failed else {
        return Ok((all, connections));
    };
    close_all(&store.registry, &connections).await;
    let open = indices.iter().filter(|index| begun.has(**index));
    let open: Vec<_> = open.map(|index| store.alias(*index)).collect();
    let written = !open.is_empty() || !done.is_empty();
    Err(match error.exit() {
        Exit::Database => error.partly(&done, &open, &rest),
        _ if written => error.partly(&done, &open, &rest),
        _ => error,
    })
}

async fn up_one(
    store: &Store,
    index: usize,
    connection: &Connection,
    mismatch_ok: bool,
    stop: &Stop,
    begun: &Begun,
) -> Result<Migrated, Error> {
    let database = store.database(index);
    let mut migrated = Migrated::of(store, index);
    // What has begun is still to be recorded.
    let is_begun = begun.has(index);
    if !is_begun
        && let Some(profile) = profile_if_current(connection, connection.db(), database).await?
    {
        if !mismatch_ok {
            guards::is_of_profile(connection, &profile, &store.config)?;
        }
        return Ok(migrated);
    }
    let run = Uuid::new_v4();
    let started = Utc::now();
    let turn = Turn::take(connection, &store.config, stop).await?;
    let applied = async {
        let db = turn.db();
        guard(store, connection, db, mismatch_ok).await?;
        // Another run may have had its turn meanwhile.
        if !is_begun
            && profile_if_current(connection, db, database)
                .await?
                .is_some()
        {
            return Ok(None);
        }
        let mut newly = pending(connection, db, database).await?;
        begins_well(connection, db, &migrated, &newly).await?;
        let at_once = connection.url().engine().commits_tables_at_once();
        if at_once {
            stop.heed()?;
            newly = begun.begin(index, &newly);
        }
        make(connection, &turn, database).await?;
        record(store, connection, db, run, started).await?;
        connection.still_there()?;
        if !at_once {
            stop.heed()?;
        }
        Ok(Some(newly))
    };
    match applied.await {
        Ok(Some(newly)) => {
            commit(store, connection, turn, run).await?;
            migrated.newly_applied = newly;
            Ok(migrated)
        }
        Ok(None) => {
            turn.abandon(connection).await;
            Ok(migrated)
        }
        Err(error) => {
            turn.abandon(connection).await;
            Err(error)
        }
    }
}

/// Refuses a database that cannot hold what its first tables are to hold; `all` has every migration applied.
pub(crate) async fn begins_well(
    connection: &Connection,
    db: &DatabaseConnection,
    all: &Migrated,
    pending: &[String],
) -> Result<(), Error> {
    if pending.is_empty() || pending.len() < all.applied.len() {
        return Ok(());
    }
    let begins = connection.url().engine().before_first_migration(db).await;
    begins.map_err(connection.error("migrate"))
}

/// Migrates inside the turn's transaction, where tables can be.
async fn make(connection: &Connection, turn: &Turn, database: &Database) -> Result<(), Error> {
    let made = async {
        let engine = connection.url().engine();
        engine.before_tables(turn.db()).await?;
        if let Some(migrations) = database.migrations() {
            migrations.up(turn.db()).await?;
        }
        ledger::install(turn.db()).await
    };
    made.await.map_err(connection.error("migrate"))
}

pub(crate) async fn guard(
    store: &Store,
    connection: &Connection,
    db: &DatabaseConnection,
    mismatch_ok: bool,
) -> Result<(), Error> {
    if mismatch_ok {
        return Ok(());
    }
    let stamped = ledger::profile(db).await;
    match stamped.map_err(connection.error("look at"))? {
        Some(profile) => guards::is_of_profile(connection, &profile, &store.config),
        None => Ok(()),
    }
}

pub(crate) async fn record(
    store: &Store,
    connection: &Connection,
    db: &DatabaseConnection,
    run: Uuid,
    started: DateTime<Utc>,
) -> Result<(), Error> {
    let entry = Entry {
        run,
        command: ledger::MIGRATE,
        profile: &store.config.profile,
        datasets: Vec::new(),
        fixtures: None,
        counts: Counts::default(),
        started,
    };
    let recorded = async {
        connection.url().engine().after_tables(db).await?;
        fail_point::pass(connection.alias(), "ledger.before")?;
        ledger::record(db, entry).await?;
        fail_point::pass(connection.alias(), "ledger.after")
    };
    let failed = connection.error("record the migration of");
    recorded.await.map_err(failed)
}

/// Commits a migration, and finds out whether that took place where the reply does not say so.
pub(crate) async fn commit(
    store: &Store,
    connection: &Connection,
    turn: Turn,
    run: Uuid,
) -> Result<(), Error> {
    match turn.commit(connection).await {
        Ok(()) => Ok(()),
        Err(error) => {
            let failed = connection.error("commit to")(error);
            settle(&store.config, connection, run, 1, failed).await
        }
    }
}

/// Tries anew while a fault may pass, each time from the start. `stop` says what signals still count.
pub(crate) async fn trying_again<T, F>(
    store: &Store,
    stop: impl Fn() -> Stop,
    once: impl Fn() -> F,
) -> Result<T, Error>
where
    F: Future<Output = Result<T, Error>>,
{
    let mut retry = Retry::new(store.config.retry_for);
    let mut is_first_try = true;
    loop {
        let result = once().await;
        let stop = stop();
        let error = result.as_ref().err();
        let fault = error.and_then(|error| error.fault(is_first_try));
        is_first_try = false;
        match fault {
            Some(fault) if retry.pause(&fault, &stop).await => {}
            Some(_) if stop.reason() == Some(Reason::Interrupted) => {
                return Err(Error::interrupted());
            }
            _ => return result,
        }
    }
}

/// The profile of a database, if there is nothing to do in it.
async fn profile_if_current(
    connection: &Connection,
    db: &DatabaseConnection,
    database: &Database,
) -> Result<Option<String>, Error> {
    let profile = ledger::profile(db).await;
    // A ledger without a stamp was left behind where each table is committed by itself.
    match profile.map_err(connection.error("look at"))? {
        Some(profile) if pending(connection, db, database).await?.is_empty() => Ok(Some(profile)),
        _ => Ok(None),
    }
}

pub(crate) async fn pending(
    connection: &Connection,
    db: &DatabaseConnection,
    database: &Database,
) -> Result<Vec<String>, Error> {
    match database.migrations() {
        Some(migrations) => migrations
            .pending(db)
            .await
            .map_err(connection.error("look at")),
        None => Ok(Vec::new()),
    }
}

/// Opens a database to look at it; `None` for an SQLite file that is not there.
pub(crate) async fn open_if_there(
    store: &Store,
    index: usize,
) -> Result<Option<Connection>, Error> {
    match is_there(store, index) {
        false => Ok(None),
        true => {
            let connection = Connection::open(&store.config, store.alias(index), Access::Look);
            connection.await.map(Some)
        }
    }
}

/// Opens a database whose tables have to be there; refuses an SQLite file that is not.
pub(crate) async fn open_if_migrated(
    store: &Store,
    index: usize,
    access: Access,
) -> Result<Connection, Error> {
    match is_there(store, index) {
        false => {
            let all = Migrated::of(store, index).applied.len();
            Err(guards::not_migrated(store.alias(index), all))
        }
        true => Connection::open(&store.config, store.alias(index), access).await,
    }
}

/// Whether there is anything to open. A server can only be asked by opening.
pub(crate) fn is_there(store: &Store, index: usize) -> bool {
    let file = store.config.databases[store.alias(index)].url.file();
    file.is_none_or(|file| file.exists())
}

/// Works on databases side by side; the first error is the one told.
async fn together<'a, F>(
    store: &'a Store,
    indices: &[usize],
    work: impl Fn(usize) -> F,
) -> Result<Vec<Migrated>, Error>
where
    F: Future<Output = Result<Migrated, Error>> + Send + 'a,
{
    store
        .registry
        .together(indices, work)
        .await
        .into_iter()
        .collect()
}

impl Migrated {
    /// A database with everything applied.
    pub fn of(store: &Store, index: usize) -> Self {
        let database = store.database(index);
        Self {
            name: database.alias().to_owned(),
            engine: store.config.databases[database.alias()].url.engine().name(),
            applied: database.migrations().map(|m| m.names()).unwrap_or_default(),
            ..Self::default()
        }
    }

    /// A database with everything pending.
    pub fn nothing_of(store: &Store, index: usize) -> Self {
        let mut migrated = Self::of(store, index);
        migrated.pending = std::mem::take(&mut migrated.applied);
        migrated
    }

    /// Whether anything was done.
    pub fn is_changed(&self) -> bool {
        !self.newly_applied.is_empty() || !self.newly_reverted.is_empty()
    }
}

impl fmt::Display for Migrated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(sql) = &self.sql {
            writeln!(f, "-- {}: {} pending", self.name, self.pending.len())?;
            return sql
                .iter()
                .try_for_each(|statement| writeln!(f, "{statement};"));
        }
        let lists = [
            ("applied", &self.newly_applied),
            ("reverted", &self.newly_reverted),
            ("pending", &self.pending),
        ];
        let news = lists.iter().filter(|(_, names)| !names.is_empty());
        let news: Vec<_> = news
            .map(|(what, names)| format!("{what} {}", names.join(", ")))
            .collect();
        match news.as_slice() {
            [] => writeln!(
                f,
                "{}: up to date ({} applied)",
                self.name,
                self.applied.len()
            ),
            news => writeln!(f, "{}: {}", self.name, news.join("; ")),
        }
    }
}
