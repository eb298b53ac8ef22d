use std::iter::Sum;
use std::ops::AddAssign;
use std::sync::Arc;

use sea_orm::sea_query::{Alias, Expr, ExprTrait, Query};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr};
use tokio::sync::mpsc;

use crate::database_url::Engine;
use crate::engine::Loader;
use crate::load_error::LoadError;
use crate::outlet::Step;
use crate::stop::Stop;
use crate::table::Table;
use crate::verdict::Holder;

/// What a writer is told.
pub(crate) struct Write<'a> {
    /// The alias of the database.
    pub database: &'a str,
    pub engine: Engine,
    pub db: &'a DatabaseConnection,
    pub table: Arc<Table>,
    /// Whether the table was empty when the turn began.
    pub is_empty: bool,
    /// Rows whose key is stored are left as they are.
    pub keep: bool,
    /// Only counts what would be written.
    pub dry_run: bool,
    pub stop: Stop,
}

/// What became of the accepted rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
}

impl Counts {
    /// So many rows that were not there before.
    pub fn inserted(rows: usize) -> Self {
        Self {
            inserted: rows as u64,
            ..Self::default()
        }
    }

    /// What would become of so many rows, of which the keys of `stored` are stored and `equal` are stored
    /// as they are.
    ///
    /// # Errors
    /// When that cannot be.
    pub fn compared(rows: usize, stored: i64, equal: i64, keep: bool) -> Result<Self, DbErr> {
        let (stored, equal) = (stored.unsigned_abs(), equal.unsigned_abs());
        let unchanged = if keep { stored } else { equal };
        let counts = || {
            Some(Self {
                inserted: (rows as u64).checked_sub(stored)?,
                updated: stored.checked_sub(unchanged)?,
                unchanged,
            })
        };
        counts().ok_or_else(changed_meanwhile)
    }

    /// What became of so many rows, of which these were written.
    ///
    /// # Errors
    /// When that cannot be.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        allow(dead_code, reason = "servers alone merge rows so")
    )]
    pub fn merged(rows: u64, inserted: u64, updated: u64) -> Result<Self, DbErr> {
        let unchanged = rows.checked_sub(inserted + updated);
        Ok(Self {
            inserted,
            updated,
            unchanged: unchanged.ok_or_else(changed_meanwhile)?,
        })
    }

    /// Whether anything had to be written.
    pub fn changes(self) -> bool {
        self.inserted + self.updated > 0
    }

    /// All rows.
    pub fn total(self) -> u64 {
        self.inserted + self.updated + self.unchanged
    }
}

impl AddAssign for Counts {
    fn add_assign(&mut self, other: Self) {
        self.inserted += other.inserted;
        self.updated += other.updated;
        self.unchanged += other.unchanged;
    }
}

impl Sum for Counts {
    fn sum<I: Iterator<Item = Self>>(counts: I) -> Self {
        counts.fold(Self::default(), |mut sum, counts| {
            sum += counts;
            sum
        })
    }
}

/// The database took fewer rows than it was given, and said nothing.
#[cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, reason = "engines alone keep rows out")
)]
pub(crate) fn kept_out(given: u64, taken: u64) -> DbErr {
    DbErr::Custom(format!(
        "the database took {taken} of {given} rows; look for a trigger, a rule, a policy or a view \
         that keeps rows out or changes their keys"
    ))
}

fn changed_meanwhile() -> DbErr {
    let told =
        "another program changed the table's keys while rows were compared; run the command again";
    DbErr::Custom(told.to_owned())
}

/// Takes the accepted rows of a dataset, as they are judged, into its database's open transaction.
///
/// # Errors
/// When the database refuses, or the run was stopped.
pub(crate) async fn write(
    write: &Write<'_>,
    steps: mpsc::Receiver<Step>,
) -> Result<Counts, LoadError> {
    let mut loader = Loader::new(write);
    let written = take(write, &mut loader, steps).await;
    if let (Err(_), Err(_)) = (&written, loader.give_up().await) {
        tracing::debug!("failed to end the load into `{}`", write.database);
    }
    written
}

async fn take(
    write: &Write<'_>,
    loader: &mut Loader<'_>,
    mut steps: mpsc::Receiver<Step>,
) -> Result<Counts, LoadError> {
    let mut counts = Counts::default();
    while let Some(step) = steps.recv().await {
        if write.stop.is_told() {
            return Err(LoadError::Stopped);
        }
        // A run that is refused goes on to count what would have been written.
        let may_write = !write.dry_run && write.stop.reason().is_none();
        match step {
            Step::Rows(rows) if may_write => counts += loader.load(rows).await?,
            Step::Rows(rows) => counts += loader.count(rows).await?,
            Step::Settle => counts += loader.settle().await?,
            Step::Release { column, holders } if may_write => {
                counts += loader.settle().await?;
                release(write, column, holders).await?;
            }
            Step::Release { .. } => {}
        }
    }
    counts += loader.settle().await?;
    Ok(counts)
}

/// Puts stand-ins where unique values pass from one row to another, so that the rows can be written in
/// any order: the index looks at every statement, not at the state after the last.
async fn release(write: &Write<'_>, column: usize, holders: Vec<Holder>) -> Result<(), DbErr> {
    let table = &write.table;
    let column = &table.columns[column];
    for Holder { key, stand_in } in holders {
        let mut update = Query::update();
        match &table.schema {
            Some(schema) => update.table((Alias::new(schema), Alias::new(&table.name))),
            None => update.table(Alias::new(&table.name)),
        };
        let stand_in = stand_in.map_or_else(|| Expr::cust("NULL"), Expr::value);
        update
            .value(Alias::new(column.name), stand_in)
            .and_where(Expr::col(Alias::new(table.key().name)).eq(key.to_value()));
        write.db.execute(&update).await?;
    }
    Ok(())
}
