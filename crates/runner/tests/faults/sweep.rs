//! Each place at which a run can fail, each way to fail there.

use servers::Kind;

use crate::on::{On, on_every_engine};
use crate::scenario::{How, Scenario};

on_every_engine![
    up_on_nothing,
    up_fresh_over_data,
    seed_over_older_data,
    migrate_nothing,
    migrate_fresh_over_data,
    migrate_down,
    undisturbed_runs_do_what_they_are_for,
];

const WAYS: [How; 3] = [How::Abort, How::Error, How::Transient];

/// Of what other sweeps do as well, servers see the worst alone, as they take their time.
fn fewer(on: On) -> &'static [How] {
    match on {
        On::Sqlite => &WAYS,
        _ => &[How::Abort],
    }
}

/// Fails everywhere in these ways, and finds nothing wrong. Each database passes these places, in this order.
#[track_caller]
fn check(scenario: &Scenario, ways: &[How], places: &[(&str, &[&str])]) {
    for (database, places) in places {
        let of_database = scenario.points.iter().filter(|p| p.database == *database);
        let passed: Vec<_> = of_database.map(|point| point.place.as_str()).collect();
        let expected: Vec<String> = places
            .iter()
            .flat_map(|place| [format!("{place}.before"), format!("{place}.after")])
            .collect();
        assert_eq!(passed, expected, "{database}");
    }
    check_ways(scenario, ways);
}

#[track_caller]
fn check_ways(scenario: &Scenario, ways: &[How]) {
    let violations = scenario.violations(scenario.cases(ways), None);
    assert!(violations.is_empty(), "{}", violations.join("\n"));
}

/// Whether there is another try is not for an engine to say.
#[test]
fn transient_faults_that_last() {
    check_ways(&Scenario::up(On::Sqlite), &[How::TransientForTooLong]);
}

/// Once for the tables, once for the rows.
const TWICE: &[&str] = &[
    "begin", "ledger", "commit", "begin", "batch", "ledger", "commit",
];

fn up_on_nothing(on: On) {
    check(
        &Scenario::up(on),
        &WAYS,
        &[("users", TWICE), ("products", TWICE), ("orders", TWICE)],
    );
}

fn up_fresh_over_data(on: On) {
    check(
        &Scenario::up_fresh(on),
        fewer(on),
        &[("users", TWICE), ("products", TWICE), ("orders", TWICE)],
    );
}

fn seed_over_older_data(on: On) {
    // What exchanges e-mails is written behind the rest.
    let places = |alias: &str, batches: &[usize]| {
        // PostgreSQL gets all rows first, and then merges them at once.
        let merges_once = on.kind(alias) == Some(Kind::Postgres);
        let batches = if merges_once {
            batches.len()
        } else {
            batches.iter().sum()
        };
        [
            &["begin"],
            vec!["batch"; batches].as_slice(),
            &["ledger", "commit"],
        ]
        .concat()
    };
    check(
        &Scenario::seed(on),
        &WAYS,
        &[
            ("users", &places("users", &[2, 1])),
            ("products", &places("products", &[1])),
            ("orders", &places("orders", &[2])),
        ],
    );
}

const EACH: &[&str] = &["begin", "ledger", "commit"];
const ALL: &[(&str, &[&str])] = &[("users", EACH), ("products", EACH), ("orders", EACH)];

fn migrate_nothing(on: On) {
    check(&Scenario::migrate(on), fewer(on), ALL);
}

fn migrate_fresh_over_data(on: On) {
    check(&Scenario::removing(on, "migrate fresh --yes"), &WAYS, ALL);
}

fn migrate_down(on: On) {
    check(&Scenario::removing(on, "migrate down --yes"), &WAYS, ALL);
}

/// What the sweeps compare with is itself what was meant.
fn undisturbed_runs_do_what_they_are_for(on: On) {
    let scenario = Scenario::seed(on);
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
