//! What ten times the rows do to memory and time.

use std::cell::RefCell;

use anyhow::Result;

use crate::bench::Bench;
use crate::files::Files;
use crate::finding::{Finding, Target, millions};
use crate::generate::Edition;
use crate::measure::{Samples, alternate, contestant};
use crate::sqlite_files::SqliteFiles;

/// Seeds the usual rows and ten times as many.
///
/// # Errors
/// When a run fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let usual = Seeding::new(bench, 1.0)?;
    let large = Seeding::new(bench, 10.0)?;
    let [at_usual, at_large] = alternate(
        bench.runs,
        [
            contestant("usual", || usual.run()),
            contestant("large", || large.run()),
        ],
    )?;
    let per_row = at_large
        .per(large.rows())
        .relative_to(&at_usual.per(usual.rows()));
    let rows = millions(large.rows());
    Ok(vec![
        usual.peak(64.0),
        large.peak(128.0),
        Finding::new(format!("`seed` of {rows} rows"), at_large, "s")
            .ratio("a row, to the usual size", per_row)
            .target(Target::AtMost(1.15)),
    ])
}

/// Seeds rows of one size, and remembers how much memory it took.
struct Seeding {
    files: Files,
    databases: SqliteFiles,
    /// Of each run, in bytes.
    peaks: RefCell<Vec<f64>>,
}

impl Seeding {
    fn new(bench: &Bench, times: f64) -> Result<Self> {
        Ok(Self {
            files: bench.files(times, Edition::First)?,
            databases: SqliteFiles::new(bench.folder(), &format!("times-{times}"))?,
            peaks: RefCell::default(),
        })
    }

    fn run(&self) -> Result<f64> {
        self.databases.empty()?;
        let seedbed = &self.databases.seedbed;
        let (took, peak) = seedbed.run_for_peak(&["seed"], &self.files.yaml)?;
        self.databases.check(&self.files.totals)?;
        self.peaks.borrow_mut().push(peak);
        Ok(took.as_secs_f64())
    }

    fn rows(&self) -> i64 {
        self.files.rows.size.rows()
    }

    fn peak(&self, limit: f64) -> Finding {
        let what = format!("peak of memory, {} rows", millions(self.rows()));
        let peaks = Samples::new(self.peaks.borrow().clone());
        Finding::new(what, peaks.times(1e-6), "MB").target(Target::AtMost(limit))
    }
}
