//! Removing rows: `down` and `fresh`, which commit what refers to others first.

use chrono::Utc;
use sea_orm::{DatabaseExecutor, DbErr};
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::ledger;
use crate::migration::{
    Migrated, commit, guard, has_table, open_if_migrated, open_if_there, pending, record,
    roll_back, trying_again,
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

/// Databases that are worked on, in commit order, each under its turn.
type Open<'a> = Vec<(usize, &'a Connection, Turn)>;

/// Removes rows from the databases, under the turns of all of them.
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
        let mut connections = Vec::new();
        for &index in indices {
            let connection = match removal {
                Removal::Down(_) => open_if_migrated(store, index, Access::Write).await?,
                Removal::Fresh => {
                    let alias = store.alias(index);
                    Connection::open(&store.config, alias, Access::Create).await?
                }
            };
            connections.push((index, connection));
        }
        let removed = under_turns(store, &connections, removal, mismatch_ok, stop).await;
        for (_, connection) in &connections {
            connection.close().await?;
        }
        removed
    };
    trying_again(store, stop, once).await
}

async fn under_turns(
    store: &Store,
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
        for (index, connection, turn) in open.iter().rev() {
            guard(store, connection, &turn.executor(), mismatch_ok).await?;
            removed.push(remove_from(store, *index, connection, turn, removal, run).await?);
            nobody_refers(store, *index, &open).await?;
        }
        removed.reverse();
        Ok(removed)
    };
    match removed.await {
        Ok(removed) => keep(store, open, run).await.map(|()| removed),
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
async fn keep(store: &Store, open: Open<'_>, run: Uuid) -> Result<(), Error> {
    let mut kept = Ok(());
    let mut committed: Vec<&str> = Vec::new();
    for (index, connection, turn) in open.into_iter().rev() {
        if kept.is_err() {
            roll_back(connection, turn).await;
            continue;
        }
        kept = commit(store, connection, turn, run).await.map_err(|error| {
            let done = if committed.is_empty() {
                "none".to_owned()
            } else {
                committed.join(", ")
            };
            let message =
                format!("{error}; committed: {done}; run the command again to complete it");
            Error { message, ..error }
        });
        committed.push(store.alias(index));
    }
    kept
}

/// Refuses to take rows away from under others: looks into every database that refers to this one, in
/// its open transaction where it has one.
async fn nobody_refers(store: &Store, index: usize, open: &Open<'_>) -> Result<(), Error> {
    if store.database(index).migrations().is_none() {
        // Nothing is removed from tables that others make.
        return Ok(());
    }
    for (other, refers_to) in store.arrangement.refers_to.iter().enumerate() {
        if !refers_to.contains(&index) {
            continue;
        }
        let opened = open.iter().find(|(opened, ..)| *opened == other);
        let rows = match opened {
            Some((_, connection, turn)) => {
                rows_referring(store, other, index, connection, &turn.executor()).await?
            }
            None => match open_if_there(store, other).await? {
                None => 0,
                Some(connection) => {
                    let db = connection.executor();
                    let rows = rows_referring(store, other, index, &connection, &db).await;
                    connection.close().await?;
                    rows?
                }
            },
        };
        if rows > 0 {
            let (alias, other) = (store.alias(index), store.alias(other));
            let rows = match rows {
                1 => "1 row that refers".to_owned(),
                many => format!("{many} rows that refer"),
            };
            let advice = match opened {
                Some(_) => "this would not remove them; remove them first",
                None => "remove those with it: leave `--database` away",
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
