use std::fs;
use std::num::NonZero;
use std::sync::Mutex;
use std::thread;

use serde_json::Value;

use crate::fixtures::{newer, older, version};
use crate::on::{ALIASES, On};
use crate::sandbox::{STORE, Sandbox, Template};
use crate::state::State;

/// A command to be made to fail, and what it does when it is left alone.
pub struct Scenario {
    pub on: On,
    pub command: String,
    /// What it does one after the other.
    pub phases: &'static [Phase],
    /// The state before the first phase and after each.
    pub stages: Vec<State>,
    pub report: Value,
    /// The places at which it can be made to fail.
    pub points: Vec<Point>,
    template: Template,
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
    pub fn up(on: On) -> Self {
        let template = Template::of(Sandbox::on(on));
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
    pub fn seed(on: On) -> Self {
        let sandbox = Sandbox::on(on).with_rows(&older());
        sandbox.fixtures(&newer());
        let template = Template::of(sandbox);
        Self::new(template, "seed", &[Phase::Seeding], Vec::new())
    }

    /// `migrate` with nothing there.
    pub fn migrate(on: On) -> Self {
        let template = Template::of(Sandbox::on(on));
        Self::new(template, "migrate", &[Phase::Migrating], Vec::new())
    }

    /// A command that removes the rows that are there.
    pub fn removing(on: On, command: &str) -> Self {
        let sandbox = Sandbox::on(on);
        let up = format!("up --fixtures {STORE}");
        sandbox.run(&up).finish().expect_outcome(0, "seeded");
        let template = Template::of(sandbox);
        Self::new(template, command, &[Phase::Removing], Vec::new())
    }

    /// `up --fresh` over rows that are there.
    pub fn up_fresh(on: On) -> Self {
        let template = Template::of(Sandbox::on(on).with_rows(&version(1, 20)));
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

    fn new(
        template: Template,
        command: &str,
        phases: &'static [Phase],
        middle: Vec<State>,
    ) -> Self {
        let undisturbed = template.copy();
        let passed = undisturbed.path("passed");
        let run = undisturbed.run(command).set("FAIL_POINTS_PASSED", &passed);
        let report = run.finish().expect(0).report();
        let mut stages = vec![template.state()];
        stages.extend(middle);
        stages.push(undisturbed.state());
        for (index, stage) in stages.iter().enumerate() {
            let differs = |other: &State| ALIASES.iter().all(|a| stage.0[a] != other.0[a]);
            assert!(stages[..index].iter().all(differs), "{stages:?}");
        }
        let passed = fs::read_to_string(passed).unwrap();
        Self {
            on: template.on(),
            command: command.to_owned(),
            phases,
            stages,
            report,
            points: Point::all(&passed, phases),
            template,
        }
    }

    /// The databases as they are before the command.
    pub fn sandbox(&self) -> Sandbox {
        self.template.copy()
    }

    /// Makes databases again what they are before the command.
    pub fn put_into(&self, sandbox: &Sandbox) {
        self.template.put_into(sandbox);
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
            let sandbox = self.sandbox();
            while let Some(case) = { cases.lock().unwrap().pop() } {
                let violations = self.try_case(&sandbox, &case, breakage);
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

    fn try_case(&self, sandbox: &Sandbox, case: &Case, breakage: Option<&str>) -> Vec<String> {
        self.put_into(sandbox);
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
        let state = sandbox.state();
        let mut violations = self.check_failed(case, &failed, &state);
        let again = sandbox.run(&self.command).finish();
        violations.extend(self.check_completed(&again, sandbox, &state));
        violations
    }
}

impl Point {
    /// What a run has passed. A turn that its last owner has not quite given up is asked for again, which
    /// is no place of its own.
    fn all(passed: &str, phases: &[Phase]) -> Vec<Self> {
        let mut points: Vec<Self> = Vec::new();
        for name in passed.lines() {
            let point = Self::of(name, phases);
            let mut earlier = points.iter().rev();
            let last = earlier.find(|last| last.database == point.database);
            if last.is_none_or(|last| last.place != point.place) {
                points.push(point);
            }
        }
        points
    }

    fn of(name: &str, phases: &[Phase]) -> Self {
        let (path, number) = name.split_once('#').unwrap();
        let (database, place) = path.split_once('.').unwrap();
        assert!(ALIASES.contains(&database), "{name}");
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
