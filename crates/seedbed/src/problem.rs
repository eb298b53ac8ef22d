use std::path::Path;
use std::sync::Arc;

use fixture_reader::Span;
use serde::Serialize;

use crate::key::Key;

/// Whether a row that breaks a rule is kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// The row is rejected.
    Error,
    /// The row is kept.
    Warning,
}

/// A stretch of text in a fixture.
#[derive(Clone, Debug, PartialEq)]
pub struct Place {
    /// The path as one would open it from the current folder.
    pub file: Arc<Path>,
    /// Where in it.
    pub span: Span,
}

/// A row that breaks a rule.
#[derive(Clone, Debug)]
pub struct Problem {
    /// Error or warning.
    pub severity: Severity,
    /// The rule's full name, `orders.quantity.positive`.
    pub rule: String,
    /// The dataset of the row.
    pub dataset: String,
    /// The row's key, where it could be read.
    pub key: Option<Key>,
    /// The field the rule is about, where it is about one.
    pub field: Option<String>,
    /// The value complained about, or the next best thing.
    pub place: Place,
    /// A lower-case sentence; fixture text in it is not escaped yet.
    pub message: String,
    /// Other places that explain it: the first use of a repeated e-mail.
    pub related: Vec<Related>,
}

/// A place that explains a problem.
#[derive(Clone, Debug)]
pub struct Related {
    /// Where to look.
    pub place: Place,
    /// What is to be seen there.
    pub message: String,
}
