use std::fs;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::fixtures::{newer, older};
use crate::sandbox::{STORE, Sandbox};
use crate::state::{DATABASES, State};

/// A command to be made to fail, and what it does when it is left alone.
pub struct Scenario {
    pub command: String,
    /// What it does one after the other.
    pub phases: &'static [Phase],
    /// The state before the first phase and after each.
    pub stages: Vec<State>,
    pub report: Value,
    /// The places at which it can be made to fail.
    pub points: Vec<Point>,
    template: Sandbox,
}

/// What a command does to all databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// To each by itself.
    Migrating,
    /// What is referred to first.
    Seeding,
    /// What refers to others first.
    Removing,
}

/// A place that a run passes.
#[derive(Clone, Debug)]
pub struct Point {
    /// `users.begin.before#1`
    pub name: String,
    pub database: String,
    /// `begin.before`
    pub place: String,
    /// The index of the phase it is in.
    pub phase: usize,
}

/// How a run is made to fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum How {
    Abort,
    Error,
    Transient,
    /// The same with no patience for another try.
    TransientForTooLong,
}

/// One of the ways in which a command can be made to fail.
#[derive(Clone, Debug)]
pub struct Case {
    pub point: Point,
    pub how: How,
}

impl Scenario {
    /// `up` with nothing there.
    pub fn up() -> Self {
        let template = Sandbox::new();
        let migrated = template.copy();
        migrated.run("migrate").finish().expect(0);
        let command = format!("up --fixtures {STORE}");
        let middle = vec![migrated.state()];
        Self::new(
            template,
            &command,
            &[Phase::Migrating, Phase::Seeding],
            middle,
        )
    }

    /// `seed` over older data, in several batches.
    pub fn seed() -> Self {
        let template = Sandbox::seeded(&older());
        template.fixtures(&newer());
        Self::new(template, "seed", &[Phase::Seeding], Vec::new())
    }

    /// `migrate` with nothing there.
    pub fn migrate() -> Self {
        Self::new(Sandbox::new(), "migrate", &[Phase::Migrating], Vec::new())
    }

    /// A command that removes the rows that are there.
    pub fn removing(command: &str) -> Self {
        let template = Sandbox::new();
        let up = format!("up --fixtures {STORE}");
        template.run(&up).finish().expect_outcome(0, "seeded");
        Self::new(template, command, &[Phase::Removing], Vec::new())
    }

    /// `up --fresh` over rows that are there.
    pub fn up_fresh() -> Self {
        let template = Sandbox::seeded(&older());
        let emptied = template.copy();
        emptied.run("migrate fresh --yes").finish().expect(0);
        let command = format!("up --fresh --yes --fixtures {STORE}");
        let middle = vec![emptied.state()];
        Self::new(
            template,
            &command,
            &[Phase::Removing, Phase::Seeding],
            middle,
        )
    }

    fn new(template: Sandbox, command: &str, phases: &'static [Phase], middle: Vec<State>) -> Self {
        let undisturbed = template.copy();
        let passed = undisturbed.path("passed");
        let run = undisturbed.run(command).set("FAIL_POINTS_PASSED", &passed);
        let report = run.finish().expect(0).report();
        let mut stages = vec![template.state()];
        stages.extend(middle);
        stages.push(undisturbed.state());
        for (index, stage) in stages.iter().enumerate() {
            let differs = |other: &State| DATABASES.iter().all(|a| stage.0[a] != other.0[a]);
            assert!(stages[..index].iter().all(differs), "{stages:?}");
        }
        let passed = fs::read_to_string(passed).unwrap();
        Self {
            command: command.to_owned(),
            phases,
            stages,
            report,
            points: passed.lines().map(|name| Point::of(name, phases)).collect(),
            template,
        }
    }

    /// The databases as they are before the command.
    pub fn sandbox(&self) -> Sandbox {
        self.template.copy()
    }

    /// Every place with each of these ways to fail.
    pub fn cases(&self, ways: &[How]) -> Vec<Case> {
        let of_point = |point: &Point| {
            let point = point.clone();
            let case = move |how: &How| Case {
                point: point.clone(),
                how: *how,
            };
            ways.iter().map(case).collect::<Vec<_>>()
        };
        self.points.iter().flat_map(of_point).collect()
    }

    /// Makes the command fail in each of these ways, runs it again, and returns what was wrong.
    /// `breakage` is what is broken in the program on purpose.
    pub fn violations(&self, cases: Vec<Case>, breakage: Option<&str>) -> Vec<String> {
        let cases = Mutex::new(cases);
        let found = Mutex::new(Vec::new());
        let work = || {
            while let Some(case) = { cases.lock().unwrap().pop() } {
                let violations = self.try_case(&case, breakage);
                let named = violations
                    .into_iter()
                    .map(|violation| format!("{}:{:?}: {violation}", case.point.name, case.how));
                found.lock().unwrap().extend(named);
            }
        };
        let threads = thread::available_parallelism().map_or(2, NonZero::get);
        thread::scope(|scope| (0..threads).for_each(|_| _ = scope.spawn(work)));
        found.into_inner().unwrap()
    }

    fn try_case(&self, case: &Case, breakage: Option<&str>) -> Vec<String> {
        let sandbox = self.sandbox();
        let (how, patience) = match case.how {
            How::Abort => ("abort", "30s"),
            How::Error => ("error", "30s"),
            How::Transient => ("transient", "30s"),
            How::TransientForTooLong => ("transient", "0s"),
        };
        let run = sandbox
            .run(&self.command)
            .fail_at(&format!("{}:{how}", case.point.name))
            .set("SEEDBED_RETRY_FOR", patience)
            .set("BREAK", breakage.unwrap_or_default());
        let failed = run.finish();
        let mut violations = self.check_failed(case, &failed, &sandbox.state());
        let again = sandbox.run(&self.command).finish();
        violations.extend(self.check_completed(&again, &sandbox));
        violations
    }
}

impl Point {
    fn of(name: &str, phases: &[Phase]) -> Self {
        let (path, number) = name.split_once('#').unwrap();
        let (database, place) = path.split_once('.').unwrap();
        assert!(DATABASES.contains(&database), "{name}");
        // Two phases pass the same places, but for the batches, which only seeding has.
        let second = phases.len() == 2 && (place.starts_with("batch") || number != "1");
        Self {
            name: name.to_owned(),
            database: database.to_owned(),
            place: place.to_owned(),
            phase: usize::from(second),
        }
    }
}

impl Case {
    /// Whether the fault is none to who finds out that the commit took place.
    pub fn is_lost_reply(&self) -> bool {
        self.point.place == "commit.after" && self.how != How::Abort
    }

    /// Whether the command gets through in spite of the fault.
    pub fn succeeds(&self) -> bool {
        self.how == How::Transient || self.is_lost_reply()
    }
}
