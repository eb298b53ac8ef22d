use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, OnceLock};
use std::time::Instant;

use sea_orm::DatabaseConnection;
use tokio::sync::mpsc;
use tokio::task::JoinHandle;

use crate::confirm::Values;
use crate::connection::Connection;
use crate::dataset::Dataset;
use crate::fixtures::Fixture;
use crate::load_error::LoadError;
use crate::lock::lock;
use crate::outlet::{self, Onward, Sender, Step};
use crate::output::progress::LoadProgress;
use crate::reading::Reading;
use crate::report::{DatasetReport, LoadTimeline};
use crate::stop::{Reason, Stop};
use crate::stored::Stored;
use crate::targets::Targets;
use crate::verdict::Verdict;
use crate::write::{self, Counts, Write};

/// One dataset's way from its fixtures into its database's open transaction.
pub(crate) struct Load {
    pub dataset: Arc<dyn Dataset>,
    /// The index of its database in the registry.
    pub database: usize,
    pub fixtures: Arc<[Fixture]>,
    pub progress: LoadProgress,
    /// Other loads of the run wait for its keys.
    is_awaited: bool,
    verdict: OnceLock<Arc<Verdict>>,
    counts: OnceLock<Counts>,
    timeline: Mutex<LoadTimeline>,
}

/// A dataset whose rows are being judged.
pub(crate) struct Judging {
    /// Whether its table was empty when the turn began.
    is_empty: bool,
    thread: JoinHandle<Result<Arc<Verdict>, LoadError>>,
    steps: mpsc::Receiver<Step>,
}

/// What all loads of a run have in common.
#[derive(Clone)]
pub(crate) struct Shared {
    pub targets: Arc<Targets>,
    pub stop: Stop,
    /// The digests of fixtures that an earlier attempt has read.
    pub digests: Arc<BTreeMap<String, [u8; 32]>>,
    pub began: Instant,
    /// Any error means that nothing is written.
    pub strict: bool,
    /// Nothing is written in any case.
    pub dry_run: bool,
    /// Rows whose key is stored are left as they are.
    pub keep: bool,
}

impl Shared {
    /// Milliseconds since the run began.
    pub fn now(&self) -> f64 {
        self.began.elapsed().as_secs_f64() * 1e3
    }
}

impl Load {
    /// A load that has not begun.
    pub fn new(
        dataset: Arc<dyn Dataset>,
        database: usize,
        fixtures: Arc<[Fixture]>,
        progress: LoadProgress,
        is_awaited: bool,
    ) -> Self {
        Self {
            dataset,
            database,
            fixtures,
            progress,
            is_awaited,
            verdict: OnceLock::new(),
            counts: OnceLock::new(),
            timeline: Mutex::default(),
        }
    }

    /// Starts judging all rows, on a thread of its own, as that is computing and not waiting. Those who
    /// wait for the dataset's keys are told when it is through. Without a database nothing is stored.
    ///
    /// # Errors
    /// When the database cannot be asked what is stored.
    pub async fn start(
        self: &Arc<Self>,
        db: Option<&DatabaseConnection>,
        shared: &Shared,
    ) -> Result<Judging, LoadError> {
        self.at(|timeline| timeline.started = Some(shared.now()));
        let stored = match db {
            Some(db) => self.dataset.stored(db, shared.keep).await?,
            None => self.dataset.nothing_stored(),
        };
        let is_empty = stored.is_empty;
        self.progress.stage("reading");
        let (sender, steps) = outlet::channel();
        let sender = db.map(|_| sender);
        let (load, shared) = (self.clone(), shared.clone());
        let thread = tokio::task::spawn_blocking(move || load.judge(&stored, &shared, sender));
        Ok(Judging {
            is_empty,
            thread,
            steps,
        })
    }

    fn judge(
        &self,
        stored: &Stored,
        shared: &Shared,
        sender: Option<Sender>,
    ) -> Result<Arc<Verdict>, LoadError> {
        let reading = self.reading(&shared.stop);
        let targets = &shared.targets;
        let onward = sender.as_ref().map(|sender| Onward {
            sender,
            is_awaited: self.is_awaited,
        });
        let verdict = self
            .dataset
            .judge(&reading, stored, shared.keep, targets, onward)?;
        let name = self.dataset.name();
        if shared
            .digests
            .get(name)
            .is_some_and(|digest| *digest != verdict.digest)
        {
            return Err(LoadError::Changed(name.to_owned()));
        }
        if verdict.unreadable || shared.strict && verdict.problems.errors > 0 {
            shared.stop.tell(Reason::Refused);
        }
        let verdict = Arc::new(verdict);
        targets[name].announce(verdict.clone());
        self.at(|timeline| timeline.keys_ready = Some(shared.now()));
        if let Some(sender) = &sender {
            self.dataset.send_rest(&reading, &verdict, sender)?;
        }
        Ok(verdict)
    }

    /// Writes the accepted rows into the open transaction of the database, as judging sends them.
    ///
    /// # Errors
    /// When fixtures cannot be read, the database refuses, or another load failed first.
    pub async fn finish(
        self: &Arc<Self>,
        judging: Judging,
        database: Option<(&Connection, &DatabaseConnection)>,
        shared: &Shared,
    ) -> Result<(), LoadError> {
        let written = match database {
            None => Ok(None),
            Some((connection, db)) => {
                let write = Write {
                    database: connection.alias(),
                    engine: connection.url().engine(),
                    db,
                    table: self.dataset.table().clone(),
                    is_empty: judging.is_empty,
                    keep: shared.keep,
                    dry_run: shared.dry_run,
                    stop: shared.stop.clone(),
                };
                write::write(&write, judging.steps).await.map(Some)
            }
        };
        let judged = judging.thread.await.map_err(|_| self.panicked())?;
        if let Ok(verdict) = &judged {
            self.verdict.get_or_init(|| verdict.clone());
        }
        match (written, judged) {
            // Where nobody receives rows any more, judging stops.
            (Err(error), Err(LoadError::Stopped)) | (_, Err(error)) | (Err(error), _) => Err(error),
            (Ok(counts), Ok(verdict)) => {
                if let Some(counts) = counts {
                    self.add_up(counts, &verdict, shared)?;
                }
                let db = database.map(|(_, db)| db);
                self.confirm(db, &verdict, shared).await?;
                self.progress.stage("at the barrier");
                self.progress.finish();
                Ok(())
            }
        }
    }

    /// Makes sure that values that were taken for the same are.
    async fn confirm(
        self: &Arc<Self>,
        db: Option<&DatabaseConnection>,
        verdict: &Arc<Verdict>,
        shared: &Shared,
    ) -> Result<(), LoadError> {
        for mut values in Values::parts(verdict) {
            self.progress.stage("comparing");
            if let Some(db) = db {
                let stop = &shared.stop;
                let added = self.dataset.add_stored(db, verdict, stop, &mut values);
                added.await?;
            }
            let (load, verdict, stop) = (self.clone(), verdict.clone(), shared.stop.clone());
            let compare = move || {
                let reading = load.reading(&stop);
                load.dataset.compare(&reading, &verdict, values)
            };
            let compared = tokio::task::spawn_blocking(compare).await;
            compared.map_err(|_| self.panicked())??;
        }
        Ok(())
    }

    fn panicked(&self) -> LoadError {
        LoadError::Panicked(self.dataset.name().to_owned())
    }

    /// Every accepted row was inserted, updated or found unchanged.
    fn add_up(&self, counts: Counts, verdict: &Verdict, shared: &Shared) -> Result<(), LoadError> {
        if counts.total() != verdict.read - verdict.rejected {
            return Err(LoadError::Miscounted(self.dataset.name().to_owned()));
        }
        self.counts.get_or_init(|| counts);
        self.at(|timeline| timeline.written = Some(shared.now()));
        Ok(())
    }

    /// Whether any of its fixtures was asked for; otherwise it is there for others to refer to.
    pub fn is_selected(&self) -> bool {
        self.fixtures.iter().any(|fixture| fixture.selected)
    }

    /// Its fixtures, to be read by the calling thread.
    pub fn reading<'a>(&'a self, stop: &'a Stop) -> Reading<'a> {
        Reading {
            fixtures: &self.fixtures,
            stop,
            progress: &self.progress,
        }
    }

    /// What judging found; `None` while it is not through.
    pub fn verdict(&self) -> Option<&Arc<Verdict>> {
        self.verdict.get()
    }

    /// What became of the accepted rows; `None` while they are not all written.
    pub fn counts(&self) -> Option<Counts> {
        self.counts.get().copied()
    }

    /// What there is to say of it by now.
    pub fn report(&self, database: &str) -> DatasetReport {
        let (read, rejected) = self
            .verdict()
            .map_or((0, 0), |verdict| (verdict.read, verdict.rejected));
        let counts = self.counts();
        DatasetReport {
            name: self.dataset.name().to_owned(),
            database: database.to_owned(),
            read,
            accepted: read - rejected,
            rejected,
            inserted: counts.map(|counts| counts.inserted),
            updated: counts.map(|counts| counts.updated),
            unchanged: counts.map(|counts| counts.unchanged),
            timeline_ms: *lock(&self.timeline),
        }
    }

    /// Whether it has come so far as to read its fixtures.
    pub fn has_begun(&self) -> bool {
        lock(&self.timeline).started.is_some()
    }

    fn at(&self, stage: impl FnOnce(&mut LoadTimeline)) {
        stage(&mut lock(&self.timeline));
    }
}
