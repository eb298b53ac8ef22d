use sea_orm::{EntityTrait, IdenStatic};
use tokio::sync::mpsc;

use crate::fail_point;
use crate::load_error::LoadError;
use crate::rules::FixtureEntity;
use crate::table::{Rows, columns};
use crate::verdict::Holder;

/// Rows that go to the database together. More gain nothing, and hold up whoever waits for the next look
/// at the stop value.
const ROWS: usize = 1_000;

/// Values in one statement that every engine takes: SQLite's limit, the lowest.
const VALUES: usize = 32_766;

/// Batches that may wait for the database before the reading of fixtures pauses. Who waits for a key set
/// waits for reading alone as long as there is room.
const AHEAD: usize = 32;

/// What a writer is sent, in the order in which it is to be done.
#[derive(Debug)]
pub(crate) enum Step {
    /// Accepted rows.
    Rows(Rows),
    /// Everything before this is to be in the table before anything behind it.
    Settle,
    /// Stored rows of which another takes over a unique value, and how many columns from the left that is.
    Release { column: usize, holders: Vec<Holder> },
}

/// The way from judging to writing: how the one thread hands rows to the other.
pub(crate) fn channel() -> (Sender, mpsc::Receiver<Step>) {
    let (_, ahead) = fail_point::batches(ROWS, AHEAD);
    mpsc::channel(ahead)
}

/// The judging end of the way.
pub(crate) type Sender = mpsc::Sender<Step>;

/// Where rows go as they are judged.
#[derive(Clone, Copy)]
pub(crate) struct Onward<'a> {
    pub sender: &'a Sender,
    /// Others wait for the keys. Reading is several times as fast as writing, so they are gathered first, and
    /// what the writer is not ready to take is sent on in a second reading.
    pub is_awaited: bool,
}

/// Gathers accepted rows and sends them on. Blocks while too many wait to be written.
pub(crate) struct Outlet<'a, E: EntityTrait> {
    onward: Onward<'a>,
    columns: Vec<E::Column>,
    rows: Rows,
    batch: usize,
}

impl<'a, E: FixtureEntity> Outlet<'a, E> {
    /// An outlet into the way to the writer.
    pub fn new(onward: Onward<'a>) -> Self {
        let columns = columns::<E>();
        let (rows, _) = fail_point::batches(ROWS, AHEAD);
        let batch = rows.min(VALUES / columns.len());
        Self {
            onward,
            rows: Rows::with_capacity(batch, columns.len()),
            columns,
            batch,
        }
    }

    /// Whether another row would make others wait for the writer.
    pub fn is_behind(&self) -> bool {
        self.onward.is_awaited && self.rows.count == 0 && self.onward.sender.capacity() == 0
    }

    /// Sends a row, sooner or later.
    ///
    /// # Errors
    /// When nobody writes any more.
    pub fn push(&mut self, row: E::Model) -> Result<(), LoadError> {
        self.rows.push::<E>(row, &self.columns);
        if self.rows.count == self.batch {
            self.flush()?;
        }
        Ok(())
    }

    /// Sends what was gathered.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn flush(&mut self) -> Result<(), LoadError> {
        if self.rows.count == 0 {
            return Ok(());
        }
        let next = Rows::with_capacity(self.batch, self.columns.len());
        let rows = std::mem::replace(&mut self.rows, next);
        send(self.onward.sender, Step::Rows(rows))
    }

    /// Has all rows written that were pushed earlier before those that are pushed later.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn settle(&mut self) -> Result<(), LoadError> {
        self.flush()?;
        send(self.onward.sender, Step::Settle)
    }

    /// Has stored rows lose a unique value, before any row that is pushed later.
    ///
    /// # Errors
    /// As [`push`](Self::push).
    pub fn release(&mut self, column: E::Column, holders: &[Holder]) -> Result<(), LoadError> {
        self.flush()?;
        let is_column = |other: &E::Column| other.as_str() == column.as_str();
        let column = self.columns.iter().position(is_column);
        let column = column.expect("a rule's column is one of the table's");
        holders.chunks(self.batch).try_for_each(|holders| {
            let holders = holders.to_vec();
            send(self.onward.sender, Step::Release { column, holders })
        })
    }
}

fn send(sender: &Sender, step: Step) -> Result<(), LoadError> {
    sender.blocking_send(step).map_err(|_| LoadError::Stopped)
}
