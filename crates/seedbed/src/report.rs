use std::process::ExitCode;

use serde::Serialize;

use crate::error::Error;
use crate::problems::Problems;

/// How a command over fixtures ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Outcome {
    /// Something was written.
    Seeded,
    /// Nothing needed writing.
    Unchanged,
    /// Fixtures were checked without a database.
    Checked,
    /// Everything but the commits was done.
    DryRun,
    /// Strictness, a guard or an unreadable fixture stopped the run before it wrote.
    Refused,
    /// A database could not be reached or written.
    Failed,
    /// A signal came before the first commit.
    Interrupted,
}

/// What became of the rows of one dataset. Counts are rows.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatasetReport {
    /// The dataset's name.
    pub name: String,
    /// The alias of its database.
    pub database: String,
    /// Rows read from its fixtures.
    pub read: u64,
    /// Rows that broke no rule.
    pub accepted: u64,
    /// Rows that broke one.
    pub rejected: u64,
    /// Accepted rows that were new; `None` where no database was asked.
    pub inserted: Option<u64>,
    /// Accepted rows that replaced another version of themselves.
    pub updated: Option<u64>,
    /// Accepted rows that were there already.
    pub unchanged: Option<u64>,
    /// When its load reached each stage.
    pub timeline_ms: LoadTimeline,
}

/// Milliseconds since the run began; `None` for a stage that was not reached.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct LoadTimeline {
    /// Its first fixture was opened.
    pub started: Option<f64>,
    /// Its key set was complete.
    pub keys_ready: Option<f64>,
    /// Its last row was in the open transaction.
    pub written: Option<f64>,
}

/// What became of one database.
#[derive(Clone, Debug, Default, Serialize)]
pub struct DatabaseReport {
    /// The database's alias.
    pub name: String,
    /// `sqlite`, `postgres` or `mysql`.
    pub engine: &'static str,
    /// Whether its transaction was committed; `None` if the reply was lost and the ledger could not be asked.
    pub committed: Option<bool>,
    /// When its transaction reached each stage.
    pub timeline_ms: DatabaseTimeline,
}

/// Milliseconds since the run began; `None` for a stage that was not reached.
#[derive(Clone, Copy, Debug, Default, Serialize)]
pub struct DatabaseTimeline {
    /// Its turn was taken.
    pub began: Option<f64>,
    /// All its loads were through.
    pub at_barrier: Option<f64>,
    /// Its transaction was committed.
    pub committed: Option<f64>,
}

/// Why a command ended with exit code 2 or 3.
#[derive(Clone, Debug, Serialize)]
pub struct Failure {
    /// The alias of the database it is about, where it is about one.
    pub database: Option<String>,
    /// What happened, what was and was not written, what to do next.
    pub message: String,
}

/// What a command over fixtures has to say; printed as text or JSON.
#[derive(Clone, Debug)]
pub struct Report {
    /// How it ended.
    pub outcome: Outcome,
    /// The exit code that goes with it.
    pub exit: Exit,
    /// In reference order.
    pub datasets: Vec<DatasetReport>,
    /// In commit order.
    pub databases: Vec<DatabaseReport>,
    /// What was wrong with the rows.
    pub problems: Problems,
    /// Set when the exit code is 2 or 3.
    pub error: Option<Failure>,
    /// Milliseconds from start to end.
    pub elapsed_ms: f64,
}

impl Report {
    /// The report of a command that never came to its fixtures.
    pub(crate) fn failed(error: Error) -> Self {
        Self {
            outcome: error.outcome(),
            exit: error.exit(),
            datasets: Vec::new(),
            databases: Vec::new(),
            problems: Problems::default(),
            error: error.failure(),
            elapsed_ms: 0.0,
        }
    }
}

/// The exit codes of the command line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Exit {
    /// Done; rows may have been rejected.
    Done = 0,
    /// Errors in the fixtures stopped it.
    Found = 1,
    /// Usage, configuration, a guard, or fixtures and tables that are not there.
    Usage = 2,
    /// A database could not be reached, migrated or written.
    Database = 3,
    /// A signal came before the first commit.
    Interrupted = 130,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(exit as u8)
    }
}
