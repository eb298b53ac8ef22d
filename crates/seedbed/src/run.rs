mod commits;
mod loading;
mod outset;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};
use std::time::Instant;

use chrono::{DateTime, Utc};
use sea_orm::DatabaseConnection;
use uuid::Uuid;

use crate::attempts::History;
use crate::connection::{Connection, Connections, close_all};
use crate::error::Error;
use crate::explain::explain;
use crate::fail_point::{Breakage, is_broken};
use crate::fixtures::Fixture;
use crate::guards;
use crate::load::{Load, Shared};
use crate::lock::lock;
use crate::output::progress::Progress;
use crate::report::{DatabaseReport, DatabaseTimeline, Exit, Outcome, Report};
use crate::stop::{Reason, Stop};
use crate::store::Store;
use crate::turn::Turn;

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
    /// How many problems of one rule are explained by related places.
    pub explained: u64,
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
    /// How many rows of this run a ledger has that got one by this attempt.
    recorded: Mutex<BTreeMap<usize, u64>>,
    /// The databases of which nobody knows whether they are committed.
    in_doubt: Mutex<BTreeSet<usize>>,
    shared: Shared,
}

type Turns = BTreeMap<usize, Turn>;

impl Run {
    /// Connects to the databases that the run needs, or goes on with those that were just `migrated`.
    ///
    /// # Errors
    /// When one cannot be reached.
    pub async fn open(
        store: &Arc<Store>,
        options: Options,
        history: &History,
        migrated: Connections,
        progress: &Progress,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let began = Instant::now();
        let loads = outset::loads(store, &options, progress);
        let connections = outset::connect(store, &loads, options.mode, migrated).await?;
        Ok(Self {
            id: history.id,
            started: history.started,
            store: store.clone(),
            shared: Shared {
                targets: Arc::new(outset::targets(store, &loads, &connections)),
                stop: stop.clone(),
                digests: history.digests.clone(),
                began,
                strict: options.strict,
                dry_run: options.mode == Mode::DryRun,
                keep: options.existing == Some(Existing::Keep),
            },
            options,
            loads,
            connections,
            timelines: Mutex::default(),
            recorded: Mutex::default(),
            in_doubt: Mutex::default(),
        })
    }

    /// Goes all the way and says what came of it, and of a fault that may pass when tried again.
    pub async fn attempt(self, history: &mut History) -> (Report, Option<String>) {
        let ended = self.go().await;
        let fault = ended.as_ref().err();
        let fault = fault.and_then(|error| error.fault(false));
        let mut digests = self.digests();
        digests.extend(
            history
                .digests
                .iter()
                .map(|(name, digest)| (name.clone(), *digest)),
        );
        history.digests = Arc::new(digests);
        self.close().await;
        let has_begun = self.loads.iter().any(|load| load.has_begun());
        let report = match ended {
            Err(error) if !has_begun => Report::failed(error),
            ended => self.reported(ended).await,
        };
        (report, fault)
    }

    async fn close(&self) {
        close_all(&self.store.registry, &self.connections).await;
    }

    /// The databases that are open, in commit order.
    fn connected(&self) -> Vec<usize> {
        let mut connected = self.store.arrangement.order();
        connected.retain(|index| self.connections.contains_key(index));
        connected
    }

    async fn go(&self) -> Result<Outcome, Error> {
        let mut turns = self.take_turns().await?;
        let through = match self.up_to_barrier(&mut turns).await {
            Ok(outcome @ (Outcome::Seeded | Outcome::Unchanged)) => {
                self.ready(&turns).await.map(|()| outcome)
            }
            other => other,
        };
        match through {
            Ok(outcome @ (Outcome::Seeded | Outcome::Unchanged)) => {
                self.commit(turns).await.map(|()| outcome)
            }
            other => {
                self.roll_back(turns).await;
                other
            }
        }
    }

    async fn up_to_barrier(&self, turns: &mut Turns) -> Result<Outcome, Error> {
        self.guard(turns).await?;
        if is_broken(Breakage::NoBarrier) && self.options.mode == Mode::Write {
            for index in self.databases() {
                self.load(&[index], turns).await?;
                self.commit_database(index, turns.remove(&index)).await?;
            }
        } else {
            self.load(&self.databases(), turns).await?;
        }
        for connection in self.connections.values() {
            connection.still_there()?;
        }
        self.outcome()
    }

    /// Readies the tables for the commits; also those that are as they were, as a run before may have been kept from it.
    async fn ready(&self, turns: &Turns) -> Result<(), Error> {
        for (index, turn) in turns {
            let connection = &self.connections[index];
            let engine = connection.url().engine();
            for load in self.loads_of(*index) {
                let ready = engine.before_committing(turn.db(), load.dataset.table());
                ready.await.map_err(connection.error("commit to"))?;
            }
        }
        Ok(())
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

    /// Waits for the turn of one database after the other, always in the same order, so that two runs
    /// never wait for each other. What is referred to must not go meanwhile, so its turn is taken too.
    async fn take_turns(&self) -> Result<Turns, Error> {
        let mut turns = Turns::new();
        if self.options.mode != Mode::Write {
            return Ok(turns);
        }
        let (connected, config) = (self.connected(), &self.store.config);
        let open = |index| self.connections[&index].open_session(config);
        let sessions = self.store.registry.together(&connected, open).await;
        let mut sessions = connected.iter().zip(sessions);
        while let Some((&index, session)) = sessions.next() {
            let connection = &self.connections[&index];
            let turn = match session {
                Ok(session) => Turn::take_on(session, connection, config, &self.shared.stop).await,
                Err(error) => Err(error),
            };
            match turn {
                Ok(turn) => turns.insert(index, turn),
                Err(error) => {
                    self.roll_back(turns).await;
                    for session in sessions.filter_map(|(_, session)| session.ok()) {
                        // Nothing was begun on it, so there is nothing to lose.
                        _ = session.close().await;
                    }
                    return Err(error);
                }
            };
            tracing::debug!("took the turn of `{}`", self.store.alias(index));
            self.at(index, |timeline| timeline.began = Some(self.shared.now()));
        }
        Ok(turns)
    }

    async fn guard(&self, turns: &Turns) -> Result<(), Error> {
        let guard = |index| self.guard_database(index, turns);
        let guarded = self.store.registry.together(&self.connected(), guard).await;
        guarded.into_iter().collect()
    }

    async fn guard_database(&self, index: usize, turns: &Turns) -> Result<(), Error> {
        let connection = &self.connections[&index];
        let db = self.db(index, turns).unwrap_or_else(|| connection.db());
        let (database, config) = (self.store.database(index), &self.store.config);
        let profile = guards::profile_of_migrated(connection, db, database, config).await?;
        let loads: Vec<_> = self.loads_of(index).collect();
        if loads.is_empty() {
            return Ok(());
        }
        if !self.options.profile_mismatch_ok {
            guards::is_of_profile(connection, &profile, config)?;
        }
        let tables = loads.iter().map(|load| &**load.dataset.table());
        guards::take_rows_back(connection, db, tables).await?;
        if self.options.existing.is_none() {
            for load in loads {
                guards::is_ours(connection, db, &*load.dataset).await?;
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
    fn db<'a>(&'a self, index: usize, turns: &'a Turns) -> Option<&'a DatabaseConnection> {
        match turns.get(&index) {
            Some(turn) => Some(turn.db()),
            None => self
                .connections
                .get(&index)
                .map(|connection| connection.db()),
        }
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

    async fn reported(self, ended: Result<Outcome, Error>) -> Report {
        let store = &self.store;
        let datasets = self
            .loads
            .iter()
            .filter(|load| load.is_selected())
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
                committed: (!lock(&self.in_doubt).contains(&index))
                    .then_some(timeline.committed.is_some()),
                timeline_ms: timeline,
            }
        });
        let (datasets, databases) = (datasets.collect(), databases.collect());
        let (loads, explained) = (self.loads.clone(), self.options.explained);
        let problems = tokio::task::spawn_blocking(move || explain(&loads, explained));
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

    /// The digests of all fixtures that were read to their ends.
    fn digests(&self) -> BTreeMap<String, [u8; 32]> {
        let digest = |load: &Arc<Load>| {
            let name = load.dataset.name().to_owned();
            load.verdict().map(|verdict| (name, verdict.digest))
        };
        self.loads.iter().filter_map(digest).collect()
    }

    fn at(&self, index: usize, stage: impl FnOnce(&mut DatabaseTimeline)) {
        stage(lock(&self.timelines).entry(index).or_default());
    }
}
