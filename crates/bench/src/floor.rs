//! The least that writing the same rows into SQLite can take: nothing is read and no rule is asked.

use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use rusqlite::{Connection, Statement};

use crate::bench::Bench;
use crate::finding::{Finding, Target, millions, seconds};
use crate::generate::{Edition, Order, Product, Rows, User, is_bad};
use crate::measure::{alternate, contestant};
use crate::sqlite_files::SqliteFiles;

/// Seeds empty databases, seeds them again, and writes the good rows from memory.
///
/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let files = bench.files(1.0, Edition::First)?;
    let databases = SqliteFiles::new(bench.folder(), "floor")?;
    let rows = Floor::new(files.rows);
    let checked = |took: Duration| databases.check(&files.totals).map(|()| took.as_secs_f64());
    let [seed, again, floor] = alternate(
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
                checked(rows.run(&databases)?)
            }),
        ],
    )?;
    let size = millions(files.rows.size.rows());
    let sqlite = rusqlite::version();
    let from_memory = format!(
        "the good rows from memory by rusqlite (SQLite {sqlite}), a thread, a transaction and a \
         prepared statement for each table"
    );
    Ok(vec![
        seconds(
            format!("`seed` of {size} rows into empty SQLite databases"),
            &seed,
        ),
        seconds(from_memory, &floor)
            .ratio("seed ÷ this", seed.relative_to(&floor))
            .target(Target::AtMost(1.4)),
        seconds("`seed` again, all rows unchanged", &again)
            .ratio("this ÷ first", again.relative_to(&seed))
            .target(Target::AtMost(1.0)),
    ])
}

/// The good rows, in memory.
pub struct Floor {
    users: Vec<User>,
    products: Vec<Product>,
    orders: Vec<Order>,
}

impl Floor {
    /// Keeps the good ones of these rows.
    pub fn new(rows: Rows) -> Self {
        Self {
            users: rows.users().filter(|row| !is_bad(row.id)).collect(),
            products: rows.products().filter(|row| !is_bad(row.id)).collect(),
            orders: rows.orders().filter(|row| !is_bad(row.id)).collect(),
        }
    }

    /// Writes the three tables at once; the time from opening to closing.
    ///
    /// # Errors
    /// When a database refuses.
    pub fn run(&self, files: &SqliteFiles) -> Result<Duration> {
        let [users, products, orders] =
            ["users", "products", "orders"].map(|alias| files.file(alias));
        let start = Instant::now();
        thread::scope(|scope| {
            let users = scope.spawn(|| {
                insert(
                    &users,
                    "INSERT INTO users VALUES (?, ?, ?)",
                    &self.users,
                    |statement, row| statement.execute((row.id, &row.name, &row.email)),
                )
            });
            let products = scope.spawn(|| {
                let sql = "INSERT INTO products VALUES (?, ?, ?)";
                insert(&products, sql, &self.products, |statement, row| {
                    statement.execute((row.id, &row.name, row.cents as f64 / 100.0))
                })
            });
            let orders = scope.spawn(|| {
                let sql = "INSERT INTO orders VALUES (?, ?, ?, ?)";
                insert(&orders, sql, &self.orders, |statement, row| {
                    statement.execute((row.id, row.user_id, row.product_id, row.quantity))
                })
            });
            [users, products, orders].into_iter().try_for_each(joined)
        })?;
        Ok(start.elapsed())
    }
}

fn insert<R>(
    file: &Path,
    sql: &str,
    rows: &[R],
    execute: impl Fn(&mut Statement<'_>, &R) -> rusqlite::Result<usize>,
) -> rusqlite::Result<()> {
    let mut database = Connection::open(file)?;
    database.pragma_update(None, "synchronous", "FULL")?;
    let transaction = database.transaction()?;
    let mut statement = transaction.prepare(sql)?;
    for row in rows {
        execute(&mut statement, row)?;
    }
    drop(statement);
    transaction.commit()?;
    database.close().map_err(|(_, error)| error)
}

fn joined(thread: ScopedJoinHandle<'_, rusqlite::Result<()>>) -> Result<()> {
    Ok(thread.join().map_err(|_| anyhow!("a thread panicked"))??)
}
