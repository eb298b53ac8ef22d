use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::escape::is_unprintable;
use super::spelled;
use crate::key::Key;
use crate::problem::{Place, Problem, Related, Severity};
use crate::report::{
    DatabaseReport, DatabaseTimeline, DatasetReport, Failure, LoadTimeline, Outcome, Report,
};

/// The report as one JSON object on one line, with the line's end.
pub fn report(report: &Report) -> String {
    let mut json = Vec::new();
    let mut serializer = Serializer::with_formatter(&mut json, Printable);
    ReportJson::from(report)
        .serialize(&mut serializer)
        .expect("a report has no map with other keys than strings, and memory takes every byte");
    json.push(b'\n');
    String::from_utf8(json).expect("JSON is UTF-8")
}

#[derive(Serialize)]
struct ReportJson<'a> {
    outcome: Outcome,
    datasets: Vec<DatasetReport>,
    databases: Vec<DatabaseReport>,
    problem_count: ProblemCount,
    problems: Vec<ProblemJson<'a>>,
    error: Option<&'a Failure>,
}

#[derive(Serialize)]
struct ProblemCount {
    errors: u64,
    warnings: u64,
}

#[derive(Serialize)]
struct ProblemJson<'a> {
    severity: Severity,
    rule: &'a str,
    dataset: &'a str,
    id: Option<&'a Key>,
    field: Option<&'a str>,
    file: String,
    line: u64,
    column: u64,
    message: &'a str,
    related: Vec<RelatedJson<'a>>,
}

#[derive(Serialize)]
struct RelatedJson<'a> {
    file: String,
    line: u64,
    column: u64,
    message: &'a str,
}

impl<'a> From<&'a Report> for ReportJson<'a> {
    fn from(report: &'a Report) -> Self {
        Self {
            outcome: report.outcome,
            datasets: report.datasets.iter().map(rounded_dataset).collect(),
            databases: report.databases.iter().map(rounded_database).collect(),
            problem_count: ProblemCount {
                errors: report.problems.errors,
                warnings: report.problems.warnings,
            },
            problems: report.problems.kept.iter().map(ProblemJson::from).collect(),
            error: report.error.as_ref(),
        }
    }
}

impl<'a> From<&'a Problem> for ProblemJson<'a> {
    fn from(problem: &'a Problem) -> Self {
        let Place { file, span } = &problem.place;
        Self {
            severity: problem.severity,
            rule: &problem.rule,
            dataset: &problem.dataset,
            id: problem.key.as_ref(),
            field: problem.field.as_deref(),
            file: spelled(file),
            line: span.start.line,
            column: span.start.column,
            message: &problem.message,
            related: problem.related.iter().map(RelatedJson::from).collect(),
        }
    }
}

impl<'a> From<&'a Related> for RelatedJson<'a> {
    fn from(related: &'a Related) -> Self {
        let Place { file, span } = &related.place;
        Self {
            file: spelled(file),
            line: span.start.line,
            column: span.start.column,
            message: &related.message,
        }
    }
}

fn rounded_dataset(dataset: &DatasetReport) -> DatasetReport {
    let LoadTimeline {
        started,
        keys_ready,
        written,
    } = dataset.timeline_ms;
    DatasetReport {
        timeline_ms: LoadTimeline {
            started: started.map(rounded),
            keys_ready: keys_ready.map(rounded),
            written: written.map(rounded),
        },
        ..dataset.clone()
    }
}

fn rounded_database(database: &DatabaseReport) -> DatabaseReport {
    let DatabaseTimeline {
        began,
        at_barrier,
        committed,
    } = database.timeline_ms;
    DatabaseReport {
        timeline_ms: DatabaseTimeline {
            began: began.map(rounded),
            at_barrier: at_barrier.map(rounded),
            committed: committed.map(rounded),
        },
        ..database.clone()
    }
}

/// To a microsecond; what is finer is noise.
fn rounded(milliseconds: f64) -> f64 {
    (milliseconds * 1000.0).round() / 1000.0
}

/// Compact JSON that is safe to show on a terminal: `\u` escapes also where JSON would not ask for them.
struct Printable;

impl Formatter for Printable {
    fn write_string_fragment<W>(&mut self, writer: &mut W, fragment: &str) -> io::Result<()>
    where
        W: ?Sized + io::Write,
    {
        let mut rest = fragment;
        while let Some(at) = rest.find(is_unprintable) {
            let (printable, tail) = rest.split_at(at);
            writer.write_all(printable.as_bytes())?;
            let mut tail = tail.chars();
            if let Some(c) = tail.next() {
                for unit in c.encode_utf16(&mut [0; 2]) {
                    write!(writer, "\\u{unit:04x}")?;
                }
            }
            rest = tail.as_str();
        }
        writer.write_all(rest.as_bytes())
    }
}
