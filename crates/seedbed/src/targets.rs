use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

use tokio::runtime::Handle;
use tokio::sync::OnceCell;

use crate::connection::Connection;
use crate::dataset::Dataset;
use crate::key::{Key, KeySet};
use crate::load_error::LoadError;
use crate::verdict::Verdict;

/// The datasets of a registry as others refer to them, by name.
pub(crate) type Targets = BTreeMap<String, Target>;

/// How a reference stands.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Standing {
    /// The row it names is there after the run.
    Good,
    /// No such row.
    Missing,
    /// The row it names was read and rejected, and no earlier version of it is there.
    Rejected,
    /// Its dataset could not be read, so nobody knows.
    Unknown,
}

/// A dataset that others refer to: its rows of this run, once they are judged, and those stored.
pub(crate) struct Target {
    dataset: Arc<dyn Dataset>,
    /// Set when judging is over; `None` in it where the run has no verdict on the dataset.
    verdict: OnceLock<Option<Arc<Verdict>>>,
    /// Where its table is; `None` for a check without databases.
    database: Option<Arc<Connection>>,
    /// Most references are to rows of the same run, so the stored keys are fetched when the first one
    /// is not.
    stored: OnceCell<KeySet>,
}

/// See [`Target::give_up_at_end`].
pub(crate) struct GivingUp<'a>(&'a Target);

impl Drop for GivingUp<'_> {
    fn drop(&mut self) {
        self.0.give_up();
    }
}

impl Target {
    /// A dataset whose rows are to be judged in this run.
    pub fn loaded(dataset: Arc<dyn Dataset>, database: Option<Arc<Connection>>) -> Self {
        Self {
            dataset,
            verdict: OnceLock::new(),
            database,
            stored: OnceCell::new(),
        }
    }

    /// A dataset that the run leaves as it is.
    pub fn not_loaded(dataset: Arc<dyn Dataset>, database: Option<Arc<Connection>>) -> Self {
        let target = Self::loaded(dataset, database);
        target.give_up();
        target
    }

    /// Lets those who wait for the dataset's key set go on.
    pub fn announce(&self, verdict: Arc<Verdict>) {
        self.verdict.get_or_init(|| Some(verdict));
    }

    /// Lets them go on without one, unless there is one already.
    fn give_up(&self) {
        self.verdict.get_or_init(|| None);
    }

    /// Gives up when the returned value goes away.
    pub fn give_up_at_end(&self) -> GivingUp<'_> {
        GivingUp(self)
    }

    /// How a reference to `key` stands. Blocks until the dataset is judged, so it is for the threads
    /// that judge and not for async code.
    pub fn standing(&self, key: &Key) -> Result<Standing, LoadError> {
        let verdict = self.verdict.wait();
        if let Some(verdict) = verdict {
            if verdict.unreadable {
                return Ok(Standing::Unknown);
            }
            if verdict.keys.contains(key) {
                return Ok(Standing::Good);
            }
        }
        if self.is_stored(key)? {
            return Ok(Standing::Good);
        }
        match verdict {
            Some(verdict) if verdict.rejected_keys.contains(key) => Ok(Standing::Rejected),
            _ => Ok(Standing::Missing),
        }
    }

    fn is_stored(&self, key: &Key) -> Result<bool, LoadError> {
        let Some(database) = &self.database else {
            return Ok(false);
        };
        if let Some(stored) = self.stored.get() {
            return Ok(stored.contains(key));
        }
        let fetch = self.stored.get_or_try_init(|| async {
            let db = database.db();
            self.dataset.keys(db).await
        });
        // The connection is heard by the runtime's own thread, which waits for this one.
        let stored = Handle::current().block_on(fetch);
        let failed = |error| LoadError::Elsewhere(database.error("look at")(error));
        Ok(stored.map_err(failed)?.contains(key))
    }
}
