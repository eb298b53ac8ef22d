//! Migrating databases: each in one transaction, under its turn.

use std::collections::BTreeMap;
use std::fmt;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseExecutor;
use sea_orm_migration::SchemaManager;
use serde::Serialize;
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::guards;
use crate::ledger::{self, Entry};
use crate::registry::Database;
use crate::stop::Stop;
use crate::store::Store;
use crate::turn::Turn;
use crate::write::Counts;

/// The migrations of one database, by name, and what was done about them.
#[derive(Debug, Default, Serialize)]
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

/// Says which migrations are applied. Creates nothing.
///
/// # Errors
/// When a database cannot be looked at. One that is not there yet has everything pending.
pub(crate) async fn status(store: &Store, indices: &[usize]) -> Result<Vec<Migrated>, Error> {
    let look = |index| async move {
        let database = store.database(index);
        let mut migrated = Migrated::of(store, index);
        migrated.pending = match open_if_there(store, index).await? {
            None => migrated.applied.clone(),
            Some(connection) => {
                let pending = pending(&connection, &connection.executor(), database).await?;
                connection.close().await?;
                pending
            }
        };
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
    let work = |index| async move {
        let connection =
            Connection::open(&store.config, store.alias(index), Access::Create).await?;
        let migrated = up_one(store, index, &connection, mismatch_ok, stop).await;
        connection.close().await?;
        migrated
    };
    together(store, indices, work).await
}

async fn up_one(
    store: &Store,
    index: usize,
    connection: &Connection,
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Migrated, Error> {
    let database = store.database(index);
    let mut migrated = Migrated::of(store, index);
    if is_up_to_date(connection, &connection.executor(), database).await? {
        guard(store, connection, &connection.executor(), mismatch_ok).await?;
        return Ok(migrated);
    }
    let started = Utc::now();
    let turn = Turn::take(connection, store.config.lock_timeout, stop).await?;
    let applied = async {
        let db = turn.executor();
        guard(store, connection, &db, mismatch_ok).await?;
        let newly = pending(connection, &db, database).await?;
        make(connection, &turn, database).await?;
        record(store, connection, &db, started).await?;
        Ok(newly)
    };
    match applied.await {
        Ok(newly) => {
            turn.commit().await.map_err(connection.error("migrate"))?;
            migrated.newly_applied = newly;
            Ok(migrated)
        }
        Err(error) => {
            roll_back(connection, turn).await;
            Err(error)
        }
    }
}

/// Reverts the newest migrations of each database.
pub(crate) async fn down(
    store: &Store,
    indices: &[usize],
    steps: u32,
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Vec<Migrated>, Error> {
    let work = async |connection: &Connection, turn: &Turn, index: usize| {
        let database = store.database(index);
        let before = pending(connection, &turn.executor(), database).await?;
        if let Some(migrations) = database.migrations() {
            let reverted = migrations.down(turn.transaction(), steps).await;
            reverted.map_err(connection.error("migrate"))?;
        }
        let mut migrated = Migrated::of(store, index);
        migrated.pending = pending(connection, &turn.executor(), database).await?;
        migrated
            .applied
            .retain(|name| !migrated.pending.contains(name));
        let newly = migrated
            .pending
            .iter()
            .filter(|name| !before.contains(name));
        migrated.newly_reverted = newly.cloned().collect();
        Ok(migrated)
    };
    removing(store, indices, mismatch_ok, stop, work).await
}

/// Drops all tables of each database and makes them anew.
pub(crate) async fn fresh(
    store: &Store,
    indices: &[usize],
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Vec<Migrated>, Error> {
    let work = async |connection: &Connection, turn: &Turn, index: usize| {
        let database = store.database(index);
        let failed = connection.error("empty");
        let Some(migrations) = database.migrations() else {
            let alias = connection.alias();
            let message =
                format!("the database `{alias}` has no migrations that could make its tables anew");
            return Err(Error::guard(alias, message));
        };
        let engine = connection.url().engine();
        engine
            .before_dropping(turn.transaction())
            .await
            .map_err(&failed)?;
        migrations
            .fresh(turn.transaction())
            .await
            .map_err(&failed)?;
        ledger::install(&turn.executor()).await.map_err(&failed)?;
        record(store, connection, &turn.executor(), Utc::now()).await?;
        let mut migrated = Migrated::of(store, index);
        migrated.newly_applied.clone_from(&migrated.applied);
        Ok(migrated)
    };
    removing(store, indices, mismatch_ok, stop, work).await
}

/// Removes rows from databases under all their turns, and commits those that refer first: not even
/// for an instant is a row left without what it refers to.
async fn removing(
    store: &Store,
    indices: &[usize],
    mismatch_ok: bool,
    stop: &Stop,
    work: impl AsyncFn(&Connection, &Turn, usize) -> Result<Migrated, Error>,
) -> Result<Vec<Migrated>, Error> {
    let mut connections = Vec::new();
    for &index in indices {
        let connection =
            Connection::open(&store.config, store.alias(index), Access::Create).await?;
        connections.push((index, connection));
    }
    let mut turns = Vec::new();
    let removed = async {
        let mut all = Vec::new();
        for (index, connection) in &connections {
            let turn = Turn::take(connection, store.config.lock_timeout, stop).await?;
            turns.push((*index, connection, turn));
        }
        for (index, connection, turn) in turns.iter().rev() {
            guard(store, connection, &turn.executor(), mismatch_ok).await?;
            all.push(work(connection, turn, *index).await?);
            let open: BTreeMap<usize, &Turn> =
                turns.iter().map(|(i, _, turn)| (*i, turn)).collect();
            nobody_refers(store, *index, &open).await?;
        }
        Ok(all)
    };
    let removed = removed.await;
    let mut kept = Ok(());
    for (index, connection, turn) in turns.into_iter().rev() {
        if removed.is_err() || kept.is_err() {
            roll_back(connection, turn).await;
        } else if let Err(error) = turn.commit().await {
            let error = connection.error("commit to")(error);
            let message = format!(
                "{}; databases that refer to `{}` were committed before it",
                error.message,
                store.alias(index)
            );
            kept = Err(Error { message, ..error });
        }
    }
    for (_, connection) in &connections {
        connection.close().await?;
    }
    kept?;
    let mut all = removed?;
    all.reverse();
    Ok(all)
}

/// Refuses to take rows away from under others: looks into every database that refers to this one, in
/// its open transaction where it has one.
async fn nobody_refers(
    store: &Store,
    index: usize,
    open: &BTreeMap<usize, &Turn>,
) -> Result<(), Error> {
    for (other, refers_to) in store.arrangement.refers_to.iter().enumerate() {
        if !refers_to.contains(&index) {
            continue;
        }
        let rows = match open.get(&other) {
            Some(turn) => rows_referring(store, other, index, &turn.executor()).await,
            None => match open_if_there(store, other).await? {
                None => Ok(0),
                Some(connection) => {
                    let rows = rows_referring(store, other, index, &connection.executor()).await;
                    connection.close().await?;
                    rows
                }
            },
        };
        let (alias, other) = (store.alias(index), store.alias(other));
        let rows = rows.map_err(|error| {
            Error::broken(
                other,
                format!("failed to look at the database `{other}`: {error}"),
            )
        })?;
        if rows > 0 {
            return Err(Error::guard(
                alias,
                format!(
                    "the database `{other}` holds {rows} rows that refer into `{alias}`; nothing was removed; \
                     include `{other}`, or leave `--database` away"
                ),
            ));
        }
    }
    Ok(())
}

/// The rows of one database's datasets that refer into another database.
async fn rows_referring(
    store: &Store,
    from: usize,
    into: usize,
    db: &DatabaseExecutor<'_>,
) -> Result<u64, sea_orm::DbErr> {
    let mut rows = 0;
    for dataset in store.database(from).datasets() {
        let targets = store.database(into).datasets();
        let refers = |(_, target): &(&str, &str)| targets.iter().any(|d| d.name() == *target);
        if dataset.references().iter().any(refers) && has_table(db, dataset.name()).await? {
            rows += dataset.count(db).await?;
        }
    }
    Ok(rows)
}

/// Migrates inside the turn's transaction.
async fn make(connection: &Connection, turn: &Turn, database: &Database) -> Result<(), Error> {
    let failed = connection.error("migrate");
    if let Some(migrations) = database.migrations() {
        migrations.up(turn.transaction()).await.map_err(&failed)?;
    }
    ledger::install(&turn.executor()).await.map_err(&failed)
}

async fn guard(
    store: &Store,
    connection: &Connection,
    db: &DatabaseExecutor<'_>,
    mismatch_ok: bool,
) -> Result<(), Error> {
    let installed = ledger::is_installed(guards::reborrow(db)).await;
    if mismatch_ok || !installed.map_err(connection.error("look at"))? {
        return Ok(());
    }
    guards::is_of_profile(connection, db, &store.config).await
}

async fn record(
    store: &Store,
    connection: &Connection,
    db: &DatabaseExecutor<'_>,
    started: DateTime<Utc>,
) -> Result<(), Error> {
    let entry = Entry {
        run: Uuid::new_v4(),
        command: ledger::MIGRATE,
        profile: &store.config.profile,
        datasets: Vec::new(),
        fixtures: None,
        counts: Counts::default(),
        started,
    };
    ledger::record(db, entry)
        .await
        .map_err(connection.error("record the migration of"))
}

async fn is_up_to_date(
    connection: &Connection,
    db: &DatabaseExecutor<'_>,
    database: &Database,
) -> Result<bool, Error> {
    let installed = ledger::is_installed(guards::reborrow(db)).await;
    Ok(installed.map_err(connection.error("look at"))?
        && pending(connection, db, database).await?.is_empty())
}

async fn pending(
    connection: &Connection,
    db: &DatabaseExecutor<'_>,
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
    let alias = store.alias(index);
    match store.config.databases[alias].url.file() {
        Some(file) if !file.exists() => Ok(None),
        _ => Connection::open(&store.config, alias, Access::Read)
            .await
            .map(Some),
    }
}

pub(crate) async fn has_table(
    db: &DatabaseExecutor<'_>,
    table: &str,
) -> Result<bool, sea_orm::DbErr> {
    SchemaManager::new(guards::reborrow(db))
        .has_table(table)
        .await
}

async fn roll_back(connection: &Connection, turn: Turn) {
    if let Err(error) = turn.roll_back().await {
        // The engine rolls an abandoned transaction back by itself.
        tracing::warn!("{}", connection.error("roll back")(error));
    }
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
