use std::collections::BTreeMap;
use std::process::Output;

use serde_json::Value;

/// What the program printed with `--format json`.
#[derive(Debug)]
pub struct Report {
    pub outcome: String,
    pub datasets: BTreeMap<String, Counts>,
    /// Whether each database was committed.
    pub committed: BTreeMap<String, bool>,
    pub problems: Vec<Problem>,
}

/// What became of the rows of one dataset.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Counts {
    pub read: u64,
    pub accepted: u64,
    pub rejected: u64,
    pub inserted: u64,
    pub updated: u64,
    pub unchanged: u64,
}

#[derive(Debug)]
pub struct Problem {
    pub is_error: bool,
    pub rule: String,
    pub file: String,
    pub line: u64,
}

impl Report {
    /// Reads it.
    pub fn of(output: &Output) -> Self {
        let json: Value = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("no report: {error}: {output:?}"));
        let list = |of: &str| json[of].as_array().expect("a list").clone();
        let named = |value: &Value| text(&value["name"]);
        Self {
            outcome: text(&json["outcome"]),
            datasets: list("datasets")
                .iter()
                .map(|dataset| (named(dataset), Counts::of(dataset)))
                .collect(),
            committed: list("databases")
                .iter()
                .map(|database| (named(database), database["committed"] == true))
                .collect(),
            problems: list("problems").iter().map(Problem::of).collect(),
        }
    }
}

impl Counts {
    fn of(dataset: &Value) -> Self {
        let count = |of: &str| dataset[of].as_u64().unwrap_or(u64::MAX);
        Self {
            read: count("read"),
            accepted: count("accepted"),
            rejected: count("rejected"),
            inserted: count("inserted"),
            updated: count("updated"),
            unchanged: count("unchanged"),
        }
    }
}

impl Problem {
    fn of(problem: &Value) -> Self {
        Self {
            is_error: problem["severity"] == "error",
            rule: text(&problem["rule"]),
            file: text(&problem["file"]),
            line: problem["line"].as_u64().expect("a line"),
        }
    }
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
