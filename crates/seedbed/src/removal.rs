//! Removing rows: `down` and `fresh`, which commit what refers to others first.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::Utc;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::error::{Error, ErrorKind};
use crate::ledger;
use crate::migration::{
    Migrated, commit, guard, has_table, open_if_migrated, pending, record, roll_back, trying_again,
};
use crate::report::Exit;
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

/// A database under its turn.
struct Open<'a> {
    index: usize,
    connection: &'a Connection,
    turn: Turn,
    /// Rows are to be removed from it; otherwise nobody else is to add any meanwhile.
    is_chosen: bool,
}

/// What was committed, by the index of the database.
type Done = Mutex<BTreeMap<usize, Migrated>>;

/// Removes rows from the databases, under the turns of all of them and of those that refer to them.
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
    let done = Done::default();
    // What has begun to commit is finished, whatever signal comes.
    let heeded = || match lock(&done).is_empty() {
        true => stop.clone(),
        false => Stop::default(),
    };
    let once = || async {
        let stop = heeded();
        let mut connections = Vec::new();
        for index in concerned(store, indices) {
            let is_chosen = indices.contains(&index);
            let connection = match removal {
                Removal::Fresh if is_chosen => {
                    let alias = store.alias(index);
                    Connection::open(&store.config, alias, Access::Create).await?
                }
                _ => open_if_migrated(store, index, Access::Write).await?,
            };
            // A retry must not revert still more of what is committed.
            let is_down = removal != Removal::Fresh && lock(&done).contains_key(&index);
            connections.push((index, connection, is_chosen && !is_down));
        }
        let removed = under_turns(store, &connections, removal, mismatch_ok, &stop, &done).await;
        for (_, connection, _) in &connections {
            connection.close().await?;
        }
        removed
    };
    let removed = trying_again(store, heeded, once).await;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = removed {
        let (committed, rest): (Vec<_>, Vec<_>) =
            indices.iter().partition(|index| done.contains_key(index));
        let aliases = |indices: Vec<&usize>| -> Vec<&str> {
            let aliases = indices.into_iter().map(|index| store.alias(*index));
            aliases.collect()
        };
        return Err(match (error.exit(), committed.is_empty()) {
            (Exit::Database, _) | (_, false) => Error {
                kind: ErrorKind::Database,
                ..error.partly(&aliases(committed), &aliases(rest))
            },
            _ => error,
        });
    }
    let removed = indices.iter().filter_map(|index| done.remove(index));
    Ok(removed.collect())
}

/// The databases from which rows are removed and, so that no row can come to refer to those, the ones
/// that refer to them; in commit order.
fn concerned(store: &Store, indices: &[usize]) -> Vec<usize> {
    let refers = |&index: &usize| {
        let refers_to = &store.arrangement.refers_to[index];
        refers_to.iter().any(|other| indices.contains(other))
    };
    let there = |&index: &usize| {
        let file = store.config.databases[store.alias(index)].url.file();
        file.is_none_or(|file| file.exists())
    };
    let mut concerned = store.arrangement.order();
    concerned.retain(|index| indices.contains(index) || refers(index) && there(index));
    concerned
}

async fn under_turns(
    store: &Store,
    connections: &[(usize, Connection, bool)],
    removal: Removal,
    mismatch_ok: bool,
    stop: &Stop,
    done: &Done,
) -> Result<(), Error> {
    let run = Uuid::new_v4();
    let mut open = Vec::new();
    let removed = async {
        for (index, connection, is_chosen) in connections {
            let turn = Turn::take(connection, store.config.lock_timeout, stop).await?;
            open.push(Open {
                index: *index,
                connection,
                turn,
                is_chosen: *is_chosen,
            });
        }
        let mut removed = BTreeMap::new();
        for one in open.iter().rev().filter(|one| one.is_chosen) {
            guard(store, one.connection, &one.turn.executor(), mismatch_ok).await?;
            removed.insert(one.index, remove_from(store, one, removal, run).await?);
            nobody_refers(store, one.index, &open).await?;
        }
        for one in &open {
            one.connection.still_there()?;
        }
        Ok(removed)
    };
    match removed.await {
        Ok(removed) => keep(store, open, removed, removal, run, done).await,
        Err(error) => {
            for one in open {
                roll_back(one.connection, one.turn).await;
            }
            Err(error)
        }
    }
}

async fn remove_from(
    store: &Store,
    open: &Open<'_>,
    removal: Removal,
    run: Uuid,
) -> Result<Migrated, Error> {
    let Open {
        index,
        connection,
        turn,
        ..
    } = open;
    let started = Utc::now();
    let db = turn.executor();
    let database = store.database(*index);
    let before = pending(connection, &db, database).await?;
    let mut migrated = Migrated::of(store, *index);
    if removal != Removal::Fresh && before.len() == migrated.applied.len() {
        migrated.pending = std::mem::take(&mut migrated.applied);
        return Ok(migrated);
    }
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
/// A commit ends the turn. Whoever loads nothing but what refers to others could come in between and
/// take rows for good that are about to go, so nobody gets a turn there before those are gone: one that
/// has not been needed is kept, and one that was ended by a commit is taken again.
async fn keep(
    store: &Store,
    open: Vec<Open<'_>>,
    mut removed: BTreeMap<usize, Migrated>,
    removal: Removal,
    run: Uuid,
    done: &Done,
) -> Result<(), Error> {
    let again = connections_again(store, &open).await?;
    let is_changed = |m: &Migrated| removal == Removal::Fresh || !m.newly_reverted.is_empty();
    let mut kept = Ok(());
    let mut held = Vec::new();
    for one in open.into_iter().rev() {
        let (index, connection) = (one.index, one.connection);
        let migrated = removed.remove(&index).filter(|_| kept.is_ok());
        if migrated.as_ref().is_some_and(is_changed) {
            kept = commit_one(store, one, run, &held).await;
        } else {
            held.push(one);
        }
        if let (Ok(()), Some(migrated)) = (&kept, migrated) {
            lock(done).insert(index, migrated);
        }
        if let (Ok(()), Some(again)) = (&kept, again.get(&index)) {
            let again = hold(store, index, connection, again).await;
            kept = again.map(|one| held.push(one));
        }
    }
    for one in held {
        roll_back(one.connection, one.turn).await;
    }
    for connection in again.values() {
        connection.close().await?;
    }
    kept
}

/// Second connections to those that refer to others among the databases rows are removed from.
async fn connections_again(
    store: &Store,
    open: &[Open<'_>],
) -> Result<BTreeMap<usize, Connection>, Error> {
    let is_chosen = |index: &usize| open.iter().any(|one| one.index == *index && one.is_chosen);
    let mut connections = BTreeMap::new();
    for one in open.iter().filter(|one| one.is_chosen) {
        if store.arrangement.refers_to[one.index].iter().any(is_chosen) {
            let alias = one.connection.alias();
            let connection = Connection::open(&store.config, alias, Access::Write).await?;
            connections.insert(one.index, connection);
        }
    }
    Ok(connections)
}

/// Takes the turn of a database again. What has begun to commit is finished, so no signal ends the wait.
async fn hold<'a>(
    store: &Store,
    index: usize,
    old: &Connection,
    again: &'a Connection,
) -> Result<Open<'a>, Error> {
    // Some engines' turns end with the connection, not with the commit.
    old.close().await?;
    let timeout = store.config.lock_timeout;
    Ok(Open {
        index,
        connection: again,
        turn: Turn::take(again, timeout, &Stop::default()).await?,
        is_chosen: true,
    })
}

/// Commits the removal from one database, unless somebody came to refer to it after all.
async fn commit_one(
    store: &Store,
    one: Open<'_>,
    run: Uuid,
    held: &[Open<'_>],
) -> Result<(), Error> {
    let error = match referring(store, one.index, held).await {
        Ok(None) => return commit(store, one.connection, one.turn, run).await,
        Ok(Some((other, rows))) => {
            let (alias, other) = (one.connection.alias(), other.connection.alias());
            Error::broken(
                alias,
                format!(
                    "another run added {rows} to the database `{other}` meanwhile, into `{alias}`"
                ),
            )
        }
        Err(error) => error,
    };
    roll_back(one.connection, one.turn).await;
    Err(error)
}

/// Refuses to take rows away from under others.
async fn nobody_refers(store: &Store, index: usize, open: &[Open<'_>]) -> Result<(), Error> {
    if store.database(index).migrations().is_none() {
        // Nothing is removed from tables that others make.
        return Ok(());
    }
    let Some((other, rows)) = referring(store, index, open).await? else {
        return Ok(());
    };
    let (alias, advice) = (
        store.alias(index),
        match other.is_chosen {
            true => "this would not remove them; remove them first",
            false => "remove those with it: leave `--database` away",
        },
    );
    let other = other.connection.alias();
    Err(Error::guard(
        alias,
        format!(
            "the database `{other}` holds {rows} into `{alias}`; nothing was removed; {advice}"
        ),
    ))
}

/// A database that refers to this one, and how many rows do. Whatever refers to it is open, if it is
/// there, and is looked at in its open transaction.
async fn referring<'o, 'a>(
    store: &Store,
    index: usize,
    open: &'o [Open<'a>],
) -> Result<Option<(&'o Open<'a>, String)>, Error> {
    let refers = |one: &&Open<'_>| store.arrangement.refers_to[one.index].contains(&index);
    for one in open.iter().filter(refers) {
        match rows_referring(store, one.index, index, one).await? {
            0 => {}
            1 => return Ok(Some((one, "1 row that refers".to_owned()))),
            many => return Ok(Some((one, format!("{many} rows that refer")))),
        }
    }
    Ok(None)
}

/// The rows of one database's datasets that refer into another database.
async fn rows_referring(
    store: &Store,
    from: usize,
    into: usize,
    open: &Open<'_>,
) -> Result<u64, Error> {
    let db = &open.turn.executor();
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
    counted.await.map_err(open.connection.error("look at"))
}

fn lock(done: &Done) -> MutexGuard<'_, BTreeMap<usize, Migrated>> {
    done.lock().unwrap_or_else(PoisonError::into_inner)
}
