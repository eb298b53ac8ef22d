use std::io;

use serde::Serialize;
use serde_json::ser::{Formatter, Serializer};

use super::escape::is_unprintable;
use super::spelled;
use crate::key::Key;
use crate::problem::{Place, Problem, Related, Severity};
use crate::problems::KEPT;
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
            problems: report
                .problems
                .kept
                .iter()
                .take(KEPT)
                .map(ProblemJson::from)
                .collect(),
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

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::sync::Arc;

    use fixture_reader::{Position, Span};
    use proptest::prelude::*;

    use super::*;
    use crate::problems::Problems;
    use crate::report::Exit;

    fn empty(outcome: Outcome, exit: Exit) -> Report {
        Report {
            outcome,
            exit,
            datasets: Vec::new(),
            databases: Vec::new(),
            problems: Problems::default(),
            error: None,
            elapsed_ms: 3.2,
        }
    }

    fn place(line: u64, column: u64) -> Place {
        let start = Position { line, column };
        Place {
            file: Arc::from(Path::new("fixtures").join("orders.yaml")),
            span: Span { start, width: 2 },
        }
    }

    fn problem(key: Option<Key>, message: &str) -> Problem {
        Problem {
            severity: Severity::Error,
            rule: "orders.product_id.exists".to_owned(),
            dataset: "orders".to_owned(),
            key,
            field: Some("product_id".to_owned()),
            place: place(39, 15),
            message: message.to_owned(),
            related: vec![Related {
                place: place(1, 1),
                message: "here".to_owned(),
            }],
        }
    }

    #[test]
    fn a_run_as_the_contract_spells_it() {
        let mut seeded = empty(Outcome::Seeded, Exit::Done);
        seeded.datasets.push(DatasetReport {
            name: "users".to_owned(),
            database: "users".to_owned(),
            read: 10,
            accepted: 9,
            rejected: 1,
            inserted: Some(9),
            updated: Some(0),
            unchanged: None,
            timeline_ms: LoadTimeline {
                started: Some(0.400_04),
                keys_ready: Some(0.9),
                written: None,
            },
        });
        seeded.databases.push(DatabaseReport {
            name: "users".to_owned(),
            engine: "sqlite",
            committed: Some(true),
            timeline_ms: DatabaseTimeline {
                began: Some(0.3),
                at_barrier: None,
                committed: Some(2.6449),
            },
        });
        seeded
            .problems
            .add(problem(Some(Key::Integer(10)), "there is no product `11`"));
        let expected = concat!(
            r#"{"outcome":"seeded","#,
            r#""datasets":[{"name":"users","database":"users","read":10,"accepted":9,"rejected":1,"#,
            r#""inserted":9,"updated":0,"unchanged":null,"#,
            r#""timeline_ms":{"started":0.4,"keys_ready":0.9,"written":null}}],"#,
            r#""databases":[{"name":"users","engine":"sqlite","committed":true,"#,
            r#""timeline_ms":{"began":0.3,"at_barrier":null,"committed":2.645}}],"#,
            r#""problem_count":{"errors":1,"warnings":0},"#,
            r#""problems":[{"severity":"error","rule":"orders.product_id.exists","dataset":"orders","id":10,"#,
            r#""field":"product_id","file":"fixtures/orders.yaml","line":39,"column":15,"#,
            r#""message":"there is no product `11`","#,
            r#""related":[{"file":"fixtures/orders.yaml","line":1,"column":1,"message":"here"}]}],"#,
            r#""error":null}"#,
            "\n",
        );
        assert_eq!(report(&seeded), expected);
    }

    #[test]
    fn nothing_read_leaves_the_lists_empty() {
        let mut failed = empty(Outcome::DryRun, Exit::Database);
        failed.error = Some(Failure {
            database: None,
            message: "no \"route\"".to_owned(),
        });
        let expected = concat!(
            r#"{"outcome":"dry-run","datasets":[],"databases":[],"problem_count":{"errors":0,"warnings":0},"#,
            r#""problems":[],"error":{"database":null,"message":"no \"route\""}}"#,
            "\n",
        );
        assert_eq!(report(&failed), expected);
    }

    #[test]
    fn a_key_is_a_scalar() {
        let check = |key, id: &str| {
            let mut one = empty(Outcome::Checked, Exit::Found);
            one.problems.add(problem(key, ""));
            assert!(report(&one).contains(&format!(r#""id":{id},"#)), "{id}");
        };
        check(None, "null");
        check(Some(Key::Integer(u64::MAX.into())), "18446744073709551615");
        check(Some(Key::Integer(i64::MIN.into())), "-9223372036854775808");
        check(Some(Key::Text("a\u{202e}\n".to_owned())), r#""a\u202e\n""#);
        check(
            Some(Key::Uuid(uuid::Uuid::nil())),
            r#""00000000-0000-0000-0000-000000000000""#,
        );
    }

    proptest! {
        #[test]
        fn it_is_safe_to_show_and_says_what_it_was_told(message in any::<String>()) {
            let mut one = empty(Outcome::Checked, Exit::Found);
            one.problems.add(problem(None, &message));
            let json = report(&one);
            prop_assert!(!json.trim_end_matches('\n').contains(is_unprintable));
            let read: serde_json::Value = serde_json::from_str(&json).expect("it is JSON");
            prop_assert_eq!(read["problems"][0]["message"].as_str(), Some(message.as_str()));
        }
    }

    #[test]
    fn hidden_characters_are_escaped() {
        let mut one = empty(Outcome::Checked, Exit::Found);
        one.problems
            .add(problem(None, "\u{202e}\u{9b}\x1b\x7f\u{e0041}\\é🦀"));
        assert!(report(&one).contains(r#""message":"\u202e\u009b\u001b\u007f\udb40\udc41\\é🦀""#));
    }
}
