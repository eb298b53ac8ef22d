use std::path::Path;
use std::sync::Arc;

use sea_orm::DbErr;

use crate::error::Error;

/// Why a load did not get through.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LoadError {
    /// A fixture could not be read from where it lies.
    #[error("failed to read {}: {source}", file.display())]
    Read {
        file: Arc<Path>,
        source: std::io::Error,
    },
    /// A later reading of the fixtures found other bytes than the first.
    #[error("a fixture of `{0}` changed while it was read; run the command again")]
    Changed(String),
    /// The table could not be asked or written.
    #[error(transparent)]
    Database(#[from] DbErr),
    /// A database that the dataset refers to could not be asked.
    #[error(transparent)]
    Elsewhere(Error),
    /// A unique value would have to move between rows, and nothing can stand in for it meanwhile.
    #[error(
        "the values of `{dataset}.{field}` cannot be exchanged between rows, as there is no other value that \
         could stand in for one meanwhile; nothing was written; give one of them up in a run before this one"
    )]
    Unmovable {
        dataset: String,
        field: &'static str,
    },
    /// Two values have one digest, so a row may have been rejected that should not be. The next process draws others.
    #[error(
        "two different values of `{dataset}.{field}` have the same digest, by a chance of less than one in a million, \
         so a row may have been rejected for no reason; run the command again, which draws other digests"
    )]
    Collided {
        dataset: String,
        field: &'static str,
    },
    /// Counts that do not add up: a defect of this program, found before anything was committed.
    #[error("the counts of `{0}` do not add up; this is a defect of seedbed")]
    Miscounted(String),
    /// A rule of the store panicked.
    #[error("a rule of `{0}` panicked; this is a defect of the store's rules")]
    Panicked(String),
    /// The run ended before the load did.
    #[error("the run was stopped")]
    Stopped,
}
