//! The invariants, as checks that return what violates them.
//!
//! MySQL and MariaDB commit by themselves whatever makes or drops a table. What is promised of a
//! database there is weaker while it is migrated or its rows are removed, and nowhere else:
//!
//! - A run that fails between its first change to a table and its commit leaves a database that is
//!   [between](Scenario::is_between) two states: each part is as it was or as it is to be, or, where all
//!   tables are dropped, not there; the ledger's entry comes last, with the commit. The run says of
//!   this database that it is unknown what was committed.
//! - Order holds nevertheless: what refers to others loses its rows first, and those only begin to go
//!   when what refers to them is committed.
//! - The same command completes it. Only what was reverted by a `migrate down` that was not committed
//!   stays without an entry of its own in the ledger: the next one finds it done.

use serde_json::Value;
use servers::Kind;

use crate::on::ALIASES;
use crate::process::Finished;
use crate::sandbox::Sandbox;
use crate::scenario::{Case, How, Phase, Scenario};
use crate::state::{Content, State};

/// The signal that `abort` ends a process with.
const SIGABRT: i32 = 6;

/// How far a database has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Reached {
    /// The phases of which anything was done.
    begun: usize,
    /// The phases that are committed.
    done: usize,
}

impl Reached {
    /// Between the steps of a phase.
    fn within(phase: usize) -> Self {
        Self {
            begun: phase + 1,
            done: phase,
        }
    }

    /// After a number of phases, and before the next.
    fn is_at(self, stage: usize) -> bool {
        self.begun == stage && self.done == stage
    }
}

impl Scenario {
    /// Looks at what a run left behind that was made to fail.
    pub fn check_failed(&self, case: &Case, run: &Finished, state: &State) -> Vec<String> {
        let mut found = self.check_left(state);
        found.extend(self.exit(case, run));
        if let Ok(reached) = self.reached(state) {
            found.extend(self.is_where_it_failed(case, reached));
            if case.how != How::Abort {
                found.extend(self.is_told(case, run, reached));
            }
        }
        if case.how != How::Abort {
            found.extend(counts_add_up(&run.report()));
            found.extend(retries(case, run));
        }
        found
    }

    /// Looks at what a run left behind, wherever it ended.
    pub fn check_left(&self, state: &State) -> Vec<String> {
        let mut found: Vec<_> = never_dangling(state).into_iter().collect();
        match self.reached(state) {
            Ok(reached) => found.extend(self.is_prefix(reached)),
            Err(violation) => found.push(violation),
        }
        found
    }

    /// Looks at what a run left behind that completed what another had begun, and left in the state `failed`.
    pub fn check_completed(
        &self,
        run: &Finished,
        sandbox: &Sandbox,
        failed: &State,
    ) -> Vec<String> {
        let state = sandbox.state();
        let mut found: Vec<_> = never_dangling(&state).into_iter().collect();
        if run.code != Some(0) {
            found.push(format!("invariant 3: the next run failed: {run:#?}"));
            return found;
        }
        let last = self.completed(failed);
        if state != last {
            found.push(format!(
                "invariant 3: the next run ends in {state:?} instead of {last:?}"
            ));
        }
        for alias in ALIASES {
            let mut ids = state.0[alias].runs.clone();
            let all = ids.len();
            ids.dedup();
            if ids.len() < all {
                found.push(format!("invariant 3: `{alias}` has a run twice: {ids:?}"));
            }
        }
        found.extend(counts_add_up(&run.report()));
        found
    }

    /// The state that the next run has to end in.
    fn completed(&self, failed: &State) -> State {
        let mut last = self.stages[self.stages.len() - 1].clone();
        let Some(Phase::Removing) = self.phases.last() else {
            return last;
        };
        for (alias, content) in &mut last.0 {
            let failed = &failed.0[alias];
            let is_reverted = failed.rows == content.rows && failed.applied == content.applied;
            if self.changes_at_once(alias) && is_reverted && !self.drops_all(0, alias) {
                content.ledger.clone_from(&failed.ledger);
            }
        }
        last
    }

    /// What each database has reached.
    fn reached(&self, state: &State) -> Result<[Reached; 3], String> {
        let mut reached = [Reached { begun: 0, done: 0 }; 3];
        for (alias, reached) in ALIASES.iter().zip(&mut reached) {
            let content = &state.0[alias];
            let same = |stage: &State| stage.0[alias] == *content;
            let at = self.stages.iter().position(same);
            let within = || (0..self.phases.len()).find(|it| self.is_between(*it, alias, content));
            *reached = match at {
                Some(stage) => Reached {
                    begun: stage,
                    done: stage,
                },
                None => within().map(Reached::within).ok_or_else(|| {
                    format!("invariant 2: `{alias}` is in no state between two runs: {content:?}")
                })?,
            };
        }
        Ok(reached)
    }

    /// Whether a phase changes a database in several steps that each count at once, and this may be what
    /// there is between two of them.
    fn is_between(&self, phase: usize, alias: &str, content: &Content) -> bool {
        let (from, to) = (
            &self.stages[phase].0[alias],
            &self.stages[phase + 1].0[alias],
        );
        let may_be_gone = self.drops_all(phase, alias);
        let gone = Content::default();
        let parts = [Some(from), Some(to), may_be_gone.then_some(&gone)];
        let mut parts = parts.into_iter().flatten();
        self.phases[phase] != Phase::Seeding
            && self.changes_at_once(alias)
            && parts.clone().any(|part| part.rows == content.rows)
            && parts.any(|part| part.applied == content.applied)
            && (content.ledger == from.ledger || may_be_gone && content.ledger.is_empty())
    }

    /// Whether the ledger, as all other tables, is dropped and made anew.
    fn drops_all(&self, phase: usize, alias: &str) -> bool {
        let (from, to) = (
            &self.stages[phase].0[alias],
            &self.stages[phase + 1].0[alias],
        );
        !to.ledger.starts_with(&from.ledger)
    }

    /// Whether a database's engine commits by itself what makes or drops tables.
    fn changes_at_once(&self, alias: &str) -> bool {
        self.on.kind(alias) == Some(Kind::Mariadb)
    }

    /// Whether a case ends a run that has changed tables where that counts at once, before it commits.
    fn is_half_way(&self, case: &Case) -> bool {
        let after_tables = ["ledger.before", "ledger.after", "commit.before"];
        self.changes_at_once(&case.point.database)
            && self.phases[case.point.phase] != Phase::Seeding
            && after_tables.contains(&case.point.place.as_str())
            && !case.succeeds()
    }

    /// Phases follow each other, and the commits of each keep their order.
    fn is_prefix(&self, reached: [Reached; 3]) -> Option<String> {
        let [users, products, orders] = reached;
        let follows = |phase: usize, kind: Phase| {
            let begun = |it: Reached| it.begun > phase;
            let done = |it: Reached| it.done > phase;
            let ready = reached.into_iter().all(|it| it.done >= phase);
            let ordered = match kind {
                Phase::Migrating => true,
                Phase::Seeding => !begun(orders) || done(users) && done(products),
                Phase::Removing => {
                    (!begun(users) || done(products)) && (!begun(products) || done(orders))
                }
            };
            (!reached.into_iter().any(begun) || ready) && ordered
        };
        let mut phases = self.phases.iter().enumerate();
        let broken = phases.any(|(index, kind)| !follows(index, *kind));
        broken.then(|| format!("invariant 2: no prefix of the commits: {reached:?}"))
    }

    /// Nothing is committed by a run that failed before, nor is anything missing that was.
    fn is_where_it_failed(&self, case: &Case, reached: [Reached; 3]) -> Option<String> {
        let point = &case.point;
        let position = ALIASES.iter().position(|alias| *alias == point.database);
        let position = position.unwrap();
        let here = reached[position];
        let phase = self.phases[point.phase];
        let good = match point.place.as_str() {
            _ if case.succeeds() => reached.iter().all(|it| it.is_at(self.phases.len())),
            _ if self.is_half_way(case) => {
                // What refers to others is removed, and committed, before.
                let later = &reached[position + 1..];
                let is_in_order = later.iter().all(|it| it.is_at(point.phase + 1));
                here == Reached::within(point.phase) && (phase == Phase::Migrating || is_in_order)
            }
            "commit.after" => here.is_at(point.phase + 1),
            "commit.before" => here.is_at(point.phase),
            _ if phase == Phase::Migrating => here.is_at(point.phase),
            _ => reached.iter().all(|it| it.is_at(point.phase)),
        };
        (!good).then(|| format!("invariant 2: {reached:?} are committed"))
    }

    /// The run says exactly what it committed.
    fn is_told(&self, case: &Case, run: &Finished, reached: [Reached; 3]) -> Option<String> {
        let report = run.report();
        let committed = ALIASES.iter().zip(reached);
        let committed = committed.filter(|(_, it)| it.done > case.point.phase);
        let committed: Vec<&str> = committed.map(|(alias, _)| *alias).collect();
        if let Some(databases) = report["databases"].as_array()
            && self.phases[case.point.phase] == Phase::Seeding
        {
            let flagged = databases
                .iter()
                .filter(|database| database["committed"] == true);
            let flagged: Vec<_> = flagged
                .filter_map(|database| database["name"].as_str())
                .collect();
            if flagged != committed {
                return Some(format!("invariant 2: {flagged:?} are flagged: {run:#?}"));
            }
        }
        if case.succeeds() {
            return None;
        }
        let message = run.message();
        let told = ["committed", "unknown"].map(|what| told(&message, what));
        let open = match self.is_half_way(case) {
            true => vec![case.point.database.as_str()],
            false => Vec::new(),
        };
        (told != [committed, open]).then(|| format!("invariant 2: {told:?} are told: {message}"))
    }

    fn exit(&self, case: &Case, run: &Finished) -> Option<String> {
        let good = match case.how {
            How::Abort => run.signal == Some(SIGABRT),
            _ if case.succeeds() => {
                let expected = what_was_done(&self.report);
                run.code == Some(0) && what_was_done(&run.report()) == expected
            }
            _ => run.code == Some(3),
        };
        let invariant = if case.is_lost_reply() { 3 } else { 6 };
        (!good).then(|| format!("invariant {invariant}: {run:#?}"))
    }
}

/// Invariant 1.
pub fn never_dangling(state: &State) -> Option<String> {
    let dangling = state.dangling();
    (!dangling.is_empty()).then(|| format!("invariant 1: orders {dangling:?} dangle"))
}

/// Invariant 4.
pub fn counts_add_up(report: &Value) -> Option<String> {
    let datasets = report["datasets"].as_array()?;
    let adds_up = |dataset: &&Value| {
        let count = |name: &str| dataset[name].as_u64();
        let written = [count("inserted"), count("updated"), count("unchanged")];
        let written = written.into_iter().sum::<Option<u64>>();
        count("read") == Some(count("accepted").unwrap() + count("rejected").unwrap())
            && (written.is_none() || written == count("accepted"))
    };
    let wrong: Vec<_> = datasets.iter().filter(|d| !adds_up(d)).collect();
    (!wrong.is_empty()).then(|| format!("invariant 4: {wrong:?} do not add up"))
}

/// Invariant 6: a fault that passes is told once.
fn retries(case: &Case, run: &Finished) -> Option<String> {
    let expected = usize::from(case.how == How::Transient && !case.is_lost_reply());
    (run.retries() != expected).then(|| format!("invariant 6: tried again: {}", run.stderr))
}

/// A report without times.
pub fn what_was_done(report: &Value) -> Value {
    let mut report = report.clone();
    for list in ["datasets", "databases"] {
        for entry in report[list].as_array_mut().into_iter().flatten() {
            entry.as_object_mut().unwrap().remove("timeline_ms");
        }
    }
    report
}

/// The databases that a message says were `committed`, or of which it says that it is `unknown`.
pub fn told<'a>(message: &str, what: &str) -> Vec<&'a str> {
    let list = message.split_once(&format!("; {what}: "));
    let list = list.map_or("", |(_, rest)| rest.split(';').next().unwrap_or(rest));
    let told: Vec<_> = list.split(", ").collect();
    let is_told = |alias: &&str| told.contains(alias);
    ALIASES.into_iter().filter(is_told).collect()
}
