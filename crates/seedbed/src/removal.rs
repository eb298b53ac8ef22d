//! Removing rows: `down` and `fresh`, which commit what refers to others first.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use chrono::Utc;
use sea_orm::DbErr;
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::dataset::Dataset;
use crate::error::{Error, ErrorKind};
use crate::independence;
use crate::ledger;
use crate::lock::lock;
use crate::migration::{
    Begun, Migrated, begins_well, commit, guard, is_there, open_if_migrated, pending, record,
    trying_again,
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
    /// Rows are to be removed from it; otherwise its turn is only kept from others.
    is_chosen: bool,
}

impl Open<'_> {
    /// Whether its rows are gone as soon as they are removed, without a commit.
    fn loses_at_once(&self) -> bool {
        self.is_chosen && self.connection.url().engine().commits_tables_at_once()
    }
}

/// What was done in the open transaction of a database.
#[derive(Debug)]
struct Removed {
    migrated: Migrated,
    loses_rows: bool,
}

/// One removal from all databases that it is asked of.
struct Removing<'a> {
    store: &'a Store,
    removal: Removal,
    run: Uuid,
    begun: &'a Begun,
    /// In commit order.
    open: Vec<Open<'a>>,
}

/// What was committed, by the index of the database.
type Done = Mutex<BTreeMap<usize, Migrated>>;

/// Removes rows from the databases, under the turns of all of them and of those that refer to them.
///
/// They are committed in reverse: not even for an instant is a row left without what it refers to.
/// Nobody comes to refer to what is about to go: a run that is to commit orders has their turn, and one
/// that comes later waits for the turn of what it refers to.
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
    let nothing_there = nothing_there(store, indices, removal);
    let mut there = indices.to_vec();
    there.retain(|index| !nothing_there.contains_key(index));
    let (done, begun) = (Done::new(nothing_there), Begun::default());
    // What has begun to go is removed, whatever signal comes.
    let has_begun = || {
        lock(&done).values().any(Migrated::is_changed) || indices.iter().any(|it| begun.has(*it))
    };
    let heeded = || match has_begun() {
        true => Stop::default(),
        false => stop.clone(),
    };
    let once = || async {
        let mut connections = Vec::new();
        let removed = async {
            let concerned = concerned(store, &there);
            let needed = concerned.iter().copied().collect();
            independence::guard(store, &needed, Access::Migrate).await?;
            for index in concerned {
                // A retry must not revert still more of what is committed.
                let is_down = removal != Removal::Fresh && lock(&done).contains_key(&index);
                let is_chosen = indices.contains(&index) && !is_down;
                let connection = open(store, index, removal, is_chosen).await?;
                connections.push((connection, index, is_chosen));
            }
            let removing = Removing {
                store,
                removal,
                run: Uuid::new_v4(),
                begun: &begun,
                open: Vec::new(),
            };
            removing
                .under_turns(&connections, mismatch_ok, &heeded(), &done)
                .await
        };
        let removed = removed.await;
        for (connection, ..) in &connections {
            connection.close().await;
        }
        removed
    };
    let removed = trying_again(store, heeded, once).await;
    let mut done = done.into_inner().unwrap_or_else(PoisonError::into_inner);
    if let Err(error) = removed {
        return Err(told(store, indices, &done, &begun, error));
    }
    let removed = indices.iter().filter_map(|index| done.remove(index));
    Ok(removed.collect())
}

/// The databases from which nothing can be reverted, as their file is not there: no more than from a server's
/// database that is empty.
fn nothing_there(store: &Store, indices: &[usize], removal: Removal) -> BTreeMap<usize, Migrated> {
    let is_empty = |index: &usize| removal != Removal::Fresh && !is_there(store, *index);
    let empty = indices.iter().copied().filter(is_empty);
    empty
        .map(|index| (index, Migrated::nothing_of(store, index)))
        .collect()
}

/// The databases from which rows are removed, and the ones that refer to them and are there; in commit
/// order.
fn concerned(store: &Store, indices: &[usize]) -> Vec<usize> {
    let refers = |index: usize| {
        let refers_to = &store.arrangement.refers_to[index];
        refers_to.iter().any(|other| indices.contains(other)) && is_there(store, index)
    };
    let mut concerned = store.arrangement.order();
    concerned.retain(|&index| indices.contains(&index) || refers(index));
    concerned
}

async fn open(
    store: &Store,
    index: usize,
    removal: Removal,
    is_chosen: bool,
) -> Result<Connection, Error> {
    match removal {
        Removal::Fresh if is_chosen => {
            Connection::open(&store.config, store.alias(index), Access::Migrate).await
        }
        _ => open_if_migrated(store, index, Access::Migrate).await,
    }
}

/// Says of a failure what was and was not committed; nothing of databases in which there was nothing to do.
fn told(
    store: &Store,
    indices: &[usize],
    done: &BTreeMap<usize, Migrated>,
    begun: &Begun,
    error: Error,
) -> Error {
    let is_changed = |index: &&usize| done.get(index).is_some_and(Migrated::is_changed);
    let committed: Vec<_> = indices.iter().filter(is_changed).collect();
    let rest = indices.iter().filter(|index| !done.contains_key(index));
    let begun: Vec<_> = indices.iter().filter(|index| begun.has(**index)).collect();
    if committed.is_empty() && begun.is_empty() && error.exit() != Exit::Database {
        return error;
    }
    let aliases = |indices: Vec<&usize>| -> Vec<&str> {
        let aliases = indices.into_iter().map(|index| store.alias(*index));
        aliases.collect()
    };
    let error = error.partly(
        &aliases(committed),
        &aliases(begun),
        &aliases(rest.collect()),
    );
    match error.exit() {
        Exit::Database => error,
        _ => Error {
            kind: ErrorKind::Database,
            ..error
        },
    }
}

impl<'a> Removing<'a> {
    async fn under_turns(
        mut self,
        connections: &'a [(Connection, usize, bool)],
        mismatch_ok: bool,
        stop: &Stop,
        done: &Done,
    ) -> Result<(), Error> {
        let removed = async {
            for (connection, index, is_chosen) in connections {
                let turn = Turn::take(connection, &self.store.config, stop).await?;
                self.open.push(Open {
                    index: *index,
                    connection,
                    turn,
                    is_chosen: *is_chosen,
                });
            }
            self.guard(mismatch_ok).await?;
            let removed = self.remove().await?;
            for one in &self.open {
                one.connection.still_there()?;
            }
            stop.heed()?;
            Ok(removed)
        };
        match removed.await {
            Ok(removed) => self.keep(removed, done).await,
            Err(error) => {
                self.abandon().await;
                Err(error)
            }
        }
    }

    /// What can be refused before anything is removed is refused now.
    async fn guard(&self, mismatch_ok: bool) -> Result<(), Error> {
        for one in self.open.iter().rev().filter(|one| one.is_chosen) {
            guard(self.store, one.connection, one.turn.db(), mismatch_ok).await?;
            let may_write = ledger::touch(one.turn.db()).await;
            may_write.map_err(one.connection.error("remove rows from"))?;
            self.drops_all(one.index)?;
            self.nobody_refers(one.index, true, |other| !other.is_chosen)
                .await?;
        }
        Ok(())
    }

    /// Refuses to drop all tables where some are in a schema that would be left out.
    fn drops_all(&self, index: usize) -> Result<(), Error> {
        let database = self.store.database(index);
        if self.removal != Removal::Fresh || database.migrations().is_none() {
            return Ok(());
        }
        let mut tables = database.datasets().iter().map(|dataset| dataset.table());
        match tables.find(|table| table.schema.is_some()) {
            None => Ok(()),
            Some(table) => {
                let alias = database.alias();
                Err(Error::guard(
                    alias,
                    format!(
                        "the table `{table}` of the database `{alias}` is in a schema of its own, which `fresh` does \
                         not empty; nothing was removed; revert the migrations by `seedbed migrate down`"
                    ),
                ))
            }
        }
    }

    /// Removes rows in all transactions that can be taken back, what refers to others first.
    async fn remove(&self) -> Result<BTreeMap<usize, Removed>, Error> {
        let mut removed = BTreeMap::new();
        for one in self.open.iter().rev().filter(|one| one.is_chosen) {
            let mut loses_rows = true;
            if !one.loses_at_once() {
                let of_one = self.remove_from(one).await?;
                loses_rows = of_one.loses_rows;
                removed.insert(one.index, of_one);
            }
            // What loses its rows at once still has them, and is looked at when it has not.
            self.nobody_refers(one.index, loses_rows, |other| !other.loses_at_once())
                .await?;
        }
        Ok(removed)
    }

    async fn remove_from(&self, one: &Open<'_>) -> Result<Removed, Error> {
        let before = rows(self.store, one).await?;
        let migrated = self.remove_tables(one).await?;
        Ok(Removed {
            migrated,
            loses_rows: rows(self.store, one).await? < before,
        })
    }

    async fn remove_tables(&self, one: &Open<'_>) -> Result<Migrated, Error> {
        let Open {
            index,
            connection,
            turn,
            ..
        } = one;
        let started = Utc::now();
        let db = turn.db();
        let database = self.store.database(*index);
        let now = pending(connection, db, database).await?;
        let mut migrated = Migrated::of(self.store, *index);
        if self.removal == Removal::Fresh {
            begins_well(connection, db, &migrated, &now).await?;
        }
        let is_nothing = now.len() == migrated.applied.len() && !self.begun.has(*index);
        if self.removal != Removal::Fresh && is_nothing {
            return Ok(Migrated::nothing_of(self.store, *index));
        }
        let before = match one.loses_at_once() {
            true => self.begun.begin(*index, &now),
            false => now.clone(),
        };
        let removed = async {
            let engine = connection.url().engine();
            engine.before_tables(db).await?;
            match (database.migrations(), self.removal) {
                (None, _) => {}
                (Some(migrations), Removal::Down(steps)) => {
                    // An attempt before may have come that far.
                    let gone = now.iter().filter(|name| !before.contains(name)).count();
                    let gone = u32::try_from(gone).unwrap_or(u32::MAX);
                    migrations.down(db, steps.saturating_sub(gone)).await?;
                }
                (Some(migrations), Removal::Fresh) => {
                    engine.before_dropping(db).await?;
                    migrations.fresh(db).await?;
                }
            }
            ledger::install(db).await
        };
        removed
            .await
            .map_err(connection.error("remove rows from"))?;
        record(self.store, connection, db, self.run, started).await?;
        let after = pending(connection, db, database).await?;
        migrated.applied.retain(|name| !after.contains(name));
        match self.removal {
            Removal::Down(_) => {
                let reverted = after.iter().filter(|name| !before.contains(name));
                migrated.newly_reverted = reverted.cloned().collect();
            }
            Removal::Fresh => migrated.newly_applied.clone_from(&migrated.applied),
        }
        migrated.pending = after;
        Ok(migrated)
    }

    /// Commits what refers to others first; where rows go at once, this is when they go. The turns of
    /// databases that lose nothing are given up last.
    async fn keep(
        mut self,
        mut removed: BTreeMap<usize, Removed>,
        done: &Done,
    ) -> Result<(), Error> {
        let mut kept = Ok(());
        for position in (0..self.open.len()).rev() {
            if !self.open[position].is_chosen {
                continue;
            }
            kept = self.keep_one(position, &mut removed, done).await;
            if kept.is_err() {
                break;
            }
        }
        self.abandon().await;
        kept
    }

    async fn keep_one(
        &mut self,
        position: usize,
        removed: &mut BTreeMap<usize, Removed>,
        done: &Done,
    ) -> Result<(), Error> {
        let one = &self.open[position];
        let index = one.index;
        let of_one = match removed.remove(&index) {
            Some(of_one) => of_one,
            None => self.remove_from(one).await?,
        };
        if !of_one.migrated.is_changed() {
            lock(done).insert(index, of_one.migrated);
            return Ok(());
        }
        let refers = match one.loses_at_once() {
            true => self.refers_no_more(index, removed).await,
            false => Ok(()),
        };
        let one = self.open.remove(position);
        commit(self.store, one.connection, one.turn, self.run).await?;
        lock(done).insert(index, of_one.migrated);
        refers
    }

    /// Looks whether a database that lost its rows at once has lost all that refer to what is next.
    async fn refers_no_more(
        &self,
        index: usize,
        removed: &BTreeMap<usize, Removed>,
    ) -> Result<(), Error> {
        for other in self.open.iter().filter(|other| other.is_chosen) {
            let loses_rows = removed.get(&other.index).is_none_or(|it| it.loses_rows);
            self.nobody_refers(other.index, loses_rows, |from| from.index == index)
                .await?;
        }
        Ok(())
    }

    async fn abandon(self) {
        for one in self.open {
            one.turn.abandon(one.connection).await;
        }
    }

    /// Refuses to take rows away from under others: looks into every database that refers to this one, in
    /// its open transaction. Those that are worked on as well only matter if rows are lost.
    async fn nobody_refers(
        &self,
        index: usize,
        loses_rows: bool,
        among: impl Fn(&Open<'_>) -> bool,
    ) -> Result<(), Error> {
        let store = self.store;
        if store.database(index).migrations().is_none() {
            // Nothing is removed from tables that others make.
            return Ok(());
        }
        for other in self.open.iter().filter(|other| among(other)) {
            let refers = store.arrangement.refers_to[other.index].contains(&index);
            if !refers || other.is_chosen && !loses_rows {
                continue;
            }
            let rows = rows_referring(store, index, other).await?;
            if rows > 0 {
                let (alias, other_alias) = (store.alias(index), store.alias(other.index));
                let rows = match rows {
                    1 => "1 row that refers".to_owned(),
                    many => format!("{many} rows that refer"),
                };
                let advice = match (other.is_chosen, other.loses_at_once()) {
                    (true, true) => "what they refer to was not removed; remove them first",
                    (true, false) => {
                        "nothing was removed; this would not remove them; remove them first"
                    }
                    (false, _) => {
                        "nothing was removed; remove those with it: leave `--database` away"
                    }
                };
                return Err(Error::guard(
                    alias,
                    format!("the database `{other_alias}` holds {rows} into `{alias}`; {advice}"),
                ));
            }
        }
        Ok(())
    }
}

/// The rows of all datasets of a database.
async fn rows(store: &Store, open: &Open<'_>) -> Result<u64, Error> {
    count(store, open, |_| true).await
}

/// The rows of datasets that refer into the database `into`.
async fn rows_referring(store: &Store, into: usize, from: &Open<'_>) -> Result<u64, Error> {
    let targets = store.database(into).datasets();
    let refers = |dataset: &dyn Dataset| {
        let references = dataset.references();
        let is_target = |(_, target): &(&str, &str)| targets.iter().any(|d| d.name() == *target);
        references.iter().any(is_target)
    };
    count(store, from, refers).await
}

async fn count(
    store: &Store,
    open: &Open<'_>,
    counts: impl Fn(&dyn Dataset) -> bool,
) -> Result<u64, Error> {
    let db = open.turn.db();
    let counted = async {
        let mut rows = 0;
        for dataset in store.database(open.index).datasets() {
            if counts(&**dataset) && dataset.table().is_there(db).await? {
                rows += dataset.count(db).await?;
            }
        }
        Ok::<_, DbErr>(rows)
    };
    counted.await.map_err(open.connection.error("look at"))
}
