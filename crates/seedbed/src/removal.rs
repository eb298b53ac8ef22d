//! Removing rows: `down` and `fresh`, which commit what refers to others first.

use std::collections::BTreeMap;

use chrono::Utc;
use sea_orm::{DatabaseExecutor, DbErr};
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::error::{Error, ErrorKind};
use crate::ledger;
use crate::migration::{
    Migrated, commit, guard, has_table, open_if_there, pending, record, roll_back, trying_again,
};
use crate::stop::Stop;
use crate::store::Store;
use crate::turn::Turn;

/// How rows are removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Removal {
    /// By reverting so many of each database's newest migrations.
    Down(u32),
    /// By dropping all tables, which are then made anew.
    Fresh,
}

/// Databases under their turns, in commit order.
type Open<'a> = Vec<(usize, &'a Connection, Turn)>;

/// Removes rows from the databases, under the turns of all of them and of those that refer to them:
/// rows that a run is about to commit there cannot be seen yet.
///
/// They are committed in reverse: not even for an instant is a row left without what it refers to.
///
/// # Errors
/// When a guard refuses, rows elsewhere refer to what would be removed, or a database cannot be written.
pub(crate) async fn remove(
    store: &Store,
    indices: &[usize],
    removal: Removal,
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Vec<Migrated>, Error> {
    let once = || async {
        let connections = open(store, indices, removal).await?;
        let removed = under_turns(store, indices, &connections, removal, mismatch_ok, stop).await;
        for (_, connection) in &connections {
            connection.close().await?;
        }
        removed
    };
    trying_again(store, stop, once).await
}

/// Opens the databases to remove rows from, and in commit order with them those that refer to them.
async fn open(
    store: &Store,
    indices: &[usize],
    removal: Removal,
) -> Result<Vec<(usize, Connection)>, Error> {
    let mut connections = Vec::new();
    for index in store.arrangement.order() {
        let alias = store.alias(index);
        let access = match removal {
            _ if !indices.contains(&index) => {
                let is_there = || open_if_there(store, index);
                if !refers_to_one_of(store, index, indices) || is_there().await?.is_none() {
                    continue;
                }
                Access::Write
            }
            Removal::Down(_) => Access::Write,
            Removal::Fresh => Access::Create,
        };
        let connection = Connection::open(&store.config, alias, access).await?;
        connections.push((index, connection));
    }
    Ok(connections)
}

fn refers_to_one_of(store: &Store, index: usize, others: &[usize]) -> bool {
    let refers_to = &store.arrangement.refers_to[index];
    refers_to.iter().any(|other| others.contains(other))
}

async fn under_turns(
    store: &Store,
    indices: &[usize],
    connections: &[(usize, Connection)],
    removal: Removal,
    mismatch_ok: bool,
    stop: &Stop,
) -> Result<Vec<Migrated>, Error> {
    let run = Uuid::new_v4();
    let mut open = Open::new();
    let removed = async {
        for (index, connection) in connections {
            let turn = Turn::take(connection, store.config.lock_timeout, stop).await?;
            open.push((*index, connection, turn));
        }
        let mut removed = Vec::new();
        let chosen = |(index, ..): &&(usize, &Connection, Turn)| indices.contains(index);
        for (index, connection, turn) in open.iter().rev().filter(chosen) {
            guard(store, connection, &turn.executor(), mismatch_ok).await?;
            removed.push(remove_from(store, *index, connection, turn, removal, run).await?);
            nobody_refers(store, *index, &open).await?;
        }
        removed.reverse();
        Ok(removed)
    };
    match removed.await {
        Ok(removed) => keep(store, indices, open, run, stop)
            .await
            .map(|()| removed),
        Err(error) => {
            for (_, connection, turn) in open {
                roll_back(connection, turn).await;
            }
            Err(error)
        }
    }
}

async fn remove_from(
    store: &Store,
    index: usize,
    connection: &Connection,
    turn: &Turn,
    removal: Removal,
    run: Uuid,
) -> Result<Migrated, Error> {
    let started = Utc::now();
    let db = turn.executor();
    let database = store.database(index);
    let before = pending(connection, &db, database).await?;
    let removed = async {
        match (database.migrations(), removal) {
            (None, _) => {}
            (Some(migrations), Removal::Down(steps)) => {
                migrations.down(turn.transaction(), steps).await?;
            }
            (Some(migrations), Removal::Fresh) => {
                let engine = connection.url().engine();
                engine.before_dropping(turn.transaction()).await?;
                migrations.fresh(turn.transaction()).await?;
            }
        }
        ledger::install(&db).await
    };
    removed
        .await
        .map_err(connection.error("remove rows from"))?;
    record(store, connection, &db, run, started).await?;
    let after = pending(connection, &db, database).await?;
    let mut migrated = Migrated::of(store, index);
    migrated.applied.retain(|name| !after.contains(name));
    match removal {
        Removal::Down(_) => {
            let reverted = after.iter().filter(|name| !before.contains(name));
            migrated.newly_reverted = reverted.cloned().collect();
        }
        Removal::Fresh => migrated.newly_applied.clone_from(&migrated.applied),
    }
    migrated.pending = after;
    Ok(migrated)
}

/// Commits what refers to others first.
///
/// A commit ends the turn. Whoever loads nothing but what was just emptied could come in between and
/// take rows for good that are about to go, so the turn is taken again and held until they are gone.
async fn keep(
    store: &Store,
    indices: &[usize],
    open: Open<'_>,
    run: Uuid,
    stop: &Stop,
) -> Result<(), Error> {
    let again = connections_again(store, indices).await?;
    let mut kept = Ok(());
    let mut committed: Vec<&str> = Vec::new();
    let mut held = Open::new();
    for (index, connection, turn) in open.into_iter().rev() {
        if !indices.contains(&index) {
            held.push((index, connection, turn));
            continue;
        }
        if kept.is_ok() {
            kept = nobody_refers(store, index, &held).await;
        }
        if kept.is_err() {
            roll_back(connection, turn).await;
            continue;
        }
        kept = commit(store, connection, turn, run).await;
        if kept.is_ok() {
            committed.push(store.alias(index));
        }
        if let (Ok(()), Some(connection)) = (&kept, again.get(&index)) {
            let turn = Turn::take(connection, store.config.lock_timeout, stop).await;
            kept = turn.map(|turn| held.push((index, connection, turn)));
        }
    }
    for (_, connection, turn) in held {
        roll_back(connection, turn).await;
    }
    for connection in again.values() {
        connection.close().await?;
    }
    kept.map_err(|error| partly(error, &committed))
}

/// Second connections to the databases that refer to others among those that rows are removed from.
async fn connections_again(
    store: &Store,
    indices: &[usize],
) -> Result<BTreeMap<usize, Connection>, Error> {
    let mut connections = BTreeMap::new();
    for &index in indices {
        if refers_to_one_of(store, index, indices) {
            let connection = Connection::open(&store.config, store.alias(index), Access::Write);
            connections.insert(index, connection.await?);
        }
    }
    Ok(connections)
}

/// Says of an error between commits what was and was not done.
fn partly(error: Error, committed: &[&str]) -> Error {
    let done = if committed.is_empty() {
        "none".to_owned()
    } else {
        committed.join(", ")
    };
    let message = format!("{error}; committed: {done}; run the command again to complete it");
    let kind = match error.kind {
        // A guard refuses before anything is done; this came too late for that.
        ErrorKind::Usage if !committed.is_empty() => ErrorKind::Database,
        kind => kind,
    };
    Error {
        kind,
        message,
        ..error
    }
}

/// Refuses to take rows away from under others: looks into every database that refers to this one, in
/// its open transaction. One that has none is not there.
async fn nobody_refers(store: &Store, index: usize, open: &Open<'_>) -> Result<(), Error> {
    for (other, connection, turn) in open {
        if !store.arrangement.refers_to[*other].contains(&index) {
            continue;
        }
        let db = turn.executor();
        let rows = rows_referring(store, *other, index, connection, &db).await?;
        if rows > 0 {
            let (alias, other) = (store.alias(index), store.alias(*other));
            return Err(Error::guard(
                alias,
                format!(
                    "the database `{other}` holds {rows} rows that refer into `{alias}`; nothing was removed from that; \
                     remove those with it: leave `--database` away"
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
    connection: &Connection,
    db: &DatabaseExecutor<'_>,
) -> Result<u64, Error> {
    let targets = store.database(into).datasets();
    let counted = async {
        let mut rows = 0;
        for dataset in store.database(from).datasets() {
            let refers = |(_, target): &(&str, &str)| targets.iter().any(|d| d.name() == *target);
            if dataset.references().iter().any(refers) && has_table(db, dataset.name()).await? {
                rows += dataset.count(db).await?;
            }
        }
        Ok::<_, DbErr>(rows)
    };
    counted.await.map_err(connection.error("look at"))
}
