//! The loads of a run, from the first row to the barrier.

use sea_orm::DatabaseConnection;

use super::{Mode, Run, Turns};
use crate::error::Error;
use crate::fail_point;
use crate::ledger::{self, Entry};
use crate::load::Load;
use crate::load_error::LoadError;
use crate::lock::lock;
use crate::stop::Reason;
use crate::write::Counts;

impl Run {
    /// Runs the loads of all databases side by side. That all of them are through is the barrier.
    pub(super) async fn load(&self, databases: &[usize], turns: &Turns) -> Result<(), Error> {
        let load = |index| self.load_database(index, self.db(index, turns));
        let results = self.store.registry.together(databases, load).await;
        let mut errors: Vec<Error> = results.into_iter().filter_map(Result::err).collect();
        // Whoever was merely told to stop has nothing to say beside the one who failed.
        errors.sort_by_key(|error| error.kind);
        errors.into_iter().next().map_or(Ok(()), Err)
    }

    async fn load_database(
        &self,
        index: usize,
        db: Option<&DatabaseConnection>,
    ) -> Result<(), Error> {
        // Whatever ends a load, those who wait for its keys go on.
        let _waiting: Vec<_> = self
            .loads_of(index)
            .map(|load| self.shared.targets[load.dataset.name()].give_up_at_end())
            .collect();
        let loaded = self.load_datasets(index, db).await;
        if loaded.is_err() {
            self.shared.stop.tell(Reason::Failed);
        }
        self.at(index, |timeline| {
            timeline.at_barrier = Some(self.shared.now())
        });
        loaded
    }

    /// The datasets of one database are judged side by side, and written one after another, as they share
    /// its transaction.
    async fn load_datasets(
        &self,
        index: usize,
        db: Option<&DatabaseConnection>,
    ) -> Result<(), Error> {
        let mut started = Vec::new();
        for load in self.loads_of(index) {
            let judging = load.start(db, &self.shared).await;
            started.push((load, judging.map_err(|error| self.load_error(load, error))?));
        }
        let database = self
            .connections
            .get(&index)
            .map(|connection| &**connection)
            .zip(db);
        for (load, judging) in started {
            let loaded = load.finish(judging, database, &self.shared).await;
            loaded.map_err(|error| self.load_error(load, error))?;
        }
        match db {
            Some(db) if self.options.mode == Mode::Write => self.record(index, db).await,
            _ => Ok(()),
        }
    }

    fn load_error(&self, load: &Load, error: LoadError) -> Error {
        let alias = self.store.alias(load.database);
        match error {
            LoadError::Stopped => Error::interrupted(),
            LoadError::Elsewhere(error) => error,
            LoadError::Database(error) => {
                let doing = format!("load `{}` into", load.dataset.name());
                self.connections[&load.database].error(&doing)(error)
            }
            LoadError::Read { .. } | LoadError::Unmovable { .. } => {
                Error::guard(alias, error.to_string())
            }
            LoadError::Changed(_)
            | LoadError::Collided { .. }
            | LoadError::Miscounted(_)
            | LoadError::Panicked(_) => Error::broken(alias, error.to_string()),
        }
    }

    /// Writes the ledger row of a database in which something was changed, or adopted.
    async fn record(&self, index: usize, db: &DatabaseConnection) -> Result<(), Error> {
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
        let alias = self.store.alias(index);
        let recorded = async {
            fail_point::pass(alias, "ledger.before")?;
            let earlier = ledger::times(db, self.id).await?;
            ledger::record(db, entry).await?;
            fail_point::pass(alias, "ledger.after")?;
            Ok(earlier + 1)
        };
        let times = recorded.await.map_err(failed)?;
        lock(&self.recorded).insert(index, times);
        Ok(())
    }

    fn digest(&self, index: usize) -> String {
        let mut digest = blake3::Hasher::new();
        for verdict in self.loads_of(index).filter_map(|load| load.verdict()) {
            digest.update(&verdict.digest);
        }
        digest.finalize().to_hex().to_string()
    }
}
