//! The commits of a run, and what is done when one fails.

use std::sync::Mutex;

use super::{Run, Turns};
use crate::error::{Error, ErrorKind};
use crate::fail_point::{self, Breakage};
use crate::lock::lock;
use crate::settle::settle;
use crate::turn::Turn;

impl Run {
    /// Commits level by level: what others refer to first. The turns of databases that are only referred
    /// to are given up last.
    pub(super) async fn commit(&self, turns: Turns) -> Result<(), Error> {
        let turns = Mutex::new(turns);
        let mut levels = self.store.arrangement.levels.clone();
        if fail_point::is_broken(Breakage::ReversedCommits) {
            levels.reverse();
        }
        let mut committed = Ok(());
        for level in levels {
            committed = self.commit_level(&level, &turns).await;
            if committed.is_err() {
                break;
            }
        }
        let rest = std::mem::take(&mut *lock(&turns));
        self.roll_back(rest).await;
        committed
    }

    /// Commits databases that do not refer to each other, at the same time.
    async fn commit_level(&self, level: &[usize], turns: &Mutex<Turns>) -> Result<(), Error> {
        let loaded = self.databases();
        let open = |index: &usize| loaded.contains(index) && lock(turns).contains_key(index);
        let level: Vec<usize> = level.iter().copied().filter(open).collect();
        let commit = |index| {
            let turn = lock(turns).remove(&index);
            self.commit_database(index, turn)
        };
        let results = self.store.registry.together(&level, commit).await;
        results.into_iter().collect()
    }

    pub(super) async fn commit_database(
        &self,
        index: usize,
        turn: Option<Turn>,
    ) -> Result<(), Error> {
        let turn = turn.expect("each database is committed once");
        let committed = turn.commit(&self.connections[&index]).await;
        // Where nothing was recorded there was nothing to commit.
        let recorded = lock(&self.recorded).get(&index).copied();
        if let (Err(error), Some(times)) = (committed, recorded) {
            let connection = &self.connections[&index];
            let failed = connection.error("commit to")(error);
            let settled = settle(&self.store.config, connection, self.id, times, failed).await;
            if let Err(error) = settled {
                if error.kind == ErrorKind::InDoubt {
                    lock(&self.in_doubt).insert(index);
                }
                return Err(error);
            }
        }
        tracing::debug!("committed `{}`", self.store.alias(index));
        self.at(index, |timeline| {
            timeline.committed = Some(self.shared.now())
        });
        Ok(())
    }

    pub(super) async fn roll_back(&self, turns: Turns) {
        for (index, turn) in turns {
            turn.abandon(&self.connections[&index]).await;
        }
    }
}
