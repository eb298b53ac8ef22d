use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use super::escape::escape;
use super::number::{counted, thousands};
use super::table::table;
use crate::report::{DatabaseReport, DatasetReport, Exit, Outcome, Report};

const GOOD: Style = AnsiColor::Green.on_default().bold();
const BAD: Style = AnsiColor::BrightRed.on_default().bold();

/// How a run ended, in words, then a line per dataset with its counts and a time bar, fitted into `width` columns.
pub fn summary(report: &Report, width: usize) -> String {
    let style = if report.exit == Exit::Done { GOOD } else { BAD };
    let (outcome, told) = outcome(report);
    let mut text = format!("{style}{outcome}{style:#}: {told}\n");
    if report.outcome == Outcome::Failed {
        text += &commits(report);
    }
    if !report.datasets.is_empty() {
        text.push('\n');
        text += &table(report, width);
    }
    text
}

fn outcome(report: &Report) -> (&'static str, String) {
    let sum = |count: fn(&DatasetReport) -> u64| report.datasets.iter().map(count).sum::<u64>();
    let rows = counted(sum(|dataset| dataset.accepted), "row");
    let rejected = sum(|dataset| dataset.rejected);
    let found = found(report, rejected);
    match report.outcome {
        Outcome::Seeded => ("seeded", format!("{rows} in{found}")),
        Outcome::Unchanged => (
            "unchanged",
            format!("nothing needed writing; {rows} in{found}"),
        ),
        Outcome::Checked => ("checked", format!("{rows} good{found}")),
        Outcome::DryRun => (
            "dry run",
            format!("nothing was written; {rows} would be in{found}"),
        ),
        Outcome::Refused if sum(|dataset| dataset.read) == 0 => {
            ("refused", format!("nothing was written{found}"))
        }
        Outcome::Refused => (
            "refused",
            format!("nothing was written; {rows} good{found}"),
        ),
        Outcome::Failed => ("failed", committed(report)),
        Outcome::Interrupted => ("interrupted", "rolled back, nothing was written".to_owned()),
    }
}

/// What was found wrong, to be put behind the good: `, 5 rejected (6 errors, 1 warning)`.
fn found(report: &Report, rejected: u64) -> String {
    let mut found = String::new();
    if rejected > 0 {
        _ = write!(found, ", {} rejected", thousands(rejected));
    }
    let problems = [
        (report.problems.errors, "error"),
        (report.problems.warnings, "warning"),
    ];
    let counts = problems.into_iter().filter(|(count, _)| *count > 0);
    let counts: Vec<_> = counts.map(|(count, what)| counted(count, what)).collect();
    if !counts.is_empty() {
        _ = write!(found, " ({})", counts.join(", "));
    }
    found
}

fn committed(report: &Report) -> String {
    if !is_partly(report) {
        return "nothing was written".to_owned();
    }
    let committed = |database: &&DatabaseReport| database.committed == Some(true);
    let some = report.databases.iter().filter(committed).count();
    let all = counted(report.databases.len() as u64, "database");
    format!("{some} of {all} committed")
}

/// Whether some database was committed, or may have been.
fn is_partly(report: &Report) -> bool {
    let mut databases = report.databases.iter();
    databases.any(|database| database.committed != Some(false))
}

/// A line per database, if some were committed.
fn commits(report: &Report) -> String {
    let mut text = String::new();
    if is_partly(report) {
        for database in &report.databases {
            let (style, word) = match database.committed {
                Some(true) => (GOOD, "committed"),
                Some(false) => (BAD, "not committed"),
                None => (BAD, "not known whether committed"),
            };
            _ = writeln!(text, "  {}: {style}{word}{style:#}", escape(&database.name));
        }
    }
    text
}

#[cfg(test)]
mod tests {
    use anstream::adapter::strip_str;

    use super::*;
    use crate::problems::Problems;
    use crate::report::{DatabaseReport, DatabaseTimeline, LoadTimeline};

    fn load(
        name: &str,
        [read, rejected]: [u64; 2],
        counts: Option<[u64; 3]>,
        reached: &[f64],
    ) -> DatasetReport {
        let at = |stage: usize| reached.get(stage).copied();
        DatasetReport {
            name: name.to_owned(),
            database: name.to_owned(),
            read,
            accepted: read - rejected,
            rejected,
            inserted: counts.map(|counts| counts[0]),
            updated: counts.map(|counts| counts[1]),
            unchanged: counts.map(|counts| counts[2]),
            timeline_ms: LoadTimeline {
                started: at(0),
                keys_ready: at(1),
                written: at(2),
            },
        }
    }

    fn database(name: &str, reached: &[f64]) -> DatabaseReport {
        let at = |stage: usize| reached.get(stage).copied();
        DatabaseReport {
            name: name.to_owned(),
            engine: "sqlite",
            committed: Some(reached.len() > 2),
            timeline_ms: DatabaseTimeline {
                began: at(0),
                at_barrier: at(1),
                committed: at(2),
            },
        }
    }

    /// The 30 rows of the store.
    fn store() -> Report {
        Report {
            outcome: Outcome::Seeded,
            exit: Exit::Done,
            datasets: vec![
                load("users", [10, 1], Some([9, 0, 0]), &[0.4, 0.9, 1.6]),
                load("products", [10, 1], Some([9, 0, 0]), &[0.4, 0.8, 1.4]),
                load("orders", [10, 3], Some([7, 0, 0]), &[0.9, 1.5, 2.1]),
            ],
            databases: vec![
                database("users", &[0.3, 1.6, 2.5]),
                database("products", &[0.3, 1.4, 2.8]),
                database("orders", &[0.3, 2.1, 3.1]),
            ],
            problems: Problems {
                errors: 6,
                warnings: 1,
                ..Problems::default()
            },
            error: None,
            elapsed_ms: 3.2,
        }
    }

    fn check(report: &Report, width: usize, expected: &str) {
        assert_eq!(strip_str(&summary(report, width)).to_string(), expected);
    }

    fn check_told(outcome: Outcome, problems: (u64, u64), datasets: &[DatasetReport], told: &str) {
        let (errors, warnings) = problems;
        let report = Report {
            outcome,
            datasets: datasets.to_vec(),
            problems: Problems {
                errors,
                warnings,
                ..Problems::default()
            },
            ..store()
        };
        let summary = strip_str(&summary(&report, 80)).to_string();
        assert_eq!(summary.lines().next(), Some(told));
    }

    #[test]
    fn thirty_rows_in_three_milliseconds() {
        check(
            &store(),
            80,
            "\
seeded: 25 rows in, 5 rejected (6 errors, 1 warning)

          read  inserted  updated  unchanged  rejected
users       10         9        0          0         1  ···░░░██████───▌▌▌▌
products    10         9        0          0         1  ···░░░████────────▌▌▌
orders      10         7        0          0         3  ······░░░░░████──────▌▌▌
took 3.2 ms  · waiting  ░ reading  █ writing  ─ at the barrier  ▌ committing
",
        );
    }

    #[test]
    fn millions_of_rows_in_ten_seconds() {
        let report = Report {
            datasets: vec![
                load(
                    "users",
                    [2_000_000, 0],
                    Some([1_999_999, 1, 0]),
                    &[1.0, 1500.0, 2900.0],
                ),
                load("products", [10, 0], Some([0, 0, 10]), &[1.0, 2.0, 3.0]),
                load(
                    "orders",
                    [12_000_000, 1_234_567],
                    Some([10_765_433, 0, 0]),
                    &[1501.0, 9000.0, 9900.0],
                ),
            ],
            databases: vec![
                database("users", &[0.3, 2900.0, 9950.0]),
                database("products", &[0.3, 4.0, 9951.0]),
                database("orders", &[0.3, 9900.0, 10_380.0]),
            ],
            problems: Problems {
                errors: 1_234_567,
                ..Problems::default()
            },
            elapsed_ms: 10_381.0,
            ..store()
        };
        check(
            &report,
            120,
            "\
seeded: 12,765,443 rows in, 1,234,567 rejected (1,234,567 errors)

                read    inserted  updated  unchanged   rejected
users      2,000,000   1,999,999        1          0          0  ░░░░███───────────────────▌
products          10           0        0         10          0  ──────────────────────────▌
orders    12,000,000  10,765,433        0          0  1,234,567  ····░░░░░░░░░░░░░░░░░░░░██▌▌
took 10.4 s  · waiting  ░ reading  █ writing  ─ at the barrier  ▌ committing
",
        );
    }

    #[test]
    fn a_check_asks_no_database() {
        let report = Report {
            outcome: Outcome::Checked,
            exit: Exit::Found,
            datasets: vec![
                load("users", [10, 1], None, &[0.1, 0.4]),
                load("orders", [10, 3], None, &[0.4, 0.8]),
            ],
            databases: vec![],
            elapsed_ms: 1.0,
            ..store()
        };
        check(
            &report,
            80,
            "\
checked: 16 rows good, 4 rejected (6 errors, 1 warning)

        read  inserted  updated  unchanged  rejected
users     10         -        -          -         1  ··░░░░░░░░░
orders    10         -        -          -         3  ··········░░░░░░░░░░░
took 1.0 ms  · waiting  ░ reading
",
        );
    }

    #[test]
    fn a_failure_between_commits_names_the_databases() {
        let mut report = Report {
            outcome: Outcome::Failed,
            exit: Exit::Database,
            ..store()
        };
        report.databases[2] = database("orders", &[0.3, 2.1]);
        check(
            &report,
            80,
            "\
failed: 2 of 3 databases committed
  users: committed
  products: committed
  orders: not committed

          read  inserted  updated  unchanged  rejected
users       10         9        0          0         1  ···░░░██████───▌▌▌▌
products    10         9        0          0         1  ···░░░████────────▌▌▌
orders      10         7        0          0         3  ······░░░░░████──────
took 3.2 ms  · waiting  ░ reading  █ writing  ─ at the barrier  ▌ committing
",
        );
    }

    #[test]
    fn a_failure_while_reading_ends_the_bars_there() {
        let mut report = Report {
            outcome: Outcome::Failed,
            exit: Exit::Database,
            ..store()
        };
        report.datasets = vec![
            load("users", [4, 0], Some([0, 0, 0]), &[0.4]),
            load("products", [10, 0], Some([9, 0, 0]), &[0.4, 0.9]),
            load("orders", [0, 0], None, &[]),
        ];
        report.databases = vec![
            database("users", &[0.3]),
            database("products", &[0.3]),
            database("orders", &[]),
        ];
        check(
            &report,
            80,
            "\
failed: nothing was written

          read  inserted  updated  unchanged  rejected
users        4         0        0          0         0  ···░░░░░░░░░░░░░░░░░░░░░
products    10         9        0          0         0  ···░░░██████████████████
orders       0         -        -          -         0  ························
took 3.2 ms  · waiting  ░ reading  █ writing
",
        );
    }

    #[test]
    fn a_narrow_terminal_has_no_bars() {
        check(
            &store(),
            60,
            "\
seeded: 25 rows in, 5 rejected (6 errors, 1 warning)

          read  inserted  updated  unchanged  rejected
users       10         9        0          0         1
products    10         9        0          0         1
orders      10         7        0          0         3
took 3.2 ms
",
        );
    }

    #[test]
    fn without_datasets_the_outcome_stands_alone() {
        let report = Report {
            outcome: Outcome::Refused,
            exit: Exit::Usage,
            datasets: vec![],
            problems: Problems::default(),
            ..store()
        };
        check(&report, 80, "refused: nothing was written\n");
    }

    #[test]
    fn the_outcome_is_told_in_words() {
        let clean = [load("users", [1, 0], Some([1, 0, 0]), &[])];
        let mixed = [load("users", [1234, 4], Some([0, 0, 1230]), &[])];
        let check = check_told;
        check(Outcome::Seeded, (0, 0), &clean, "seeded: 1 row in");
        check(
            Outcome::Seeded,
            (0, 2),
            &clean,
            "seeded: 1 row in (2 warnings)",
        );
        check(
            Outcome::Unchanged,
            (5, 0),
            &mixed,
            "unchanged: nothing needed writing; 1,230 rows in, 4 rejected (5 errors)",
        );
        check(
            Outcome::Unchanged,
            (0, 0),
            &[],
            "unchanged: nothing needed writing; 0 rows in",
        );
        check(Outcome::Checked, (0, 0), &clean, "checked: 1 row good");
        check(
            Outcome::DryRun,
            (5, 1),
            &mixed,
            "dry run: nothing was written; 1,230 rows would be in, 4 rejected (5 errors, 1 warning)",
        );
        check(
            Outcome::Refused,
            (5, 0),
            &mixed,
            "refused: nothing was written; 1,230 rows good, 4 rejected (5 errors)",
        );
        check(
            Outcome::Refused,
            (1, 0),
            &[],
            "refused: nothing was written (1 error)",
        );
        check(
            Outcome::Failed,
            (0, 0),
            &clean,
            "failed: 3 of 3 databases committed",
        );
        check(
            Outcome::Interrupted,
            (0, 0),
            &clean,
            "interrupted: rolled back, nothing was written",
        );
    }
}
