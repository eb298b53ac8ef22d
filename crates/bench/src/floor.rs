//! The least that writing the same rows into SQLite can take: no reading, no rules, no other's tools.

use std::path::Path;
use std::thread::{self, ScopedJoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Result, anyhow};
use rusqlite::{Connection, Statement};

use crate::generate::{Order, Product, Rows, User, is_bad};
use crate::sqlite_files::SqliteFiles;

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
