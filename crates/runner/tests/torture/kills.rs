use std::collections::{BTreeMap, BTreeSet};
use std::env;
use std::fs;
use std::process::Stdio;
use std::thread;
use std::time::{Duration, Instant};

use rand::rngs::StdRng;
use rand::seq::IndexedRandom;
use rand::{RngExt, SeedableRng};

use crate::events::Events;
use crate::observer::Observer;
use crate::sandbox::{ALIASES, Sandbox};
use crate::tables::{Tables, integrity, runs};
use crate::version::Version;

/// Kills of the normal test run; `TORTURE_KILLS` asks for more.
const KILLS: u64 = 30;

/// Kills over the databases of one sandbox.
const KILLS_IN_A_SANDBOX: u64 = 10;

/// How long after a fail point a kill comes at most: most points are less apart.
const SOON: Duration = Duration::from_millis(3);

#[test]
fn whatever_is_killed_whenever_nothing_dangles_and_the_next_run_completes_it() {
    let kills = asked("TORTURE_KILLS").unwrap_or(KILLS);
    let seed = asked("TORTURE_SEED").unwrap_or_else(|| rand::rng().random());
    println!("TORTURE_SEED={seed}");
    let began = Instant::now();
    let mut torturer = Torturer {
        random: StdRng::seed_from_u64(seed),
        undisturbed: undisturbed(),
        tally: Tally::default(),
    };
    while torturer.tally.kills < kills {
        torturer.torture(KILLS_IN_A_SANDBOX.min(kills - torturer.tally.kills));
    }
    println!("{:#?}\n{:?} in all", torturer.tally, began.elapsed());
    let tally = &torturer.tally;
    assert!(tally.missed < tally.kills, "all runs were through before");
    assert!(tally.reads > 0, "nobody looked on");
}

fn asked(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(
        value
            .parse()
            .unwrap_or_else(|_| panic!("{variable} is a number")),
    )
}

/// What a run is like that is left in peace.
struct Undisturbed {
    /// How long it took at most.
    duration: Duration,
    /// The fail points it passed, those of one place together.
    places: Vec<Vec<String>>,
}

fn undisturbed() -> Undisturbed {
    let sandbox = Sandbox::new();
    let mut undisturbed = Undisturbed {
        duration: Duration::ZERO,
        places: Vec::new(),
    };
    for version in [Version(1), Version(2)] {
        version.write_fixtures(&sandbox);
        let began = Instant::now();
        let mut run = sandbox.command(&["up", "-q"]);
        let run = run
            .env("FAIL_POINTS_PASSED", sandbox.path().join("points"))
            .output();
        undisturbed.duration = undisturbed.duration.max(began.elapsed());
        assert!(run.expect("it starts").status.success());
        assert!(
            Tables::of(&sandbox) == version.tables(),
            "{version:?} is what a run makes of it"
        );
    }
    let points = fs::read_to_string(sandbox.path().join("points")).expect("points were passed");
    let mut places = BTreeMap::<&str, Vec<String>>::new();
    for point in points.lines() {
        let (place, _) = point.split_once('#').expect("points are numbered");
        places.entry(place).or_default().push(point.to_owned());
    }
    undisturbed.places = places.into_values().collect();
    undisturbed
}

/// What was done, and what it left behind.
#[derive(Debug, Default)]
struct Tally {
    kills: u64,
    /// Runs that were through before the signal came.
    missed: u64,
    completions: u64,
    /// How many kills left which databases changed.
    left_changed: BTreeMap<String, u64>,
    looks: u64,
    reads: u64,
}

struct Torturer {
    random: StdRng,
    undisturbed: Undisturbed,
    tally: Tally,
}

impl Torturer {
    /// Kills runs over the same databases, again and again, then lets one be.
    fn torture(&mut self, kills: u64) {
        // The first is, so that chance cannot have nobody look on.
        let is_observed = self.random.random_bool(0.8) || self.tally.kills == 0;
        let mut victim = Victim::new(is_observed);
        for _ in 0..kills {
            let fresh = self.random.random_bool(0.15);
            victim.may_become(fresh);
            self.kill(&victim, fresh);
            // Without a look in between, it is the next run that first opens what a kill left.
            if self.random.random_bool(0.8) {
                let changed = victim.inspect(fresh);
                *self.tally.left_changed.entry(changed).or_default() += 1;
            } else {
                victim.known = None;
            }
            if self.random.random_bool(0.3) {
                victim.complete();
                self.tally.completions += 1;
            }
            if self.random.random_bool(0.5) {
                victim.target(victim.target.next());
            }
        }
        victim.complete();
        self.tally.completions += 1;
        if let Some(observer) = victim.observer {
            let seen = observer.end();
            assert_eq!(seen.violations, [""; 0], "seen by another reader");
            self.tally.looks += seen.looks;
            self.tally.reads += seen.reads;
        }
    }

    /// Starts a run and kills it: some time after it began, or soon after it passed some point.
    fn kill(&mut self, victim: &Victim, fresh: bool) {
        let arguments: &[&str] = match fresh {
            true => &["up", "--fresh", "--yes", "-q"],
            false => &["up", "-q"],
        };
        let mut command = victim.sandbox.command(arguments);
        command.stdout(Stdio::null()).stderr(Stdio::null());
        let at_point = self.random.random_bool(0.6);
        if at_point {
            victim.events.listen_to(&mut command);
        }
        let mut run = command.spawn().expect("it starts");
        if at_point {
            let place = self.undisturbed.places.choose(&mut self.random);
            let point = place.and_then(|points| points.choose(&mut self.random));
            if victim
                .events
                .wait_for(point.expect("points were passed"), &mut run)
            {
                thread::sleep(SOON.mul_f64(self.random.random::<f64>().powi(2)));
            }
        } else {
            let longest = self.undisturbed.duration.mul_f64(1.1);
            thread::sleep(self.random.random_range(Duration::ZERO..longest));
        }
        run.kill().expect("it is a child of this process");
        let ended = run.wait().expect("it is a child of this process");
        self.tally.kills += 1;
        self.tally.missed += u64::from(ended.code().is_some());
    }
}

/// A store that is killed again and again.
struct Victim {
    sandbox: Sandbox,
    events: Events,
    observer: Option<Observer>,
    /// What the fixtures say.
    target: Version,
    /// The versions its databases may hold, and what those look like.
    may_hold: BTreeMap<Version, Tables>,
    /// What they were found to hold, where somebody has looked.
    known: Option<Known>,
}

/// The version in each database, and the runs in its ledger.
type Known = BTreeMap<&'static str, (Version, Vec<String>)>;

impl Victim {
    /// A store with fixtures and no databases, looked at or not.
    fn new(observed: bool) -> Self {
        let sandbox = Sandbox::new();
        let mut victim = Self {
            events: Events::new(),
            observer: observed.then(|| Observer::new(&sandbox)),
            sandbox,
            target: Version(0),
            may_hold: BTreeMap::from([(Version(0), Tables::default())]),
            known: None,
        };
        victim.target(Version(1));
        victim
    }

    fn target(&mut self, target: Version) {
        self.target = target;
        target.write_fixtures(&self.sandbox);
    }

    /// Expects what a run may make of it.
    fn may_become(&mut self, fresh: bool) {
        let target = self.may_hold.entry(self.target);
        target.or_insert_with(|| self.target.tables());
        if fresh {
            self.may_hold.entry(Version(0)).or_default();
        }
        if let Some(observer) = &self.observer {
            observer.allow(self.may_hold.keys().copied());
        }
    }

    /// Looks at what a kill left, and says which databases it left changed.
    fn inspect(&mut self, fresh: bool) -> String {
        assert_eq!(integrity(&self.sandbox), [""; 0]);
        let tables = Tables::of(&self.sandbox);
        assert_eq!(tables.dangling().len(), 0, "orders of nobody or of nothing");
        let found: Known = ALIASES
            .map(|alias| {
                let mut versions = self.may_hold.iter();
                match versions.find(|(_, whole)| whole.same(alias, &tables)) {
                    Some((version, _)) => (alias, (*version, runs(&self.sandbox, alias))),
                    None => panic!("`{alias}` is none of {:?}", self.may_hold.keys()),
                }
            })
            .into();
        for (alias, (version, runs)) in &found {
            assert!(
                found["orders"].0 <= *version,
                "orders are not ahead of {alias}"
            );
            let distinct: BTreeSet<_> = runs.iter().collect();
            assert_eq!(distinct.len(), runs.len(), "each run is recorded once");
            assert_eq!(
                runs.is_empty(),
                *version == Version(0),
                "{alias}: rows and ledger go together"
            );
        }
        let changed = |alias: &&str| {
            self.known
                .as_ref()
                .is_some_and(|known| known[alias].0 != found[alias].0)
        };
        let changed: Vec<_> = ALIASES.into_iter().filter(changed).collect();
        if let (Some(known), false) = (&self.known, fresh) {
            for alias in ALIASES {
                let recorded = found[alias].1.len() - known[alias].1.len();
                assert_eq!(
                    recorded,
                    usize::from(changed.contains(&alias)),
                    "{alias}: rows and ledger go together"
                );
            }
        }
        self.may_hold
            .retain(|version, _| found.values().any(|(found, _)| found == version));
        self.known = Some(found);
        if changed.is_empty() {
            "none".to_owned()
        } else {
            changed.join(", ")
        }
    }

    /// Lets a run go all the way, which must end where one ends that nothing came before; and another,
    /// which must find nothing to do.
    fn complete(&mut self) {
        self.may_become(false);
        self.sandbox.succeeds(&["up"]);
        self.may_hold.retain(|version, _| *version == self.target);
        self.known = None;
        self.inspect(false);
        let again = self.sandbox.succeeds(&["seed"]);
        assert_eq!(again.outcome, "unchanged");
        let known = self.known.clone();
        self.inspect(false);
        assert_eq!(
            self.known, known,
            "a run that changes nothing leaves nothing behind"
        );
    }
}
