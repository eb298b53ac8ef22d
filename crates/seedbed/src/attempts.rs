use std::collections::BTreeMap;
use std::sync::Arc;

use chrono::{DateTime, Utc};
use uuid::Uuid;

use crate::output::progress::Progress;
use crate::report::{DatabaseReport, DatasetReport, Outcome, Report};
use crate::retry::Retry;
use crate::run::{Options, Run};
use crate::stop::Stop;
use crate::store::Store;

/// What earlier attempts of a run have established.
pub(crate) struct History {
    /// The run's name in the ledgers.
    pub id: Uuid,
    pub started: DateTime<Utc>,
    /// SHA-256 of each dataset's fixtures as they were first read.
    pub digests: Arc<BTreeMap<String, [u8; 32]>>,
    /// What was done in databases that are committed.
    committed: BTreeMap<String, (DatabaseReport, Vec<DatasetReport>)>,
}

/// Runs until it is through, cannot be, or faults that pass have taken too long.
///
/// The unit that is tried again is the whole run: what depended on a key set has to be judged anew,
/// as another run may have had its turn in between. Databases that are committed by then are found
/// unchanged, and reported as they were when they were written.
pub(crate) async fn run(
    store: &Arc<Store>,
    options: Options,
    progress: &Progress,
    signals: &Stop,
) -> Report {
    let mut history = History::default();
    let mut retry = Retry::new(store.config.retry_for);
    loop {
        let stop = match history.committed.is_empty() {
            true => signals.for_attempt(),
            // What has begun to commit is finished, whatever signal comes.
            false => Stop::default(),
        };
        let run = Run::open(store, options.clone(), &history, progress, &stop).await;
        let (mut report, fault) = match run {
            Ok(run) => run.attempt(&mut history).await,
            Err(error) => {
                let fault = error.fault();
                (Report::failed(error), fault)
            }
        };
        history.complete(&mut report);
        match fault {
            Some(fault) if retry.pause(&fault, &stop).await => {}
            _ => return report,
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
    /// Remembers what this attempt committed, and reports what earlier ones did.
    fn complete(&mut self, report: &mut Report) {
        for database in report
            .databases
            .iter()
            .filter(|database| database.committed)
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
}

fn replace<T: Clone>(among: &mut [T], by: &T, is_same: impl Fn(&T) -> bool) {
    if let Some(place) = among.iter_mut().find(|other| is_same(other)) {
        place.clone_from(by);
    }
}
