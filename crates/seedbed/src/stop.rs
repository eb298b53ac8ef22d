use std::sync::Arc;
use std::sync::atomic::{AtomicU8, Ordering};

use crate::error::Error;

/// Why the loads of a run are to end early, strongest last.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub(crate) enum Reason {
    /// Nothing may be written, but all rows are still judged and counted.
    Refused = 1,
    /// Another load failed.
    Failed = 2,
    /// A signal came.
    Interrupted = 3,
}

/// The value by which a load learns that the run is over for it. Loads look at it between batches:
/// a database future that is dropped half-way may leave its transaction open.
#[derive(Clone, Debug, Default)]
pub(crate) struct Stop {
    told: Arc<AtomicU8>,
    /// What signals tell, attempt after attempt.
    signals: Arc<AtomicU8>,
}

impl Stop {
    /// A value of which only signals have told yet.
    pub fn for_attempt(&self) -> Self {
        Self {
            told: Arc::default(),
            signals: self.signals.clone(),
        }
    }

    /// Tells all attempts that a signal came.
    pub fn interrupt(&self) {
        self.signals
            .store(Reason::Interrupted as u8, Ordering::Relaxed);
    }

    /// Tells every load. A stronger reason replaces a weaker one.
    pub fn tell(&self, reason: Reason) {
        self.told.fetch_max(reason as u8, Ordering::Relaxed);
    }

    /// The strongest reason told.
    pub fn reason(&self) -> Option<Reason> {
        let told = self.told.load(Ordering::Relaxed);
        match told.max(self.signals.load(Ordering::Relaxed)) {
            0 => None,
            1 => Some(Reason::Refused),
            2 => Some(Reason::Failed),
            _ => Some(Reason::Interrupted),
        }
    }

    /// Fails if a signal came.
    pub fn heed(&self) -> Result<(), Error> {
        match self.reason() {
            Some(Reason::Interrupted) => Err(Error::interrupted()),
            _ => Ok(()),
        }
    }

    /// Whether there is no use in going on. A refused run goes on, to find all problems and count all rows.
    pub fn is_told(&self) -> bool {
        self.reason() >= Some(Reason::Failed)
    }
}
