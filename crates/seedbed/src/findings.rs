use fixture_reader::{Fault, FaultKind, Span};

use crate::key::Key;
use crate::problem::{Place, Problem, Related, Severity};
use crate::reading::FixtureRow;
use crate::verdict::SoughtRow;

/// What is found out about one row while it is judged.
pub(crate) struct Findings<'a> {
    dataset: &'a str,
    row: FixtureRow<'a>,
    /// The row's key, where it could be read.
    pub key: Option<Key>,
    /// What is wrong with it, each with the place that would explain it.
    pub problems: Vec<(Problem, Option<(String, SoughtRow)>)>,
    /// Fields that could not be read, so that no further rule may judge them.
    unread: Vec<String>,
}

impl<'a> Findings<'a> {
    /// Nothing found yet.
    pub fn new(dataset: &'a str, row: FixtureRow<'a>) -> Self {
        Self {
            dataset,
            row,
            key: None,
            problems: Vec::new(),
            unread: Vec::new(),
        }
    }

    /// Whether the row breaks no rule that would reject it.
    pub fn is_clean(&self) -> bool {
        let rejects = |(problem, _): &(Problem, _)| problem.severity == Severity::Error;
        !self.problems.iter().any(rejects)
    }

    /// Whether the field has the value that the fixture gives it.
    pub fn can_judge(&self, field: &str) -> bool {
        !self.unread.iter().any(|unread| unread == field)
    }

    /// Takes over what was wrong with the row's fields as they were read.
    pub fn faults(&mut self, faults: Vec<Fault>) {
        for fault in faults {
            let (field, code) = match fault.kind {
                FaultKind::UnknownField => ("row", "unknown-field"),
                FaultKind::DuplicateField => ("row", "duplicate-field"),
                FaultKind::Required => (fault.field.as_str(), "required"),
                FaultKind::Type => (fault.field.as_str(), "type"),
            };
            let place = self.place(fault.span);
            let mut problem =
                self.problem_at(Severity::Error, &fault.field, place, fault.message.clone());
            problem.rule = format!("{}.{field}.{code}", self.dataset);
            problem.related.extend(fault.first.map(|span| Related {
                place: Place {
                    span,
                    ..problem.place.clone()
                },
                message: "first given here".to_owned(),
            }));
            if matches!(fault.kind, FaultKind::Required | FaultKind::Type) {
                self.unread.push(fault.field);
            }
            self.problems.push((problem, None));
        }
    }

    /// A broken rule that rejects the row.
    pub fn error(&mut self, field: &str, code: &str, message: String) {
        let mut problem = self.problem(Severity::Error, field, message);
        problem.rule = format!("{}.{field}.{code}", self.dataset);
        self.problems.push((problem, None));
    }

    /// A broken rule of the whole row that only warns; it is shown at `field`.
    pub fn warning(&mut self, field: &str, code: &str, message: String) {
        let mut problem = self.problem(Severity::Warning, field, message);
        problem.rule = format!("{}.{code}", self.dataset);
        problem.field = None;
        self.problems.push((problem, None));
    }

    /// Has the newest problem explained by another row, to be found later.
    pub fn seek(&mut self, sought: (String, SoughtRow)) {
        if let Some((_, place)) = self.problems.last_mut() {
            *place = Some(sought);
        }
    }

    /// Where a field of the row is.
    pub fn place_of(&self, field: &str) -> Place {
        self.place(self.row.raw.span_of(field))
    }

    fn place(&self, span: Span) -> Place {
        Place {
            file: self.row.file.clone(),
            span,
        }
    }

    fn problem(&self, severity: Severity, field: &str, message: String) -> Problem {
        self.problem_at(severity, field, self.place_of(field), message)
    }

    fn problem_at(
        &self,
        severity: Severity,
        field: &str,
        place: Place,
        message: String,
    ) -> Problem {
        Problem {
            severity,
            rule: String::new(),
            dataset: self.dataset.to_owned(),
            key: None,
            field: Some(field.to_owned()),
            place,
            message: shortened(message),
            related: Vec::new(),
        }
    }
}

/// A message without the middle of the value that it shows, if that is a long one: thousands are kept.
fn shortened(message: String) -> String {
    const HEAD: usize = 400;
    const TAIL: usize = 100;
    if message.len() <= 2 * (HEAD + TAIL) {
        return message;
    }
    let head = &message[..message.floor_char_boundary(HEAD)];
    let tail = &message[message.ceil_char_boundary(message.len() - TAIL)..];
    format!("{head}…{tail}")
}
