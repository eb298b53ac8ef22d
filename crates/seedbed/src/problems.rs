use std::collections::BTreeMap;

use crate::problem::{Problem, Severity};

/// How many problems are kept to be shown; the rest is only counted. The limit of the JSON report.
pub const KEPT: usize = 10_000;

/// The problems of a run: all counted, the first ones kept.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    /// Rows' errors, not only those kept.
    pub errors: u64,
    /// Warnings, not only those kept.
    pub warnings: u64,
    /// The first [`KEPT`] problems, by dataset in reference order, then as they stand in the fixtures.
    pub kept: Vec<Problem>,
    /// How often each rule was broken.
    pub by_rule: BTreeMap<String, u64>,
}

impl Problems {
    /// Counts a problem, and keeps it while there is room: then its index is returned.
    pub fn add(&mut self, problem: Problem) -> Option<usize> {
        match problem.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        *self.by_rule.entry(problem.rule.clone()).or_default() += 1;
        (self.kept.len() < KEPT).then(|| {
            self.kept.push(problem);
            self.kept.len() - 1
        })
    }

    /// Puts another dataset's problems behind these.
    pub fn append(&mut self, other: Self) {
        self.errors += other.errors;
        self.warnings += other.warnings;
        for (rule, count) in other.by_rule {
            *self.by_rule.entry(rule).or_default() += count;
        }
        let room = KEPT.saturating_sub(self.kept.len());
        self.kept.extend(other.kept.into_iter().take(room));
    }
}
