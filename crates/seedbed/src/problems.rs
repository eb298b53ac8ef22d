use std::collections::BTreeMap;

use crate::problem::{Problem, Severity};

/// How many problems are kept to be shown; the rest is only counted. The limit of the JSON report.
pub const KEPT: usize = 10_000;

/// How many problems of one rule are drawn; the rest of them is only counted.
pub const EXAMPLES: u64 = 20;

/// The problems of a run: all counted, the first ones kept.
#[derive(Clone, Debug, Default)]
pub struct Problems {
    /// Rows' errors, not only those kept.
    pub errors: u64,
    /// Warnings, not only those kept.
    pub warnings: u64,
    /// The first [`KEPT`] problems, and the first few of each rule, by dataset in reference order, then as
    /// they stand in the fixtures.
    pub kept: Vec<Problem>,
    /// How often each rule was broken.
    pub by_rule: BTreeMap<String, u64>,
}

impl Problems {
    /// Counts a problem, and keeps it while there is room: then its index is returned. The first of each
    /// rule find room in any case, so that no rule goes without an example.
    pub fn add(&mut self, problem: Problem) -> Option<usize> {
        match problem.severity {
            Severity::Error => self.errors += 1,
            Severity::Warning => self.warnings += 1,
        }
        let count = self.by_rule.entry(problem.rule.clone()).or_default();
        *count += 1;
        (self.kept.len() < KEPT || *count <= EXAMPLES).then(|| {
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
        let mut seen: BTreeMap<String, u64> = BTreeMap::new();
        for problem in other.kept {
            let count = seen.entry(problem.rule.clone()).or_default();
            *count += 1;
            if self.kept.len() < KEPT || *count <= EXAMPLES {
                self.kept.push(problem);
            }
        }
    }
}
