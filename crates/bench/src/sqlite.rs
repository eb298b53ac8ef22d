//! A whole `seed` into SQLite files, beside what else could have written the same rows.

use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::document::{Finding, Target, millions, seconds};
use crate::floor::Floor;
use crate::generate::Edition;
use crate::measure::{alternate, contestant};
use crate::sqlite_files::SqliteFiles;
use crate::sqlite_shell;

/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let files = bench.files(1.0, Edition::First)?;
    let databases = SqliteFiles::new(bench.folder(), "sqlite")?;
    let floor = Floor::new(files.rows);
    let checked = |took: Duration| databases.check(&files.totals).map(|()| took.as_secs_f64());

    let [seed, again, floor, shells] = alternate(
        bench.runs,
        [
            contestant("seed", || {
                databases.empty()?;
                checked(databases.seedbed.run(&["seed"], &files.yaml)?)
            }),
            contestant("seed again", || {
                checked(databases.seedbed.run(&["seed"], &files.yaml)?)
            }),
            contestant("raw floor", || {
                databases.empty()?;
                checked(floor.run(&databases)?)
            }),
            contestant("sqlite3 shells", || {
                databases.empty()?;
                checked(sqlite_shell::import(&databases, &files)?)
            }),
        ],
    )?;

    let rows = millions(files.rows.size.rows());
    Ok(vec![
        seconds(
            format!("`seed` of {rows} rows into empty SQLite databases"),
            &seed,
        ),
        seconds("the same again, all unchanged", &again)
            .ratio("again ÷ first", again.relative_to(&seed))
            .target(Target::AtMost(1.0)),
        seconds(
            "raw floor: the good rows from memory, a prepared statement a row, three threads",
            &floor,
        )
        .ratio("seed ÷ floor", seed.relative_to(&floor))
        .target(Target::AtMost(1.4)),
        seconds(
            "three sqlite3 shells at once, `.import` of the good rows as CSV, unchecked",
            &shells,
        )
        .ratio("seed ÷ shells", seed.relative_to(&shells))
        .target(Target::AtMost(0.7)),
    ])
}
