use anyhow::{Result, ensure};

use crate::generate::{Rows, is_bad};

/// What a table must hold in the end, and the query that tells. It goes for all engines.
pub const TABLES: [(&str, &str); 3] = [
    ("users", "SELECT count(*), sum(length(email)) FROM users"),
    (
        "products",
        "SELECT count(*), sum(round(price * 100)) FROM products",
    ),
    ("orders", "SELECT count(*), sum(quantity) FROM orders"),
];

/// The number of good rows of each table, and a sum over a column that tells both editions apart.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Totals([(f64, f64); 3]);

impl Totals {
    /// The totals of the good rows.
    pub fn of(rows: Rows) -> Self {
        let users = rows.users().filter(|user| !is_bad(user.id));
        let products = rows.products().filter(|product| !is_bad(product.id));
        let orders = rows.orders().filter(|order| !is_bad(order.id));
        Self([
            total(users.map(|user| user.email.len() as i64)),
            total(products.map(|product| product.cents)),
            total(orders.map(|order| order.quantity)),
        ])
    }

    /// Asks for the two numbers of each table.
    ///
    /// # Errors
    /// When the query fails, or when the tables do not hold the good rows, and only those.
    pub fn check(&self, query: impl Fn(&str, &str) -> Result<(f64, f64)>) -> Result<()> {
        for ((table, sql), expected) in TABLES.iter().zip(self.0) {
            let found = query(table, sql)?;
            ensure!(
                found == expected,
                "`{table}` should have {} rows with the sum {}, but has {} with {}",
                expected.0,
                expected.1,
                found.0,
                found.1,
            );
        }
        Ok(())
    }
}

fn total(values: impl Iterator<Item = i64>) -> (f64, f64) {
    values.fold((0.0, 0.0), |(rows, sum), value| {
        (rows + 1.0, sum + value as f64)
    })
}
