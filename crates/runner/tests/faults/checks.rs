//! The invariants, as checks that return what violates them.

use serde_json::Value;

use crate::process::Finished;
use crate::sandbox::Sandbox;
use crate::scenario::{Case, How, Phase, Scenario};
use crate::state::{DATABASES, State, run_ids};

/// The signal that `abort` ends a process with.
const SIGABRT: i32 = 6;

impl Scenario {
    /// Looks at what a run left behind that was made to fail.
    pub fn check_failed(&self, case: &Case, run: &Finished, state: &State) -> Vec<String> {
        let mut found: Vec<_> = never_dangling(state).into_iter().collect();
        found.extend(self.exit(case, run));
        match self.reached(state) {
            Ok(reached) => {
                found.extend(self.is_prefix(reached));
                found.extend(self.is_where_it_failed(case, reached));
                if case.how != How::Abort {
                    found.extend(self.is_told(case, run, reached));
                }
            }
            Err(violation) => found.push(violation),
        }
        if case.how != How::Abort {
            found.extend(counts_add_up(&run.report()));
            found.extend(retries(case, run));
        }
        found
    }

    /// Looks at what a run left behind that completed what another had begun.
    pub fn check_completed(&self, run: &Finished, sandbox: &Sandbox) -> Vec<String> {
        let state = sandbox.state();
        let mut found: Vec<_> = never_dangling(&state).into_iter().collect();
        if run.code != Some(0) {
            found.push(format!("invariant 3: the next run failed: {run:#?}"));
            return found;
        }
        let last = &self.stages[self.stages.len() - 1];
        if state != *last {
            found.push(format!(
                "invariant 3: the next run ends in {state:?} instead of {last:?}"
            ));
        }
        for alias in DATABASES {
            let mut ids = run_ids(&sandbox.data(), alias);
            let all = ids.len();
            ids.dedup();
            if ids.len() < all {
                found.push(format!("invariant 3: `{alias}` has a run twice: {ids:?}"));
            }
        }
        found.extend(counts_add_up(&run.report()));
        found
    }

    /// The stage that each database has reached.
    fn reached(&self, state: &State) -> Result<[usize; 3], String> {
        let mut reached = [0; 3];
        for (alias, reached) in DATABASES.iter().zip(&mut reached) {
            let content = &state.0[alias];
            let same = |stage: &State| stage.0[alias] == *content;
            *reached = self.stages.iter().position(same).ok_or_else(|| {
                format!("invariant 2: `{alias}` is in no state between two runs: {content:?}")
            })?;
        }
        Ok(reached)
    }

    /// Phases follow each other, and the commits of each keep their order.
    fn is_prefix(&self, reached: [usize; 3]) -> Option<String> {
        let [users, products, orders] = reached;
        let follows = |phase: usize, kind: Phase| {
            let done = |stage: usize| stage > phase;
            let begun = reached.into_iter().any(done);
            let ready = reached.into_iter().all(|stage| stage >= phase);
            let ordered = match kind {
                Phase::Migrating => true,
                Phase::Seeding => !done(orders) || done(users) && done(products),
                Phase::Removing => {
                    (!done(users) || done(products)) && (!done(products) || done(orders))
                }
            };
            (!begun || ready) && ordered
        };
        let mut phases = self.phases.iter().enumerate();
        let broken = phases.any(|(index, kind)| !follows(index, *kind));
        broken.then(|| format!("invariant 2: no prefix of the commits: {reached:?}"))
    }

    /// Nothing is committed by a run that failed before, nor is anything missing that was.
    fn is_where_it_failed(&self, case: &Case, reached: [usize; 3]) -> Option<String> {
        let point = &case.point;
        let here = DATABASES.iter().position(|alias| *alias == point.database);
        let here = reached[here.unwrap()];
        let alone = self.phases[point.phase] == Phase::Migrating;
        let good = match point.place.as_str() {
            _ if case.succeeds() => reached.iter().all(|stage| *stage == self.phases.len()),
            "commit.after" => here == point.phase + 1,
            "commit.before" => here == point.phase,
            _ if alone => here == point.phase,
            _ => reached.iter().all(|stage| *stage == point.phase),
        };
        (!good).then(|| format!("invariant 2: {reached:?} are committed"))
    }

    /// The run says exactly what it committed.
    fn is_told(&self, case: &Case, run: &Finished, reached: [usize; 3]) -> Option<String> {
        let report = run.report();
        let committed = DATABASES.iter().zip(reached);
        let committed = committed.filter(|(_, stage)| *stage > case.point.phase);
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
        let told = told(&message);
        (told != committed).then(|| format!("invariant 2: {told:?} are told: {message}"))
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

/// The databases that a message says were committed, in commit order.
pub fn told(message: &str) -> Vec<&str> {
    let list = message.split_once("; committed: ");
    let list = list.map_or("", |(_, rest)| rest.split(';').next().unwrap_or(rest));
    let told: Vec<_> = list.split(", ").collect();
    let is_told = |alias: &&str| told.contains(alias);
    DATABASES.into_iter().filter(is_told).collect()
}
