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
async fn keep(
    store: &Store,
    open: Vec<Open<'_>>,
    mut removed: BTreeMap<usize, Migrated>,
    removal: Removal,
    run: Uuid,
    done: &Done,
) -> Result<(), Error> {
    let mut kept = Ok(());
    for one in open.into_iter().rev() {
        let migrated = removed.remove(&one.index);
        let is_changed = |m: &Migrated| removal == Removal::Fresh || !m.newly_reverted.is_empty();
        match migrated {
            Some(migrated) if kept.is_ok() && is_changed(&migrated) => {
                kept = commit(store, one.connection, one.turn, run).await;
                if kept.is_ok() {
                    lock(done).insert(one.index, migrated);
                }
            }
            migrated => {
                roll_back(one.connection, one.turn).await;
                if let (Some(migrated), true) = (migrated, kept.is_ok()) {
                    lock(done).insert(one.index, migrated);
                }
            }
        }
    }
    kept
}

/// Refuses to take rows away from under others: looks into every database that refers to this one, in
/// its open transaction.
async fn nobody_refers(store: &Store, index: usize, open: &[Open<'_>]) -> Result<(), Error> {
    if store.database(index).migrations().is_none() {
        // Nothing is removed from tables that others make.
        return Ok(());
    }
    for (other, refers_to) in store.arrangement.refers_to.iter().enumerate() {
        if !refers_to.contains(&index) {
            continue;
        }
        // Whatever refers to this one is open, if it is there.
        let opened = open.iter().find(|open| open.index == other);
        let rows = match opened {
            Some(open) => rows_referring(store, other, index, open).await?,
            None => 0,
        };
        if rows > 0 {
            let (alias, other) = (store.alias(index), store.alias(other));
            let rows = match rows {
                1 => "1 row that refers".to_owned(),
                many => format!("{many} rows that refer"),
            };
            let advice = match opened {
                Some(open) if open.is_chosen => "this would not remove them; remove them first",
                _ => "remove those with it: leave `--database` away",
            };
            return Err(Error::guard(
                alias,
                format!(
                    "the database `{other}` holds {rows} into `{alias}`; nothing was removed; {advice}"
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
