use std::collections::BTreeMap;
use std::mem;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::connection::Connections;
use crate::error::partly;
use crate::output::progress::Progress;
use crate::report::{DatabaseReport, DatasetReport, Exit, Failure, Outcome, Report};
use crate::retry::Retry;
use crate::run::{Options, Run};
use crate::stop::{Reason, Stop};
use crate::store::Store;

/// What earlier attempts of a run have established.
pub(crate) struct History {
    /// The run's name in the ledgers.
    pub id: Uuid,
    pub started: DateTime<Utc>,
    /// BLAKE3 of each dataset's fixtures as they were first read.
    pub digests: Arc<BTreeMap<String, [u8; 32]>>,
    /// What was done in databases that are committed.
    committed: BTreeMap<String, (DatabaseReport, Vec<DatasetReport>)>,
}

/// Runs until it is through, cannot be, or faults that pass have taken too long.
///
/// The unit that is tried again is the whole run: what depended on a key set has to be judged anew,
/// as another run may have had its turn in between. Databases that are committed by then are found
/// unchanged, and reported as they were when they were written.
///
/// The first attempt goes on with the connections of databases that were just `migrated`.
pub(crate) async fn run(
    store: &Arc<Store>,
    options: Options,
    mut migrated: Connections,
    progress: &Progress,
    signals: &Stop,
) -> Report {
    let mut history = History::default();
    let mut retry = Retry::new(store.config.retry_for);
    let mut last = None;
    loop {
        let stop = history.heeded(signals);
        let (options, migrated) = (options.clone(), mem::take(&mut migrated));
        let run = Run::open(store, options, &history, migrated, progress, &stop).await;
        let (mut report, fault) = match run {
            Ok(run) => run.attempt(&mut history).await,
            Err(error) => {
                let fault = error.fault(last.is_none());
                (Report::failed(error), fault)
            }
        };
        if report.datasets.is_empty() {
            report = report.after(last.take());
        }
        history.complete(&mut report);
        let stop = history.heeded(signals);
        match fault {
            Some(fault) if retry.pause(&fault, &stop).await => last = Some(report),
            Some(_) if stop.reason() == Some(Reason::Interrupted) => return report.interrupted(),
            _ => return history.told(report),
        }
    }
}

impl Default for History {
    fn default() -> Self {
        Self {
            id: Uuid::new_v4(),
            started: Utc::now(),
            digests: Arc::default(),
            committed: BTreeMap::new(),
        }
    }
}

impl History {
    /// The signals that still count: what has begun to commit is finished, whatever signal comes.
    fn heeded(&self, signals: &Stop) -> Stop {
        match self.committed.is_empty() {
            true => signals.for_attempt(),
            false => Stop::default(),
        }
    }

    /// Remembers what this attempt committed, and reports what earlier ones did.
    fn complete(&mut self, report: &mut Report) {
        for database in report
            .databases
            .iter()
            .filter(|database| database.committed == Some(true))
        {
            let of_database = |dataset: &&DatasetReport| dataset.database == database.name;
            let datasets = report
                .datasets
                .iter()
                .filter(of_database)
                .cloned()
                .collect();
            let entry = self.committed.entry(database.name.clone());
            entry.or_insert_with(|| (database.clone(), datasets));
        }
        for (name, (database, datasets)) in &self.committed {
            replace(&mut report.databases, database, |other| other.name == *name);
            for dataset in datasets {
                replace(&mut report.datasets, dataset, |other| {
                    other.name == dataset.name
                });
            }
        }
        let written = |dataset: &DatasetReport| dataset.inserted.max(dataset.updated) > Some(0);
        if report.outcome == Outcome::Unchanged && report.datasets.iter().any(written) {
            report.outcome = Outcome::Seeded;
        }
    }

    /// Says of a failure what was and was not committed by all attempts.
    fn told(&self, report: Report) -> Report {
        if report.exit == Exit::Done || self.committed.is_empty() && report.exit != Exit::Database {
            return report;
        }
        let failure = report.error.unwrap_or_else(|| Failure {
            database: None,
            message: "the rest was refused".to_owned(),
        });
        let aliases = |committed: Option<bool>| {
            let databases = report.databases.iter();
            databases
                .filter(|database| database.committed == committed)
                .map(|database| database.name.as_str())
                .collect::<Vec<_>>()
        };
        let is_nothing = report
            .databases
            .iter()
            .all(|database| database.committed == Some(false));
        let message = match is_nothing {
            true => format!("{}; nothing was written", failure.message),
            false => partly(
                &failure.message,
                &aliases(Some(true)),
                &aliases(None),
                &aliases(Some(false)),
            ),
        };
        Report {
            outcome: Outcome::Failed,
            exit: Exit::Database,
            error: Some(Failure { message, ..failure }),
            ..report
        }
    }
}

impl Report {
    /// This failure, with what there is to say of the attempt before it.
    fn after(self, last: Option<Self>) -> Self {
        match last {
            None => self,
            Some(last) => Self {
                outcome: self.outcome,
                exit: self.exit,
                error: self.error,
                ..last
            },
        }
    }

    fn interrupted(self) -> Self {
        Self {
            outcome: Outcome::Interrupted,
            exit: Exit::Interrupted,
            error: None,
            ..self
        }
    }
}

fn replace<T: Clone>(among: &mut [T], by: &T, is_same: impl Fn(&T) -> bool) {
    if let Some(place) = among.iter_mut().find(|other| is_same(other)) {
        place.clone_from(by);
    }
}
