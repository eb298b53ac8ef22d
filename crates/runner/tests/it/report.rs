use std::ops::Deref;

use serde_json::{Value, json};

use crate::sandbox::Ran;

/// A command's JSON, and what else it left behind.
#[derive(Debug)]
pub struct Report {
    pub ran: Ran,
    pub json: Value,
}

/// A problem as the JSON has it, without its message. Sorts by place.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Found {
    pub file: String,
    pub line: u64,
    pub column: u64,
    pub rule: String,
    /// As JSON.
    pub id: String,
    /// `null` where it is null.
    pub field: String,
}

impl Report {
    /// Reads the one object on standard output.
    #[track_caller]
    pub fn of(ran: Ran) -> Self {
        let json = serde_json::from_str(&ran.stdout);
        let json = json.unwrap_or_else(|error| panic!("no JSON ({error}) in {ran:#?}"));
        Self { ran, json }
    }

    /// Asserts the outcome and the exit code.
    #[track_caller]
    pub fn ends(self, outcome: &str, code: i32) -> Self {
        let ended = (self.json["outcome"].as_str(), self.ran.code);
        assert_eq!(ended, (Some(outcome), code), "{:#?}", self);
        self
    }

    /// A dataset's counts: read, accepted, rejected, inserted, updated, unchanged.
    #[track_caller]
    pub fn counts(&self, dataset: &str) -> Value {
        let datasets = self.json["datasets"]
            .as_array()
            .expect("datasets are a list");
        let found = datasets.iter().find(|found| found["name"] == dataset);
        let found = found.unwrap_or_else(|| panic!("no `{dataset}` in {self:#?}"));
        let keys = [
            "read",
            "accepted",
            "rejected",
            "inserted",
            "updated",
            "unchanged",
        ];
        keys.map(|key| found[key].clone()).into_iter().collect()
    }

    /// The counts of users, products and orders.
    #[track_caller]
    pub fn all_counts(&self) -> Value {
        json!([
            self.counts("users"),
            self.counts("products"),
            self.counts("orders")
        ])
    }

    /// Numbers of errors and warnings.
    pub fn problem_count(&self) -> (u64, u64) {
        let count = |key: &str| {
            self.json["problem_count"][key]
                .as_u64()
                .expect("a count is a number")
        };
        (count("errors"), count("warnings"))
    }

    /// All problems, by place.
    pub fn problems(&self) -> Vec<Found> {
        let problems = self.json["problems"]
            .as_array()
            .expect("problems are a list");
        let mut found: Vec<Found> = problems.iter().map(Found::from).collect();
        found.sort();
        found
    }

    /// The first problem of a rule, as JSON.
    #[track_caller]
    pub fn problem(&self, rule: &str) -> &Value {
        let problems = self.json["problems"]
            .as_array()
            .expect("problems are a list");
        let found = problems.iter().find(|problem| problem["rule"] == rule);
        found.unwrap_or_else(|| panic!("no `{rule}` in {self:#?}"))
    }

    /// The rules broken, each with the row's key.
    pub fn broken(&self) -> Vec<String> {
        let broken = |found: Found| format!("{} {}", found.rule, found.id);
        self.problems().into_iter().map(broken).collect()
    }

    /// Asserts that the error is about this database, and that its message has all these texts.
    #[track_caller]
    pub fn fails(self, database: Option<&str>, texts: &[&str]) -> Self {
        let error = &self.json["error"];
        assert_eq!(error["database"].as_str(), database, "{self:#?}");
        let message = error["message"].as_str().unwrap_or_default();
        for text in texts {
            assert!(message.contains(text), "no `{text}` in {self:#?}");
        }
        self
    }
}

impl Deref for Report {
    type Target = Ran;

    fn deref(&self) -> &Ran {
        &self.ran
    }
}

impl From<&Value> for Found {
    fn from(problem: &Value) -> Self {
        let text = |key: &str| problem[key].as_str().unwrap_or("null").to_owned();
        let number = |key: &str| problem[key].as_u64().expect("places are numbers");
        Self {
            file: text("file"),
            line: number("line"),
            column: number("column"),
            rule: text("rule"),
            id: problem["id"].to_string(),
            field: text("field"),
        }
    }
}
