use std::collections::HashMap;
use std::iter::Sum;
use std::sync::Arc;

use sea_orm::sea_query::{Expr, OnConflict};
use sea_orm::{
    ColumnTrait, ColumnType, DatabaseExecutor, EntityTrait, IntoActiveModel, Iterable, ModelTrait,
    QueryFilter, Value,
};
use tokio::sync::mpsc;
use uuid::Uuid;

use crate::decimals::Decimals;
use crate::fail_point;
use crate::fixtures::Fixture;
use crate::key::Key;
use crate::load_error::LoadError;
use crate::output::progress::LoadProgress;
use crate::reading::{FixtureRow, Reading};
use crate::rules::{FixtureEntity, Rules, key_column, key_of, name_of};
use crate::stop::Stop;
use crate::stored::Stored;
use crate::verdict::Verdict;

/// Rows in one statement. Larger statements gain little and hold up whoever waits for the next look
/// at the stop value.
const BATCH: usize = 500;

/// Values in one statement that every engine takes: SQLite's limit, the lowest.
const VALUES: usize = 32_766;

/// Batches that may wait for the database before the reading of fixtures pauses.
const BATCHES_AHEAD: usize = 4;

/// What a writer is told.
pub(crate) struct Write<'a> {
    /// The alias of the database.
    pub database: &'a str,
    pub db: &'a DatabaseExecutor<'a>,
    pub fixtures: Arc<[Fixture]>,
    pub verdict: Arc<Verdict>,
    pub stored: Arc<Stored>,
    /// Rows whose key is stored are left as they are.
    pub keep: bool,
    /// Only counts what would be written.
    pub dry_run: bool,
    pub stop: Stop,
    pub progress: LoadProgress,
}

/// What became of the accepted rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
}

impl Counts {
    /// Whether anything had to be written.
    pub fn changes(self) -> bool {
        self.inserted + self.updated > 0
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |sum, counts| Self {
            inserted: sum.inserted + counts.inserted,
            updated: sum.updated + counts.updated,
            unchanged: sum.unchanged + counts.unchanged,
        })
    }
}

/// Writes the accepted rows of a dataset into its database's open transaction.
pub(crate) struct Writer<'a, E: EntityTrait> {
    dataset: &'a str,
    rules: &'a Rules<E>,
    write: Write<'a>,
    decimals: Decimals<E>,
    counts: Counts,
}

impl<'a, E: FixtureEntity> Writer<'a, E> {
    /// A writer that has written nothing yet.
    pub fn new(dataset: &'a str, rules: &'a Rules<E>, write: Write<'a>) -> Self {
        Self {
            dataset,
            rules,
            write,
            decimals: Decimals::new(),
            counts: Counts::default(),
        }
    }

    /// Reads the fixtures once more and writes their accepted rows, batch by batch.
    ///
    /// # Errors
    /// When the database refuses, a fixture changed since it was judged, or the run was stopped.
    pub async fn run(mut self) -> Result<Counts, LoadError> {
        self.make_way().await?;
        let (sender, mut batches) = mpsc::channel(BATCHES_AHEAD);
        let source = self.source();
        let reading = tokio::task::spawn_blocking(move || source.send::<E>(&sender));
        let mut outcome = Ok(());
        while let Some(rows) = batches.recv().await {
            outcome = self.batch(rows).await;
            if outcome.is_err() {
                break;
            }
        }
        drop(batches);
        let panicked = |_| LoadError::Panicked(self.dataset.to_owned());
        let read = reading.await.map_err(panicked)?;
        outcome?;
        if read? != self.write.verdict.digest {
            return Err(LoadError::Changed(self.dataset.to_owned()));
        }
        self.add_up()
    }

    fn source(&self) -> Source {
        Source {
            fixtures: self.write.fixtures.clone(),
            verdict: self.write.verdict.clone(),
            stop: self.write.stop.clone(),
            progress: self.write.progress.clone(),
            batch: BATCH.min(VALUES / E::Column::iter().count()),
        }
    }

    /// Puts a stand-in where a unique value passes from one row to another, so that the rows can be
    /// written in any order: the index looks at every statement, not at the state after the last.
    async fn make_way(&self) -> Result<(), LoadError> {
        if !self.may_write() {
            return Ok(());
        }
        for (unique, holders) in self.rules.unique.iter().zip(&self.write.verdict.giving_up) {
            for (number, holder) in holders.iter().enumerate() {
                let stand_in =
                    stand_in(unique.column, number).ok_or_else(|| LoadError::Unmovable {
                        dataset: self.dataset.to_owned(),
                        field: name_of::<E>(unique.column),
                    })?;
                E::update_many()
                    .col_expr(unique.column, stand_in)
                    .filter(key_column::<E>().eq(value_of(holder)))
                    .exec(self.write.db)
                    .await?;
            }
        }
        Ok(())
    }

    /// A run that is refused goes on to count what would have been written.
    fn may_write(&self) -> bool {
        !self.write.dry_run && self.write.stop.reason().is_none()
    }

    async fn batch(&mut self, rows: Vec<E::Model>) -> Result<(), LoadError> {
        if self.write.stop.is_told() {
            return Err(LoadError::Stopped);
        }
        let mut stored = self.stored(&rows).await?;
        let mut changed = Vec::with_capacity(rows.len());
        for row in rows {
            match key_of::<E>(&row).and_then(|key| stored.remove(&key)) {
                None => self.counts.inserted += 1,
                Some(old) if self.write.keep || old == row => {
                    self.counts.unchanged += 1;
                    continue;
                }
                Some(_) => self.counts.updated += 1,
            }
            changed.push(row);
        }
        if !changed.is_empty() && self.may_write() {
            fail_point::pass(self.write.database, "batch.before")?;
            self.upsert(changed).await?;
            fail_point::pass(self.write.database, "batch.after")?;
        }
        Ok(())
    }

    /// The stored versions of rows, by key.
    async fn stored(&self, rows: &[E::Model]) -> Result<HashMap<Key, E::Model>, LoadError> {
        if self.write.stored.rows == 0 {
            return Ok(HashMap::new());
        }
        let keys = rows.iter().map(|row| row.get(key_column::<E>()));
        let stored = E::find()
            .filter(key_column::<E>().is_in(keys))
            .all(self.write.db)
            .await?;
        let by_key = |mut row: E::Model| {
            self.decimals.round(&mut row);
            Some((key_of::<E>(&row)?, row))
        };
        Ok(stored.into_iter().filter_map(by_key).collect())
    }

    async fn upsert(&self, rows: Vec<E::Model>) -> Result<(), LoadError> {
        let key = key_column::<E>();
        let is_key = |column: &E::Column| name_of::<E>(*column) == name_of::<E>(key);
        let others: Vec<_> = E::Column::iter().filter(|c| !is_key(c)).collect();
        let mut conflict = OnConflict::column(key);
        if others.is_empty() {
            conflict.do_nothing();
        } else {
            conflict.update_columns(others);
        }
        E::insert_many(rows.into_iter().map(IntoActiveModel::into_active_model))
            .on_conflict(conflict)
            .exec_without_returning(self.write.db)
            .await?;
        Ok(())
    }

    /// Every accepted row was inserted, updated or found unchanged.
    fn add_up(self) -> Result<Counts, LoadError> {
        let Counts {
            inserted,
            updated,
            unchanged,
        } = self.counts;
        let verdict = &self.write.verdict;
        if verdict.read - verdict.rejected == inserted + updated + unchanged {
            Ok(self.counts)
        } else {
            Err(LoadError::Miscounted(self.dataset.to_owned()))
        }
    }
}

/// The second reading of the fixtures, on a thread of its own.
struct Source {
    fixtures: Arc<[Fixture]>,
    verdict: Arc<Verdict>,
    stop: Stop,
    progress: LoadProgress,
    batch: usize,
}

impl Source {
    /// Sends the accepted rows and returns the digest of what was read. Ends early when nobody receives.
    fn send<E: FixtureEntity>(
        &self,
        sender: &mpsc::Sender<Vec<E::Model>>,
    ) -> Result<[u8; 32], LoadError> {
        let reading = Reading {
            fixtures: &self.fixtures,
            stop: &self.stop,
            progress: &self.progress,
        };
        let mut rows = Vec::with_capacity(self.batch);
        let end = reading.each(|row: FixtureRow<'_>| {
            if self.verdict.rejected_rows.contains(row.ordinal) {
                return Ok(());
            }
            // A row that was accepted reads the same again, unless the file was changed meanwhile.
            rows.extend(row.raw.deserialize::<E::Model>().ok());
            if rows.len() == self.batch {
                let batch = std::mem::replace(&mut rows, Vec::with_capacity(self.batch));
                sender
                    .blocking_send(batch)
                    .map_err(|_| LoadError::Stopped)?;
            }
            Ok(())
        })?;
        if !rows.is_empty() {
            sender.blocking_send(rows).map_err(|_| LoadError::Stopped)?;
        }
        Ok(end.digest)
    }
}

/// A value that no row has, for a column of this type.
fn stand_in<C: ColumnTrait>(column: C, number: usize) -> Option<Expr> {
    let unique = Uuid::new_v4();
    let definition = column.def();
    let value = match definition.get_column_type() {
        ColumnType::Char(_) | ColumnType::String(_) | ColumnType::Text => {
            Value::from(format!("~{}", &unique.simple().to_string()[..16]))
        }
        ColumnType::Uuid => Value::from(unique),
        ColumnType::Integer => Value::from(i32::MIN + number as i32),
        ColumnType::BigInteger => Value::from(i64::MIN + number as i64),
        _ => return None,
    };
    Some(Expr::value(value))
}

fn value_of(key: &Key) -> Value {
    match key {
        Key::Integer(n) => i64::try_from(*n).map_or_else(|_| Value::from(*n as u64), Value::from),
        Key::Text(text) => Value::from(text.clone()),
        Key::Uuid(uuid) => Value::from(*uuid),
    }
}
