//! Reading and validating alone.

use anyhow::Result;

use crate::bench::Bench;
use crate::finding::{Finding, Target, millions};
use crate::generate::Edition;
use crate::measure::{alternate, contestant};
use crate::seedbed::Seedbed;

/// Checks the usual rows on one processor.
///
/// # Errors
/// When a run fails.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let files = bench.files(1.0, Edition::First)?;
    let seedbed = Seedbed::on_files(bench.folder())?;
    let check = || {
        Ok(seedbed
            .run_on_one_core(&["check"], &files.yaml)?
            .as_secs_f64())
    };
    let [took] = alternate(bench.runs, [contestant("check", check)])?;
    let rows = files.rows.size.rows();
    let what = format!("`check` of {} rows on one processor", millions(rows));
    let rate = took.rate_of(rows as f64 * 1e-6);
    Ok(vec![
        Finding::new(what, rate, "million rows/s").target(Target::AtLeast(4.0)),
    ])
}
