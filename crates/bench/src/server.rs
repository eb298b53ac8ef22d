//! Seeding into a server, beside the engine's own way of taking in a file.

use std::path::Path;
use std::thread;
use std::time::Instant;

use anyhow::{Context, Result, anyhow};
use servers::{Kind, Server, Settings};

use crate::bench::Bench;
use crate::files::Files;
use crate::finding::{Finding, Target, millions, seconds};
use crate::generate::Edition;
use crate::measure::{alternate, contestant, version};
use crate::seedbed::Seedbed;
use crate::totals::TABLES;

/// An engine's own way of taking in a CSV file with a header.
pub struct Import {
    pub kind: Kind,
    /// What people call it.
    pub name: &'static str,
    /// The client's statement for a table and a file.
    pub statement: fn(&str, &Path) -> String,
    /// How many times as long seeding may take.
    pub into_empty: Target,
    /// The same where all rows are there already.
    pub over_existing: Option<Target>,
}

/// Seeds empty databases, then again with the same and with other values, and has the engine import the same rows.
///
/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench, import: &Import) -> Result<Vec<Finding>> {
    let first = bench.files(1.0, Edition::First)?;
    let changed = bench.files(1.0, Edition::Changed)?;
    let databases = Databases::start(bench.folder(), import.kind)?;
    let [seed, again, update, csv] = alternate(
        bench.runs,
        [
            contestant("seed", || {
                databases.empty()?;
                databases.seed(&first)
            }),
            contestant("seed again", || databases.seed(&first)),
            contestant("seed of changes", || databases.seed(&changed)),
            contestant("import", || {
                databases.empty()?;
                databases.import(&first, import.statement)
            }),
        ],
    )?;
    let name = format!("{} {}", import.kind.name(), databases.version()?);
    let size = millions(first.rows.size.rows());
    let clients = format!(
        "{name}: the good rows as CSV by three {} at once",
        import.name
    );
    Ok(vec![
        seconds(clients, &csv),
        seconds(
            format!("{name}: `seed` of {size} rows into empty databases"),
            &seed,
        )
        .ratio("this ÷ CSV", seed.relative_to(&csv))
        .target(import.into_empty),
        seconds(format!("{name}: `seed` again, all rows unchanged"), &again)
            .ratio("this ÷ CSV", again.relative_to(&csv))
            .target(import.over_existing),
        seconds(format!("{name}: `seed` again, all rows changed"), &update)
            .ratio("this ÷ CSV", update.relative_to(&csv))
            .target(import.over_existing),
    ])
}

struct Databases {
    server: Server,
    seedbed: Seedbed,
}

impl Databases {
    fn start(folder: &Path, kind: Kind) -> Result<Self> {
        let server = Server::start(kind, Settings::default().durable())?;
        let seedbed = Seedbed::new(folder, |alias| server.url(alias))?;
        Ok(Self { server, seedbed })
    }

    fn version(&self) -> Result<String> {
        Ok(version(
            &self.ask(TABLES[0].0, "SELECT version()")?.concat(),
        ))
    }

    fn empty(&self) -> Result<()> {
        let names = TABLES.map(|(alias, _)| alias.to_owned());
        self.server.drop_databases(&names)?;
        self.server.create_databases(&names)?;
        self.seedbed.run(&["migrate"], Path::new(".")).map(drop)
    }

    fn seed(&self, files: &Files) -> Result<f64> {
        let took = self.seedbed.run(&["seed"], &files.yaml)?;
        self.check(files)?;
        Ok(took.as_secs_f64())
    }

    /// Takes in the three tables at once; the seconds from the first client's start to the last one's end.
    fn import(&self, files: &Files, statement: fn(&str, &Path) -> String) -> Result<f64> {
        let start = Instant::now();
        thread::scope(|scope| {
            let clients = TABLES.map(|(table, _)| {
                let csv = files.csv.join(table).with_extension("csv");
                scope.spawn(move || self.server.sql(table, &statement(table, &csv)))
            });
            clients.into_iter().try_for_each(|client| {
                client.join().map_err(|_| anyhow!("a thread panicked"))??;
                Ok::<_, anyhow::Error>(())
            })
        })?;
        let took = start.elapsed();
        self.check(files)?;
        Ok(took.as_secs_f64())
    }

    fn check(&self, files: &Files) -> Result<()> {
        files.totals.check(|table, sql| {
            let row = self.ask(table, sql)?;
            let [rows, sum] = &row[..] else {
                return Err(anyhow!("`{sql}` has {} columns", row.len()));
            };
            Ok((rows.parse()?, sum.parse()?))
        })
    }

    fn ask(&self, database: &str, sql: &str) -> Result<Vec<String>> {
        let rows = self.server.sql(database, &format!("{sql};"))?;
        rows.into_iter().next().context("the server gave no row")
    }
}
