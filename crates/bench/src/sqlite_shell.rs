//! Three sqlite3 shells that import the good rows, unchecked.

use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::files::Files;
use crate::measure::timed_together;
use crate::sqlite_files::SqliteFiles;

/// Imports the three tables at once; the time of all three processes.
///
/// # Errors
/// When a shell fails.
pub fn import(databases: &SqliteFiles, files: &Files) -> Result<Duration> {
    timed_together(["users", "products", "orders"].map(|table| {
        let csv = files.csv.join(table).with_extension("csv");
        let import = format!(".import --csv --skip 1 {} {table}", csv.display());
        let mut shell = Command::new("sqlite3");
        shell.args(["-batch", "-bail"]).arg(databases.file(table));
        shell.args(["PRAGMA synchronous = FULL", &import]);
        shell
    }))
}
