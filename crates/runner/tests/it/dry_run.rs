use serde_json::Value;

use crate::on::{On, on_every_engine};
use crate::report::Report;
use crate::sandbox::Sandbox;

on_every_engine![
    tells_what_the_run_would_do_and_does_nothing,
    before_the_first_migration_lists_it_and_checks_the_fixtures,
    of_a_strict_run_is_refused_as_that_would_be,
    of_good_fixtures_may_be_strict,
];

/// What does not depend on time: counts and problems.
fn told(report: &Report) -> (Value, Value, Value) {
    let json = &report.json;
    let (count, problems) = (&json["problem_count"], &json["problems"]);
    (report.all_counts(), count.clone(), problems.clone())
}

fn tells_what_the_run_would_do_and_does_nothing(on: On) {
    let edit = |sandbox: &Sandbox| {
        sandbox.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    };
    let migrated = || {
        let sandbox = on.store();
        sandbox.run(["migrate"]).exits(0);
        sandbox
    };
    let edited = || {
        let sandbox = on.seeded();
        edit(&sandbox);
        sandbox
    };
    let cases: [(&str, &dyn Fn() -> Sandbox, &str); 3] = [
        ("migrated", &migrated, "seeded"),
        ("edited", &edited, "seeded"),
        ("seeded", &|| on.seeded(), "unchanged"),
    ];
    for (name, sandbox, outcome) in cases {
        for command in ["seed", "up"] {
            let sandbox = sandbox();
            let before = sandbox.state();
            let dry = sandbox.json([command, "--dry-run"]).ends("dry-run", 0);
            assert!(sandbox.state() == before, "{name}: something was changed");
            for database in dry.json["databases"].as_array().expect("it is a list") {
                assert_eq!(database["committed"], false, "{name}");
            }
            let wet = sandbox.json([command]).ends(outcome, 0);
            assert_eq!(told(&dry), told(&wet), "{name}, {command}");
        }
    }
}

fn before_the_first_migration_lists_it_and_checks_the_fixtures(on: On) {
    let sandbox = on.store();
    let before = sandbox.state();
    let report = sandbox.json(["up", "--dry-run"]).ends("dry-run", 0);
    assert_eq!(report.problem_count(), (6, 1));
    assert_eq!(report.counts("users")[1], 9);
    for alias in ["users", "products", "orders"] {
        let name = format!("m20261122_000001_create_{alias}");
        assert!(report.stderr.contains(&name), "{}", report.stderr);
    }
    sandbox.run(["up", "--dry-run"]).exits(0);
    assert!(sandbox.state() == before, "something was created");
    assert!(!sandbox.path("data").exists(), "a folder was created");
}

fn of_a_strict_run_is_refused_as_that_would_be(on: On) {
    let migrated = on.store();
    migrated.run(["migrate"]).exits(0);
    let seeded = on.seeded();
    seeded.edit("fixtures/users.yaml", "name: Bob", "name: Robert");
    for (sandbox, command) in [(&migrated, "seed"), (&seeded, "seed"), (&seeded, "up")] {
        let before = sandbox.state();
        let dry = sandbox.json([command, "--strict", "--dry-run"]);
        let dry = dry.ends("refused", 1);
        assert!(sandbox.state() == before, "something was changed");
        let wet = sandbox.json([command, "--strict"]).ends("refused", 1);
        assert_eq!(told(&dry), told(&wet));
    }
    let clean = on.store();
    clean
        .json(["up", "--strict", "--dry-run"])
        .ends("refused", 1);
    assert!(!clean.path("data").exists(), "a folder was created");
}

fn of_good_fixtures_may_be_strict(on: On) {
    let sandbox = on.with(&[("users", "- {id: 1, name: Kim, email: kim@example.com}")]);
    sandbox
        .json(["seed", "--strict", "--dry-run"])
        .ends("dry-run", 0);
    assert_eq!(sandbox.rows("users", "SELECT count(*) FROM users"), ["0"]);
}
