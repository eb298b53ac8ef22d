use std::fmt::Display;
use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::generate::{Rows, is_bad};
use crate::totals::Totals;

/// One set of rows in files: as seedbed's fixtures, and the good ones as CSV.
pub struct Files {
    /// Holds `users.yaml`, `products.yaml` and `orders.yaml`, bad rows included.
    pub yaml: PathBuf,
    /// Holds `users.csv`, `products.csv` and `orders.csv`, with a header and without bad rows.
    pub csv: PathBuf,
    pub rows: Rows,
    pub totals: Totals,
}

impl Files {
    /// Writes all files into a folder, and has them on the disk before a measurement begins.
    ///
    /// # Errors
    /// When a file cannot be written.
    pub fn write(folder: &Path, rows: Rows) -> Result<Self> {
        let files = Self {
            yaml: folder.join("yaml"),
            csv: folder.join("csv"),
            rows,
            totals: Totals::of(rows),
        };
        fs::create_dir_all(&files.yaml)?;
        fs::create_dir_all(&files.csv)?;
        files.users()?;
        files.products()?;
        files.orders()?;
        Ok(files)
    }

    fn users(&self) -> Result<()> {
        let mut table = Table::create(self, "users", ["id", "name", "email"])?;
        for user in self.rows.users() {
            table.row(user.id, [&user.id, &user.name, &user.email])?;
        }
        table.finish()
    }

    fn products(&self) -> Result<()> {
        let mut table = Table::create(self, "products", ["id", "name", "price"])?;
        for product in self.rows.products() {
            let price = money(product.cents);
            table.row(product.id, [&product.id, &product.name, &price])?;
        }
        table.finish()
    }

    fn orders(&self) -> Result<()> {
        let fields = ["id", "user_id", "product_id", "quantity"];
        let mut table = Table::create(self, "orders", fields)?;
        for order in self.rows.orders() {
            let values: [&dyn Display; 4] = [
                &order.id,
                &order.user_id,
                &order.product_id,
                &order.quantity,
            ];
            table.row(order.id, values)?;
        }
        table.finish()
    }
}

/// A sum of money as it is written.
pub fn money(cents: i64) -> String {
    let sign = if cents < 0 { "-" } else { "" };
    format!("{sign}{}.{:02}", cents.abs() / 100, cents.abs() % 100)
}

/// The two files of one table.
struct Table<const N: usize> {
    yaml: BufWriter<File>,
    csv: BufWriter<File>,
    fields: [&'static str; N],
}

impl<const N: usize> Table<N> {
    fn create(files: &Files, name: &str, fields: [&'static str; N]) -> Result<Self> {
        let yaml = create(files.yaml.join(format!("{name}.yaml")))?;
        let mut csv = create(files.csv.join(format!("{name}.csv")))?;
        writeln!(csv, "{}", fields.join(","))?;
        Ok(Self { yaml, csv, fields })
    }

    fn row(&mut self, id: i64, values: [&dyn Display; N]) -> Result<()> {
        for (place, (field, value)) in self.fields.iter().zip(values).enumerate() {
            let dash = if place == 0 { "- " } else { "  " };
            writeln!(self.yaml, "{dash}{field}: {value}")?;
            if !is_bad(id) {
                let comma = if place == 0 { "" } else { "," };
                write!(self.csv, "{comma}{value}")?;
            }
        }
        if !is_bad(id) {
            writeln!(self.csv)?;
        }
        Ok(())
    }

    fn finish(self) -> Result<()> {
        self.yaml.into_inner()?.sync_all()?;
        self.csv.into_inner()?.sync_all()?;
        Ok(())
    }
}

fn create(path: PathBuf) -> Result<BufWriter<File>> {
    let file =
        File::create(&path).with_context(|| format!("failed to create {}", path.display()))?;
    Ok(BufWriter::new(file))
}
