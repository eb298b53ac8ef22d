use serde_json::{Map, Value};

use crate::on::{On, on_every_engine};
use crate::report::Report;
use crate::sandbox::Sandbox;
use Kind::*;

on_every_engine![
    every_key_is_always_there,
    lists_are_in_reference_order,
    a_refused_run_says_what_it_would_have_written,
    a_run_that_read_nothing_lists_nothing,
];

/// What a key of the report holds.
#[derive(Clone, Copy)]
enum Kind {
    Text,
    Count,
    CountOrNull,
    Milliseconds,
    Flag,
    Scalar,
    TextOrNull,
    List,
    Object,
}

const REPORT: &[(&str, Kind)] = &[
    ("outcome", Text),
    ("datasets", List),
    ("databases", List),
    ("problem_count", Object),
    ("problems", List),
];

const DATASET: &[(&str, Kind)] = &[
    ("name", Text),
    ("database", Text),
    ("read", Count),
    ("accepted", Count),
    ("rejected", Count),
    ("inserted", CountOrNull),
    ("updated", CountOrNull),
    ("unchanged", CountOrNull),
    ("timeline_ms", Object),
];

const DATABASE: &[(&str, Kind)] = &[
    ("name", Text),
    ("engine", Text),
    ("committed", Flag),
    ("timeline_ms", Object),
];

const PROBLEM: &[(&str, Kind)] = &[
    ("severity", Text),
    ("rule", Text),
    ("dataset", Text),
    ("id", Scalar),
    ("field", TextOrNull),
    ("file", Text),
    ("line", Count),
    ("column", Count),
    ("message", Text),
    ("related", List),
];

const PLACE: &[(&str, Kind)] = &[
    ("file", Text),
    ("line", Count),
    ("column", Count),
    ("message", Text),
];

impl Kind {
    fn fits(self, value: &Value) -> bool {
        match self {
            Text => value.is_string(),
            Count => value.is_u64(),
            CountOrNull => value.is_u64() || value.is_null(),
            Milliseconds => value.is_null() || value.as_f64().is_some_and(|it| it >= 0.0),
            Flag => value.is_boolean(),
            Scalar => !value.is_array() && !value.is_object(),
            TextOrNull => value.is_string() || value.is_null(),
            List => value.is_array(),
            Object => value.is_object(),
        }
    }
}

fn has(value: &Value, keys: &[(&str, Kind)]) {
    let empty = Map::new();
    let object = value.as_object().unwrap_or(&empty);
    for (key, kind) in keys {
        let found = object.get(*key);
        assert!(
            found.is_some_and(|it| kind.fits(it)),
            "`{key}` in {value:#}"
        );
    }
}

fn items<'a>(value: &'a Value, key: &str) -> impl Iterator<Item = &'a Value> {
    value[key].as_array().into_iter().flatten()
}

/// Every key is there with a value of its type, and the counts add up.
fn check(on: On, report: &Report) {
    let json = &report.json;
    assert_eq!(report.stdout.lines().count(), 1, "{}", report.stdout);
    has(json, REPORT);
    has(
        &json["problem_count"],
        &[("errors", Count), ("warnings", Count)],
    );
    for dataset in items(json, "datasets") {
        has(dataset, DATASET);
        let stages = ["started", "keys_ready", "written"];
        has(
            &dataset["timeline_ms"],
            &stages.map(|it| (it, Milliseconds)),
        );
        let count = |key: &str| dataset[key].as_u64();
        assert_eq!(
            count("read"),
            Some(sum(&[count("accepted"), count("rejected")]))
        );
        if let Some(inserted) = count("inserted") {
            let rest = [Some(inserted), count("updated"), count("unchanged")];
            assert_eq!(count("accepted"), Some(sum(&rest)), "{dataset:#}");
        }
    }
    for database in items(json, "databases") {
        has(database, DATABASE);
        let alias = database["name"].as_str().expect("a name is a text");
        assert_eq!(database["engine"], on.engine(alias));
        let stages = ["began", "at_barrier", "committed"];
        has(
            &database["timeline_ms"],
            &stages.map(|it| (it, Milliseconds)),
        );
        let committed = !database["timeline_ms"]["committed"].is_null();
        assert_eq!(database["committed"], committed, "{database:#}");
    }
    for problem in items(json, "problems") {
        has(problem, PROBLEM);
        let severity = problem["severity"].as_str();
        assert!(matches!(severity, Some("error" | "warning")), "{problem:#}");
        items(problem, "related").for_each(|place| has(place, PLACE));
    }
    let error = json.get("error").unwrap_or(&Value::Null);
    if matches!(report.code, 2 | 3) {
        has(error, &[("database", TextOrNull), ("message", Text)]);
    } else {
        assert!(error.is_null(), "{json:#}");
    }
}

fn sum(counts: &[Option<u64>]) -> u64 {
    counts
        .iter()
        .map(|count| count.expect("it is a count"))
        .sum()
}

fn every_key_is_always_there(on: On) {
    let clean = || on.store();
    let seeded = || on.seeded();
    let migrated = || {
        let sandbox = on.store();
        sandbox.run(["migrate"]).exits(0);
        sandbox
    };
    let unreadable = || {
        let sandbox = on.seeded();
        sandbox.write("fixtures/users.yaml", "oops");
        sandbox
    };
    let corrupt = || {
        let sandbox = on.seeded();
        sandbox.write(
            "data/products.db",
            "not a database, but long enough to be looked at",
        );
        sandbox
    };
    let misconfigured = || {
        let sandbox = on.store();
        sandbox.write("seedbed.toml", "[default]\nstrickt = true\n");
        sandbox
    };
    let pending = || {
        let sandbox = migrated();
        sandbox.execute("orders", "DELETE FROM seaql_migrations");
        sandbox
    };
    let of_others = || {
        let sandbox = migrated();
        sandbox.execute("users", "INSERT INTO users VALUES (50, 'Kim', 'kim@x.com')");
        sandbox
    };
    type Case<'a> = (&'a dyn Fn() -> Sandbox, &'a [&'a str], &'a str, i32);
    let cases: [Case<'_>; 17] = [
        (&clean, &["up"], "seeded", 0),
        (&clean, &["up", "--dry-run"], "dry-run", 0),
        (&clean, &["up", "--strict"], "refused", 1),
        (&clean, &["check"], "checked", 1),
        (&clean, &["check", "fixtures/orders.yaml"], "checked", 1),
        (&migrated, &["seed"], "seeded", 0),
        (&migrated, &["seed", "--dry-run"], "dry-run", 0),
        (&migrated, &["seed", "--strict"], "refused", 1),
        (&seeded, &["seed"], "unchanged", 0),
        (&seeded, &["up"], "unchanged", 0),
        (&unreadable, &["seed"], "refused", 1),
        (&unreadable, &["check"], "refused", 1),
        (&of_others, &["seed"], "refused", 2),
        (&pending, &["seed"], "refused", 2),
        (&clean, &["check", "nowhere.yaml"], "refused", 2),
        (&clean, &["up", "--database", "nowhere"], "refused", 2),
        (&misconfigured, &["check"], "refused", 2),
    ];
    let of_files: [Case<'_>; 2] = [
        (&corrupt, &["seed"], "failed", 3),
        (&corrupt, &["up"], "failed", 3),
    ];
    let of_files = of_files.into_iter().filter(|_| on == On::Sqlite);
    for (sandbox, arguments, outcome, code) in cases.into_iter().chain(of_files) {
        let report = sandbox().json(arguments.iter().copied());
        let report = report.ends(outcome, code);
        check(on, &report);
    }
}

fn lists_are_in_reference_order(on: On) {
    let report = on.store().json(["up"]);
    let names = |key: &str| -> Vec<&str> {
        items(&report.json, key)
            .map(|it| it["name"].as_str().expect("a name is a text"))
            .collect()
    };
    assert_eq!(names("datasets").last(), Some(&"orders"));
    assert_eq!(names("databases").last(), Some(&"orders"));
    let time = |name: &str, stage: &str| {
        let found = items(&report.json, "databases").find(|it| it["name"] == name);
        let found = found.expect("the database is there");
        found["timeline_ms"][stage]
            .as_f64()
            .expect("it was reached")
    };
    for name in ["users", "products"] {
        assert!(time(name, "committed") <= time("orders", "committed"));
        assert!(time("orders", "at_barrier") <= time(name, "committed"));
    }
}

fn a_run_that_read_nothing_lists_nothing(on: On) {
    let of_others = on.store();
    of_others.run(["migrate"]).exits(0);
    of_others.execute("users", "INSERT INTO users VALUES (50, 'Kim', 'kim@x.com')");
    for sandbox in [on.store(), of_others] {
        for arguments in [&["seed"][..], &["seed", "--dry-run"]] {
            let report = sandbox.json(arguments.iter().copied());
            let report = report.ends("refused", 2);
            for key in ["datasets", "databases", "problems"] {
                assert_eq!(items(&report.json, key).count(), 0, "{key}");
            }
        }
    }
}

fn a_refused_run_says_what_it_would_have_written(on: On) {
    let sandbox = on.store();
    let report = sandbox.json(["up", "--strict"]).ends("refused", 1);
    for (dataset, rows) in [("users", 9), ("products", 9), ("orders", 7)] {
        assert_eq!(report.counts(dataset)[3], rows, "{dataset}");
    }
}

#[test]
fn at_most_10_000_problems_are_listed_and_all_are_counted() {
    let sandbox = Sandbox::empty();
    let row = |id: u32| format!("- {{id: {id}, name: '', email: u{id}@x.com}}\n");
    let rows: String = (1..=10_003).map(row).collect();
    sandbox.fixtures(&[("users", &rows)]);
    let report = sandbox.json(["check"]).ends("checked", 1);
    assert_eq!(report.problem_count(), (10_003, 0));
    assert_eq!(items(&report.json, "problems").count(), 10_000);
    assert_eq!(report.counts("users")[2], 10_003);
}

#[test]
fn flags_for_all_commands_go_before_or_after_them() {
    let sandbox = Sandbox::store();
    for arguments in [["--format", "json", "check"], ["check", "--format", "json"]] {
        check(
            On::Sqlite,
            &Report::of(sandbox.run(arguments)).ends("checked", 1),
        );
    }
}
