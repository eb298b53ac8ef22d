use std::array;
use std::fmt::Write;

use anstyle::Style;
use unicode_width::UnicodeWidthStr;

use super::escape::escape;
use super::number::{duration, thousands};
use super::time_bar::TimeBars;
use crate::report::{DatasetReport, Report};

const HEAD: Style = Style::new().dimmed();

const COLUMNS: [&str; 6] = ["", "read", "inserted", "updated", "unchanged", "rejected"];

/// Cells of a time bar at least, for a shorter one shows nothing, and at most.
const BAR_CELLS: (usize, usize) = (12, 28);

/// A line per dataset with its counts and, where `width` leaves room for it, a time bar; then the time it took.
pub fn table(report: &Report, width: usize) -> String {
    let rows: Vec<_> = report.datasets.iter().map(cells).collect();
    let widths = array::from_fn(|column| {
        let cells = rows.iter().map(|row| row[column].width());
        cells.fold(COLUMNS[column].width(), usize::max)
    });
    let left = width.saturating_sub(widths.iter().map(|column| column + 2).sum());
    let (least, most) = BAR_CELLS;
    let bars = TimeBars::new(report, left.min(most)).filter(|_| left >= least);

    let mut text = format!(
        "{HEAD}{}{HEAD:#}\n",
        line(&COLUMNS.map(String::from), &widths)
    );
    for (dataset, row) in rows.iter().enumerate() {
        let bar = bars.as_ref().map(|bars| format!("  {}", bars.bar(dataset)));
        _ = writeln!(text, "{}{}", line(row, &widths), bar.unwrap_or_default());
    }
    let legend = bars.map(|bars| format!("  {}", bars.legend()));
    _ = writeln!(
        text,
        "took {}{}",
        duration(report.elapsed_ms),
        legend.unwrap_or_default()
    );
    text
}

fn cells(dataset: &DatasetReport) -> [String; 6] {
    let known = |count: Option<u64>| count.map_or("-".to_owned(), thousands);
    [
        escape(&dataset.name).into_owned(),
        thousands(dataset.read),
        known(dataset.inserted),
        known(dataset.updated),
        known(dataset.unchanged),
        thousands(dataset.rejected),
    ]
}

/// The name on the left of its column, the counts on the right of theirs.
fn line(row: &[String; 6], widths: &[usize; 6]) -> String {
    let [name, counts @ ..] = row;
    let mut line = format!("{name:0$}", widths[0]);
    for (count, width) in counts.iter().zip(&widths[1..]) {
        _ = write!(line, "  {count:>width$}");
    }
    line
}
