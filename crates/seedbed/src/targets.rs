use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::runtime::Handle;
use tokio::sync::{OnceCell, watch};

use crate::connection::Connection;
use crate::dataset::Dataset;
use crate::key::{Key, KeySet};
use crate::load_error::LoadError;
use crate::verdict::Verdict;

/// What became of the dataset a reference points into.
#[derive(Clone)]
enum Judged {
    NotYet,
    /// It is not loaded in this run.
    NotLoaded,
    Done(Arc<Verdict>),
}

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

/// A dataset that others refer to: its rows of this run as soon as they are judged, and those stored.
pub(crate) struct Target {
    dataset: Arc<dyn Dataset>,
    judged: watch::Sender<Judged>,
    /// Where its table is; `None` for a check without databases.
    database: Option<Arc<Connection>>,
    stored: OnceCell<KeySet>,
}

impl Target {
    /// A target whose rows are to be judged in this run, or not.
    pub fn new(dataset: Arc<dyn Dataset>, database: Option<Arc<Connection>>, loaded: bool) -> Self {
        let judged = if loaded {
            Judged::NotYet
        } else {
            Judged::NotLoaded
        };
        Self {
            dataset,
            judged: watch::Sender::new(judged),
            database,
            stored: OnceCell::new(),
        }
    }

    /// Lets those who wait for the dataset's key set go on.
    pub fn announce(&self, verdict: Arc<Verdict>) {
        self.judged.send_replace(Judged::Done(verdict));
    }

    /// Lets them go on although the dataset's load failed before it was judged.
    pub fn give_up(&self) {
        self.judged.send_if_modified(|judged| {
            let waiting = matches!(judged, Judged::NotYet);
            if waiting {
                *judged = Judged::NotLoaded;
            }
            waiting
        });
    }

    /// How a reference to `key` stands. Blocks until the dataset is judged, so it is for the threads
    /// that judge and not for async code.
    pub fn standing(&self, key: &Key) -> Result<Standing, LoadError> {
        let verdict = self.wait();
        if let Some(verdict) = &verdict {
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

    fn wait(&self) -> Option<Arc<Verdict>> {
        let mut judged = self.judged.subscribe();
        let ready = judged.wait_for(|judged| !matches!(judged, Judged::NotYet));
        match Handle::current().block_on(ready).as_deref() {
            Ok(Judged::Done(verdict)) => Some(verdict.clone()),
            _ => None,
        }
    }

    /// Most references are to rows of the same run, so the stored keys are fetched when the first one is not.
    fn is_stored(&self, key: &Key) -> Result<bool, LoadError> {
        let Some(database) = &self.database else {
            return Ok(false);
        };
        let fetch = self.stored.get_or_try_init(|| async {
            let db = database.executor();
            self.dataset.keys(&db).await
        });
        Ok(Handle::current().block_on(fetch)?.contains(key))
    }
}

/// The datasets of a registry as targets, by name.
pub(crate) type Targets = BTreeMap<String, Target>;
