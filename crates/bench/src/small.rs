//! What a run costs that has next to nothing to do.

use std::path::Path;

use anyhow::Result;

use crate::bench::Bench;
use crate::finding::{Finding, Target};
use crate::measure::{alternate, contestant};
use crate::sqlite_files::SqliteFiles;

/// A run takes milliseconds, so there may be more of them.
const RUNS: usize = 10;

/// Runs `up` over the store's own fixtures: into empty tables, and again.
///
/// # Errors
/// When a run fails.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let fixtures = Path::new("fixtures").canonicalize()?;
    let databases = SqliteFiles::new(bench.folder(), "small")?;
    let up = || Ok(databases.seedbed.run(&["up"], &fixtures)?.as_secs_f64() * 1e3);
    let [first, again] = alternate(
        bench.runs * RUNS,
        [
            contestant("up", || {
                databases.empty()?;
                up()
            }),
            contestant("up again", up),
        ],
    )?;
    let limit = Target::AtMost(15.0);
    Ok(vec![
        Finding::new(
            "`up` of the store's 30 rows, tables there and empty",
            first,
            "ms",
        )
        .target(limit),
        Finding::new("the same again, all rows unchanged", again, "ms").target(limit),
    ])
}
