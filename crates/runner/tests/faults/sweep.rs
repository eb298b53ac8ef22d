//! Each place at which a run can fail, each way to fail there.

use crate::scenario::{How, Scenario};

const WAYS: [How; 3] = [How::Abort, How::Error, How::Transient];

/// Fails everywhere, and finds nothing wrong. Each database passes these places, in this order.
#[track_caller]
fn check(scenario: &Scenario, places: &[(&str, &[&str])]) {
    for (database, places) in places {
        let of_database = scenario.points.iter().filter(|p| p.database == *database);
        let passed: Vec<_> = of_database.map(|point| point.place.as_str()).collect();
        let expected: Vec<String> = places
            .iter()
            .flat_map(|place| [format!("{place}.before"), format!("{place}.after")])
            .collect();
        assert_eq!(passed, expected, "{database}");
    }
    check_ways(scenario, &WAYS);
}

#[track_caller]
fn check_ways(scenario: &Scenario, ways: &[How]) {
    let violations = scenario.violations(scenario.cases(ways), None);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

#[test]
fn transient_faults_that_last() {
    check_ways(&Scenario::up(), &[How::TransientForTooLong]);
}

/// Once for the tables, once for the rows.
const TWICE: &[&str] = &[
    "begin", "ledger", "commit", "begin", "batch", "ledger", "commit",
];

#[test]
fn up_on_nothing() {
    check(
        &Scenario::up(),
        &[("users", TWICE), ("products", TWICE), ("orders", TWICE)],
    );
}

#[test]
fn up_fresh_over_data() {
    check(
        &Scenario::up_fresh(),
        &[("users", TWICE), ("products", TWICE), ("orders", TWICE)],
    );
}

#[test]
fn seed_over_older_data() {
    let places = |batches: usize| {
        let batches = vec!["batch"; batches];
        [&["begin"], batches.as_slice(), &["ledger", "commit"]].concat()
    };
    check(
        &Scenario::seed(),
        &[
            ("users", &places(2)),
            ("products", &places(1)),
            ("orders", &places(2)),
        ],
    );
}

const EACH: &[&str] = &["begin", "ledger", "commit"];
const ALL: &[(&str, &[&str])] = &[("users", EACH), ("products", EACH), ("orders", EACH)];

#[test]
fn migrate_nothing() {
    check(&Scenario::migrate(), ALL);
}

#[test]
fn migrate_fresh_over_data() {
    check(&Scenario::removing("migrate fresh --yes"), ALL);
}

#[test]
fn migrate_down() {
    check(&Scenario::removing("migrate down --yes"), ALL);
}

/// What the sweeps compare with is itself what was meant.
#[test]
fn undisturbed_runs_do_what_they_are_for() {
    let scenario = Scenario::seed();
    let counts = |dataset: usize| {
        let dataset = &scenario.report["datasets"][dataset];
        ["read", "rejected", "inserted", "updated", "unchanged"]
            .map(|name| dataset[name].as_u64().unwrap())
    };
    assert_eq!(counts(0), [1_100, 2, 400, 104, 594]);
    assert_eq!(counts(1), [521, 2, 120, 79, 320]);
    assert_eq!(counts(2), [1_054, 4, 450, 200, 400]);
    let sandbox = scenario.sandbox();
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
    let state = sandbox.state();
    sandbox.run("seed").finish().expect_outcome(0, "unchanged");
    assert_eq!(sandbox.state(), state);
    assert_eq!(state.dangling(), Vec::<i64>::new());
}
