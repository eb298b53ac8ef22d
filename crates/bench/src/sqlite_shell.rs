//! Three sqlite3 shells that import the good rows, unchecked.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::files::Files;
use crate::finding::{Finding, Target, seconds};
use crate::generate::Edition;
use crate::measure::{alternate, contestant, finish, timed_together, version};
use crate::sqlite_files::SqliteFiles;

/// Seeds empty databases, and has the shells fill them.
///
/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let files = bench.files(1.0, Edition::First)?;
    let databases = SqliteFiles::new(bench.folder(), "shell")?;
    let checked = |took: Duration| databases.check(&files.totals).map(|()| took.as_secs_f64());
    let [seed, shells] = alternate(
        bench.runs,
        [
            contestant("seed", || {
                databases.empty()?;
                checked(databases.seedbed.run(&["seed"], &files.yaml)?)
            }),
            contestant("sqlite3 shells", || {
                databases.empty()?;
                checked(import(&databases, &files)?)
            }),
        ],
    )?;
    let version = version(&finish(Command::new("sqlite3").arg("--version"))?);
    let what = format!("the good rows as CSV by three sqlite3 {version} shells at once");
    Ok(vec![
        seconds(what, &shells)
            .ratio("seed ÷ this", seed.relative_to(&shells))
            .target(Target::AtMost(0.7)),
    ])
}

/// Imports the three tables at once; the time of all three processes.
fn import(databases: &SqliteFiles, files: &Files) -> Result<Duration> {
    timed_together(["users", "products", "orders"].map(|table| {
        let csv = files.csv.join(table).with_extension("csv");
        let import = format!(".import --csv --skip 1 {} {table}", csv.display());
        let mut shell = Command::new("sqlite3");
        shell.args(["-batch", "-bail"]).arg(databases.file(table));
        shell.args(["PRAGMA synchronous = FULL", &import]);
        shell
    }))
}
