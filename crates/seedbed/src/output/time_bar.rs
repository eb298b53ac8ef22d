use std::fmt::Write;

use anstyle::{AnsiColor, Style};

use crate::report::{DatabaseReport, DatasetReport, Report};

/// What a load is doing. They come in this order.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Phase {
    Waiting,
    Reading,
    Writing,
    AtBarrier,
    Committing,
}

const PHASES: [Phase; 5] = [
    Phase::Waiting,
    Phase::Reading,
    Phase::Writing,
    Phase::AtBarrier,
    Phase::Committing,
];

impl Phase {
    fn look(self) -> (char, &'static str, Style) {
        match self {
            Self::Waiting => ('·', "waiting", Style::new().dimmed()),
            Self::Reading => ('░', "reading", AnsiColor::Cyan.on_default()),
            Self::Writing => ('█', "writing", AnsiColor::Cyan.on_default()),
            Self::AtBarrier => ('─', "at the barrier", Style::new().dimmed()),
            Self::Committing => ('▌', "committing", AnsiColor::Green.on_default().bold()),
        }
    }
}

/// A bar per load on one time axis, from the start of the run to its end.
pub struct TimeBars {
    bars: Vec<Vec<Option<Phase>>>,
}

impl TimeBars {
    /// The bars of the report's datasets, in their order, each so many cells long; none if no load began.
    pub fn new(report: &Report, cells: usize) -> Option<Self> {
        report
            .datasets
            .iter()
            .find_map(|dataset| dataset.timeline_ms.started)?;
        let end = end_of_axis(report);
        let bar = |dataset| paint(&stretches(report, dataset, end), end, cells);
        Some(Self {
            bars: report.datasets.iter().map(bar).collect(),
        })
    }

    /// The bar of one dataset.
    pub fn bar(&self, dataset: usize) -> String {
        let mut drawn = String::new();
        let cells = &self.bars[dataset];
        let reached = cells
            .iter()
            .rposition(Option::is_some)
            .map_or(0, |last| last + 1);
        for same in cells[..reached].chunk_by(|a, b| a == b) {
            let (glyph, _, style) = same[0].map_or((' ', "", Style::new()), Phase::look);
            let glyphs = String::from(glyph).repeat(same.len());
            _ = write!(drawn, "{style}{glyphs}{style:#}");
        }
        drawn
    }

    /// What the glyphs in the bars stand for.
    pub fn legend(&self) -> String {
        let is_drawn = |phase: &Phase| self.bars.iter().flatten().any(|cell| *cell == Some(*phase));
        let entry = |phase: Phase| {
            let (glyph, word, style) = phase.look();
            format!("{style}{glyph}{style:#} {word}")
        };
        let entries: Vec<_> = PHASES.into_iter().filter(is_drawn).map(entry).collect();
        entries.join("  ")
    }
}

/// Milliseconds from the start of the run to the end of all bars.
fn end_of_axis(report: &Report) -> f64 {
    let loads = report
        .datasets
        .iter()
        .map(|dataset| dataset.timeline_ms.written);
    let commits = report
        .databases
        .iter()
        .map(|database| database.timeline_ms.committed);
    loads
        .chain(commits)
        .flatten()
        .fold(report.elapsed_ms, f64::max)
}

/// When each phase of a load began and ended. The phase in which a run broke off lasts to the end.
fn stretches(report: &Report, dataset: &DatasetReport, end: f64) -> Vec<(Phase, f64, f64)> {
    let timeline = dataset.timeline_ms;
    let mut ends = vec![timeline.started, timeline.keys_ready];
    let database = report
        .databases
        .iter()
        .find(|database| database.name == dataset.database);
    if let Some(database) = database.filter(|database| database.timeline_ms.began.is_some()) {
        ends.extend([timeline.written, commit_began(report, database)]);
        // Without a commit the bar ends where the commit would have begun.
        ends.extend(database.timeline_ms.committed.map(Some));
    }
    let mut from = 0.0;
    let mut stretches = Vec::new();
    for (phase, to) in PHASES.into_iter().zip(ends) {
        stretches.push((phase, from, to.unwrap_or(end)));
        match to {
            Some(to) => from = to,
            None => break,
        }
    }
    stretches
}

/// The first commit begins when every database is at the barrier, each other one when the one before it is through.
fn commit_began(report: &Report, database: &DatabaseReport) -> Option<f64> {
    let took_part = report
        .databases
        .iter()
        .filter(|other| other.timeline_ms.began.is_some());
    let at_barrier: Option<Vec<f64>> = took_part
        .map(|other| other.timeline_ms.at_barrier)
        .collect();
    let before = report
        .databases
        .iter()
        .take_while(|other| other.name != database.name);
    let commits_before = before.filter_map(|other| other.timeline_ms.committed);
    at_barrier?
        .into_iter()
        .chain(commits_before)
        .reduce(f64::max)
}

/// Every phase that lasted at all gets a cell, however short it was; where two share one, the later is seen.
fn paint(stretches: &[(Phase, f64, f64)], end: f64, cells: usize) -> Vec<Option<Phase>> {
    let mut bar = vec![None; cells];
    let scale = cells as f64 / end;
    for &(phase, from, to) in stretches {
        if to > from {
            let last = ((to * scale).ceil() as usize).min(cells);
            let first = ((from * scale) as usize).min(last.saturating_sub(1));
            bar[first..last].fill(Some(phase));
        }
    }
    bar
}

#[cfg(test)]
mod tests {
    use super::*;

    fn drawn(stretches: &[(Phase, f64, f64)], end: f64, cells: usize) -> String {
        let glyph = |cell: Option<Phase>| cell.map_or(' ', |phase| phase.look().0);
        paint(stretches, end, cells)
            .into_iter()
            .map(glyph)
            .collect()
    }

    #[test]
    fn a_phase_that_lasted_has_a_cell() {
        use Phase::*;
        let check = |stretches: &[_], bar: &str| assert_eq!(drawn(stretches, 10.0, 10), bar);
        check(&[], "          ");
        check(
            &[
                (Waiting, 0.0, 2.0),
                (Reading, 2.0, 5.0),
                (Writing, 5.0, 9.0),
            ],
            "··░░░████ ",
        );
        check(
            &[(Reading, 0.0, 9.999), (Committing, 9.999, 10.0)],
            "░░░░░░░░░▌",
        );
        check(
            &[(Reading, 0.0, 0.001), (Writing, 0.001, 10.0)],
            "██████████",
        );
        check(
            &[
                (Waiting, 0.0, 0.0),
                (Reading, 0.0, 10.0),
                (Writing, 10.0, 10.0),
            ],
            "░░░░░░░░░░",
        );
    }

    #[test]
    fn no_time_and_no_room_are_survived() {
        let stretches = [(Phase::Reading, 0.0, 1.0), (Phase::Writing, 1.0, f64::NAN)];
        assert_eq!(drawn(&stretches, 1.0, 0), "");
        assert_eq!(drawn(&stretches, 0.0, 2), "░░");
        assert_eq!(drawn(&[(Phase::Reading, 5.0, 9.0)], 1.0, 2), " ░");
    }
}
