//! Seeding into a server, beside the engine's own way of taking in a file.

use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::time::Duration;

use anyhow::Result;

use crate::bench::Bench;
use crate::files::Files;
use crate::finding::{Finding, Target, millions, seconds};
use crate::generate::Edition;
use crate::measure::{alternate, contestant, finish, timed_together, version};
use crate::seedbed::Seedbed;
use crate::totals::TABLES;

/// A server that was started for a measurement, and stops when it is dropped.
pub trait Server {
    /// What it is called.
    const NAME: &str;
    /// What its own way of taking in a file is called.
    const IMPORT: &str;
    /// How many times as long seeding may take: into empty databases, and over existing rows.
    const TARGETS: [Option<Target>; 2];

    /// How seedbed reaches a database.
    fn url(&self, database: &str) -> String;

    /// A client that runs one statement, and prints only values, parted by tabs.
    fn client(&self, database: &str, sql: &str) -> Command;

    /// Drops the database where there is one, and creates it.
    ///
    /// # Errors
    /// When the server refuses.
    fn recreate(&self, database: &str) -> Result<()>;

    /// The statement that takes in a CSV file with a header.
    fn import(table: &str, csv: &Path) -> String;
}

/// Seeds empty databases, then again with other values, and has the engine import the same rows.
///
/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure<S: Server>(bench: &Bench, server: &S) -> Result<Vec<Finding>> {
    let first = bench.files(1.0, Edition::First)?;
    let changed = bench.files(1.0, Edition::Changed)?;
    let databases = Databases::new(bench.folder(), server)?;
    let [seed, update, import] = alternate(
        bench.runs,
        [
            contestant("seed", || {
                databases.empty()?;
                databases.seed(&first)
            }),
            contestant("seed of changes", || databases.seed(&changed)),
            contestant("import", || {
                databases.empty()?;
                databases.import(&first)
            }),
        ],
    )?;
    let size = millions(first.rows.size.rows());
    let name = format!("{} {}", S::NAME, databases.version()?);
    let clients = format!(
        "{name}: the good rows as CSV by three {} at once",
        S::IMPORT
    );
    let into_empty = format!("{name}: `seed` of {size} rows into empty databases");
    let over_existing = format!("{name}: `seed` again, all rows changed");
    Ok(vec![
        seconds(clients, &import),
        seconds(into_empty, &seed)
            .ratio("this ÷ CSV", seed.relative_to(&import))
            .target(S::TARGETS[0]),
        seconds(over_existing, &update)
            .ratio("this ÷ CSV", update.relative_to(&import))
            .target(S::TARGETS[1]),
    ])
}

/// A port of loopback that was free a moment ago.
///
/// # Errors
/// When there is none.
pub fn free_port() -> Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0")?.local_addr()?.port())
}

struct Databases<'a, S> {
    server: &'a S,
    seedbed: Seedbed,
}

impl<'a, S: Server> Databases<'a, S> {
    fn new(folder: &Path, server: &'a S) -> Result<Self> {
        let seedbed = Seedbed::new(folder, |alias| server.url(alias))?;
        Ok(Self { server, seedbed })
    }

    fn empty(&self) -> Result<()> {
        for (database, _) in TABLES {
            self.server.recreate(database)?;
        }
        self.seedbed.run(&["migrate"], Path::new(".")).map(drop)
    }

    fn version(&self) -> Result<String> {
        let (database, _) = TABLES[0];
        version(&mut self.server.client(database, "SELECT version()"))
    }

    fn seed(&self, files: &Files) -> Result<f64> {
        self.checked(self.seedbed.run(&["seed"], &files.yaml)?, files)
    }

    fn import(&self, files: &Files) -> Result<f64> {
        let clients = TABLES.map(|(table, _)| {
            let csv = files.csv.join(table).with_extension("csv");
            self.server.client(table, &S::import(table, &csv))
        });
        self.checked(timed_together(clients)?, files)
    }

    fn checked(&self, took: Duration, files: &Files) -> Result<f64> {
        files.totals.check(|table, sql| {
            let output = finish(&mut self.server.client(table, sql))?;
            let (rows, sum) = output.trim().split_once('\t').unwrap_or_default();
            Ok((rows.parse()?, sum.parse()?))
        })?;
        Ok(took.as_secs_f64())
    }
}
