use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseExecutor;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::explain::explain;
use crate::fixtures::Fixture;
use crate::guards;
use crate::ledger::{self, Entry};
use crate::load::{Load, Shared};
use crate::load_error::LoadError;
use crate::output::progress::Progress;
use crate::report::{DatabaseReport, DatabaseTimeline, Exit, Outcome, Report};
use crate::stop::{Reason, Stop};
use crate::store::Store;
use crate::targets::{Target, Targets};
use crate::turn::Turn;
use crate::write::Counts;

/// How far a run goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// Judges without any database.
    Check,
    /// Does everything but the writing.
    DryRun,
    /// Writes and commits.
    Write,
}

/// What to do with rows that no run has loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Existing {
    /// Overwrite those whose key is in the fixtures.
    Update,
    /// Leave them all as they are and insert only new keys.
    Keep,
}

/// What a run is asked for.
#[derive(Clone, Debug)]
pub(crate) struct Options {
    pub mode: Mode,
    pub strict: bool,
    pub existing: Option<Existing>,
    pub profile_mismatch_ok: bool,
    /// The databases to load, by alias; all where it is empty.
    pub databases: Vec<String>,
    pub fixtures: Vec<Fixture>,
}

/// All loads, the barrier, the commits.
pub(crate) struct Run {
    id: Uuid,
    started: DateTime<Utc>,
    store: Arc<Store>,
    options: Options,
    /// In reference order.
    loads: Vec<Arc<Load>>,
    /// Open databases by their index in the registry: those loaded and those referred to.
    connections: BTreeMap<usize, Arc<Connection>>,
    timelines: Mutex<BTreeMap<usize, DatabaseTimeline>>,
    shared: Shared,
}

type Turns = BTreeMap<usize, Turn>;

impl Run {
    /// Connects to the databases that the run needs.
    ///
    /// # Errors
    /// When one cannot be reached.
    pub async fn open(
        store: &Arc<Store>,
        options: Options,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let began = Instant::now();
        let loads = loads(store, &options, progress);
        let connections = connect(store, &loads, options.mode).await?;
        Ok(Self {
            id: Uuid::new_v4(),
            started: Utc::now(),
            store: store.clone(),
            shared: Shared {
                targets: Arc::new(targets(store, &loads, &connections)),
                stop: stop.clone(),
                began,
                strict: options.strict,
                dry_run: options.mode == Mode::DryRun,
                keep: options.existing == Some(Existing::Keep),
            },
            options,
            loads,
            connections,
            timelines: Mutex::default(),
        })
    }

    /// Goes all the way and says what came of it.
    pub async fn report(self) -> Report {
        let ended = self.go().await;
        for connection in self.connections.values() {
            if let Err(error) = connection.close().await {
                tracing::warn!("{error}");
            }
        }
        self.reported(ended).await
    }

    async fn go(&self) -> Result<Outcome, Error> {
        let turns = self.take_turns().await?;
        let outcome = match self.guard(&turns).await {
            Ok(()) => self.load(&turns).await.and_then(|()| self.outcome()),
            Err(error) => Err(error),
        };
        match outcome {
            Ok(outcome @ (Outcome::Seeded | Outcome::Unchanged)) => {
                self.commit(turns).await.map(|()| outcome)
            }
            other => {
                self.roll_back(turns).await;
                other
            }
        }
    }

    /// The databases that are loaded, in commit order.
    fn databases(&self) -> Vec<usize> {
        let loaded = |index: &usize| self.loads.iter().any(|load| load.database == *index);
        self.store
            .arrangement
            .order()
            .into_iter()
            .filter(loaded)
            .collect()
    }

    /// Waits for the turn of one database after the other, always in the same order, so that two
    /// runs never wait for each other.
    async fn take_turns(&self) -> Result<Turns, Error> {
        let mut turns = Turns::new();
        if self.options.mode != Mode::Write {
            return Ok(turns);
        }
        for index in self.databases() {
            let timeout = self.store.config.lock_timeout;
            match Turn::take(&self.connections[&index], timeout, &self.shared.stop).await {
                Ok(turn) => turns.insert(index, turn),
                Err(error) => {
                    self.roll_back(turns).await;
                    return Err(error);
                }
            };
            self.at(index, |timeline| timeline.began = Some(self.shared.now()));
        }
        Ok(turns)
    }

    async fn guard(&self, turns: &Turns) -> Result<(), Error> {
        for (index, connection) in &self.connections {
            let db = self
                .executor(*index, turns)
                .unwrap_or_else(|| connection.executor());
            guards::is_migrated(connection, &db, self.store.database(*index)).await?;
            let mut loads = self.loads_of(*index).peekable();
            if loads.peek().is_some() && !self.options.profile_mismatch_ok {
                guards::is_of_profile(connection, &db, &self.store.config).await?;
            }
            for load in loads {
                if self.options.existing.is_none() {
                    guards::is_ours(connection, &db, &*load.dataset).await?;
                }
            }
        }
        Ok(())
    }

    fn loads_of(&self, database: usize) -> impl Iterator<Item = &Arc<Load>> {
        self.loads
            .iter()
            .filter(move |load| load.database == database)
    }

    /// A database's open transaction; for a dry run, its pool; for a check, nothing.
    fn executor<'a>(&'a self, index: usize, turns: &'a Turns) -> Option<DatabaseExecutor<'a>> {
        match turns.get(&index) {
            Some(turn) => Some(turn.executor()),
            None => self
                .connections
                .get(&index)
                .map(|connection| connection.executor()),
        }
    }

    /// Runs the loads of all databases side by side. That all of them are through is the barrier.
    async fn load(&self, turns: &Turns) -> Result<(), Error> {
        let databases = self.databases();
        let load = |index| self.load_database(index, self.executor(index, turns));
        let results = self.store.registry.together(&databases, load).await;
        let mut errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
        // Whoever was merely told to stop has nothing to say beside the one who failed.
        errors.sort_by_key(|error| error.kind);
        errors.into_iter().next().map_or(Ok(()), Err)
    }

    async fn load_database(
        &self,
        index: usize,
        db: Option<DatabaseExecutor<'_>>,
    ) -> Result<(), Error> {
        let loaded = self.load_datasets(index, db).await;
        if loaded.is_err() {
            self.shared.stop.tell(Reason::Failed);
            self.loads_of(index)
                .for_each(|load| self.shared.targets[load.dataset.name()].give_up());
        }
        self.at(index, |timeline| {
            timeline.at_barrier = Some(self.shared.now())
        });
        loaded
    }

    /// The datasets of one database share its transaction and so come one after another.
    async fn load_datasets(
        &self,
        index: usize,
        db: Option<DatabaseExecutor<'_>>,
    ) -> Result<(), Error> {
        for load in self.loads_of(index) {
            let loaded = load.run(db.as_ref(), &self.shared).await;
            loaded.map_err(|error| self.load_error(load, error))?;
        }
        match db {
            Some(db) if self.options.mode == Mode::Write => self.record(index, &db).await,
            _ => Ok(()),
        }
    }

    fn load_error(&self, load: &Load, error: LoadError) -> Error {
        let alias = self.store.alias(load.database);
        match error {
            LoadError::Stopped => Error::interrupted(),
            LoadError::Database(error) => {
                let doing = format!("load `{}` into", load.dataset.name());
                let error = self.connections[&load.database].error(&doing)(error);
                Error {
                    message: format!("{}; nothing was written", error.message),
                    ..error
                }
            }
            LoadError::Read { .. } | LoadError::Unmovable { .. } => {
                Error::guard(alias, error.to_string())
            }
            LoadError::Changed(_) | LoadError::Miscounted(_) => {
                Error::broken(alias, error.to_string())
            }
        }
    }

    /// Writes the ledger row of a database in which something was changed, or adopted.
    async fn record(&self, index: usize, db: &DatabaseExecutor<'_>) -> Result<(), Error> {
        let failed = self.connections[&index].error("record the run in");
        let counts = self
            .loads_of(index)
            .filter_map(|load| load.counts())
            .sum::<Counts>();
        let mut news = counts.changes();
        for load in self.loads_of(index) {
            let known = ledger::has_loaded(db, load.dataset.name());
            news |= self.options.existing.is_some() && !known.await.map_err(&failed)?;
        }
        if !news {
            return Ok(());
        }
        let entry = Entry {
            run: self.id,
            command: ledger::SEED,
            profile: &self.store.config.profile,
            datasets: self
                .loads_of(index)
                .map(|load| load.dataset.name())
                .collect(),
            fixtures: Some(self.digest(index)),
            counts,
            started: self.started,
        };
        ledger::record(db, entry).await.map_err(failed)
    }

    fn digest(&self, index: usize) -> String {
        let mut digest = Sha256::new();
        for verdict in self.loads_of(index).filter_map(|load| load.verdict()) {
            digest.update(verdict.digest);
        }
        digest
            .finalize()
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect()
    }

    /// What the run comes to if the commits succeed.
    fn outcome(&self) -> Result<Outcome, Error> {
        let changed = self
            .loads
            .iter()
            .filter_map(|load| load.counts())
            .any(|c| c.changes());
        match (self.shared.stop.reason(), self.options.mode) {
            (Some(Reason::Interrupted | Reason::Failed), _) => Err(Error::interrupted()),
            (Some(Reason::Refused), _) => Ok(Outcome::Refused),
            (None, Mode::Check) => Ok(Outcome::Checked),
            (None, Mode::DryRun) => Ok(Outcome::DryRun),
            (None, Mode::Write) if changed => Ok(Outcome::Seeded),
            (None, Mode::Write) => Ok(Outcome::Unchanged),
        }
    }

    /// Commits level by level: what others refer to first.
    async fn commit(&self, turns: Turns) -> Result<(), Error> {
        let turns = Mutex::new(turns);
        let take = |index: usize| lock(&turns).remove(&index);
        let mut committed = Vec::new();
        for level in &self.store.arrangement.levels {
            let indices: Vec<usize> = level
                .iter()
                .copied()
                .filter(|index| lock(&turns).contains_key(index))
                .collect();
            let commit = |index| self.commit_database(index, take(index));
            let results = self.store.registry.together(&indices, commit).await;
            let failed =
                results
                    .into_iter()
                    .zip(&indices)
                    .filter_map(|(result, index)| match result {
                        Ok(()) => {
                            committed.push(*index);
                            None
                        }
                        Err(error) => Some(error),
                    });
            if let Some(error) = failed.collect::<Vec<_>>().into_iter().next() {
                let rest = std::mem::take(&mut *lock(&turns));
                self.roll_back(rest).await;
                return Err(self.partly(error, &committed));
            }
        }
        Ok(())
    }

    async fn commit_database(&self, index: usize, turn: Option<Turn>) -> Result<(), Error> {
        let turn = turn.expect("each database is committed once");
        let committed = turn.commit().await;
        committed.map_err(self.connections[&index].error("commit to"))?;
        self.at(index, |timeline| {
            timeline.committed = Some(self.shared.now())
        });
        Ok(())
    }

    /// Says of an error between commits what was and was not written.
    fn partly(&self, error: Error, committed: &[usize]) -> Error {
        let names = |wanted: bool| {
            let of = |index: &usize| committed.contains(index) == wanted;
            let names: Vec<_> = self
                .databases()
                .into_iter()
                .filter(of)
                .map(|i| self.store.alias(i))
                .collect();
            if names.is_empty() {
                "none".to_owned()
            } else {
                names.join(", ")
            }
        };
        let message = format!(
            "{}; committed: {}; not committed: {}; run the command again to complete it",
            error.message,
            names(true),
            names(false),
        );
        Error { message, ..error }
    }

    async fn roll_back(&self, turns: Turns) {
        for (index, turn) in turns {
            if let Err(error) = turn.roll_back().await {
                // The engine rolls an abandoned transaction back by itself.
                tracing::warn!("{}", self.connections[&index].error("roll back")(error));
            }
        }
    }

    async fn reported(self, ended: Result<Outcome, Error>) -> Report {
        let store = &self.store;
        let datasets = self
            .loads
            .iter()
            .map(|load| load.report(store.alias(load.database)));
        let databases = self.databases().into_iter().map(|index| {
            let timeline = lock(&self.timelines)
                .get(&index)
                .copied()
                .unwrap_or_default();
            DatabaseReport {
                name: store.alias(index).to_owned(),
                engine: store.config.databases[store.alias(index)]
                    .url
                    .engine()
                    .name(),
                committed: timeline.committed.is_some(),
                timeline_ms: timeline,
            }
        });
        let (datasets, databases) = (datasets.collect(), databases.collect());
        let loads = self.loads.clone();
        let problems = tokio::task::spawn_blocking(move || explain(&loads));
        let problems = problems.await.expect("explaining does not panic");
        let (outcome, exit, error) = match ended {
            Ok(Outcome::Refused) => (Outcome::Refused, Exit::Found, None),
            Ok(Outcome::Checked) if problems.errors > 0 => (Outcome::Checked, Exit::Found, None),
            Ok(outcome) => (outcome, Exit::Done, None),
            Err(error) => (error.outcome(), error.exit(), error.failure()),
        };
        Report {
            outcome,
            exit,
            datasets,
            databases,
            problems,
            error,
            elapsed_ms: self.shared.now(),
        }
    }

    fn at(&self, index: usize, stage: impl FnOnce(&mut DatabaseTimeline)) {
        stage(lock(&self.timelines).entry(index).or_default());
    }
}

/// A load per dataset that has fixtures and whose database is chosen, in reference order.
fn loads(store: &Store, options: &Options, progress: &Progress) -> Vec<Arc<Load>> {
    let mut loads = Vec::new();
    for index in store.chosen(&options.databases) {
        for &position in &store.arrangement.datasets[index] {
            let dataset = store.database(index).datasets()[position].clone();
            let of_dataset = |fixture: &&Fixture| fixture.dataset == dataset.name();
            let fixtures: Vec<_> = options
                .fixtures
                .iter()
                .filter(of_dataset)
                .cloned()
                .collect();
            if fixtures.is_empty() {
                continue;
            }
            let size = |fixture: &Fixture| std::fs::metadata(&fixture.path).map_or(0, |m| m.len());
            let progress = progress.load(dataset.name(), fixtures.iter().map(size).sum());
            loads.push(Arc::new(Load::new(
                dataset,
                index,
                fixtures.into(),
                progress,
            )));
        }
    }
    loads
}

/// Opens the databases that are loaded, and to look things up those that they refer to.
async fn connect(
    store: &Arc<Store>,
    loads: &[Arc<Load>],
    mode: Mode,
) -> Result<BTreeMap<usize, Arc<Connection>>, Error> {
    let mut connections = BTreeMap::new();
    if mode == Mode::Check {
        return Ok(connections);
    }
    let loaded: Vec<usize> = loads.iter().map(|load| load.database).collect();
    let referred = loaded
        .iter()
        .flat_map(|index| &store.arrangement.refers_to[*index]);
    for &index in loaded.iter().chain(referred) {
        if connections.contains_key(&index) {
            continue;
        }
        let access = if mode == Mode::Write && loaded.contains(&index) {
            Access::Write
        } else {
            Access::Read
        };
        let connection = Connection::open(&store.config, store.alias(index), access).await?;
        connections.insert(index, Arc::new(connection));
    }
    Ok(connections)
}

fn targets(
    store: &Store,
    loads: &[Arc<Load>],
    connections: &BTreeMap<usize, Arc<Connection>>,
) -> Targets {
    let mut targets = Targets::new();
    for (index, database) in store.registry.databases().iter().enumerate() {
        for dataset in database.datasets() {
            let loaded = loads
                .iter()
                .any(|load| load.dataset.name() == dataset.name());
            let target = Target::new(dataset.clone(), connections.get(&index).cloned(), loaded);
            targets.insert(dataset.name().to_owned(), target);
        }
    }
    targets
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}
