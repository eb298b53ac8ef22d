use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, OpenFlags, Result, Row};

use crate::sandbox::{ALIASES, Sandbox};

/// Who holds a lock holds it for less than this.
const BUSY: Duration = Duration::from_secs(20);

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct User {
    pub name: String,
    pub email: String,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Product {
    pub name: String,
    pub cents: i64,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Order {
    pub user: i64,
    pub product: i64,
    pub quantity: i64,
}

/// The rows of the store's tables, by their keys. What is not there yet is empty.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tables {
    pub users: BTreeMap<i64, User>,
    pub products: BTreeMap<i64, Product>,
    pub orders: BTreeMap<i64, Order>,
}

impl Tables {
    /// Reads them all, orders first: a target is committed before the order that names it.
    pub fn of(sandbox: &Sandbox) -> Self {
        let order = |row: &Row<'_>| {
            let (user, product) = (row.get("user_id")?, row.get("product_id")?);
            let quantity = row.get("quantity")?;
            Ok(Order {
                user,
                product,
                quantity,
            })
        };
        let user = |row: &Row<'_>| {
            let (name, email) = (row.get("name")?, row.get("email")?);
            Ok(User { name, email })
        };
        let product = |row: &Row<'_>| {
            let price: f64 = row.get("price")?;
            let cents = (price * 100.0).round() as i64;
            Ok(Product {
                name: row.get("name")?,
                cents,
            })
        };
        let orders = rows(sandbox, "orders", order);
        let users = rows(sandbox, "users", user);
        let products = rows(sandbox, "products", product);
        Self {
            users,
            products,
            orders,
        }
    }

    /// Writes them into migrated databases, in place of what is there.
    pub fn write(&self, sandbox: &Sandbox) -> Result<()> {
        for alias in ALIASES {
            let mut connection = open(&sandbox.database(alias))?;
            let transaction = connection.transaction()?;
            transaction.execute(&format!("DELETE FROM {alias}"), [])?;
            match alias {
                "users" => self.users.iter().try_for_each(|(id, user)| {
                    let row = (id, &user.name, &user.email);
                    let sql = "INSERT INTO users (id, name, email) VALUES (?, ?, ?)";
                    transaction.execute(sql, row).map(drop)
                }),
                "products" => self.products.iter().try_for_each(|(id, product)| {
                    let row = (id, &product.name, product.cents as f64 / 100.0);
                    let sql = "INSERT INTO products (id, name, price) VALUES (?, ?, ?)";
                    transaction.execute(sql, row).map(drop)
                }),
                _ => self.orders.iter().try_for_each(|(id, order)| {
                    let row = (id, order.user, order.product, order.quantity);
                    let sql = "INSERT INTO orders (id, user_id, product_id, quantity) VALUES (?, ?, ?, ?)";
                    transaction.execute(sql, row).map(drop)
                }),
            }?;
            transaction.commit()?;
        }
        Ok(())
    }

    /// Whether one of the tables is the same.
    pub fn same(&self, alias: &str, other: &Self) -> bool {
        match alias {
            "users" => self.users == other.users,
            "products" => self.products == other.products,
            _ => self.orders == other.orders,
        }
    }

    /// The orders whose user or product is not there.
    pub fn dangling(&self) -> Vec<i64> {
        let dangles = |order: &Order| {
            !self.users.contains_key(&order.user) || !self.products.contains_key(&order.product)
        };
        let orders = self.orders.iter().filter(|(_, order)| dangles(order));
        orders.map(|(id, _)| *id).collect()
    }
}

/// What SQLite says to files that are damaged.
pub fn integrity(sandbox: &Sandbox) -> Vec<String> {
    let mut damages = Vec::new();
    for file in ALIASES.map(|alias| sandbox.database(alias)) {
        if !file.exists() {
            continue;
        }
        let checked = open(&file).and_then(|connection| {
            connection.query_row("PRAGMA integrity_check", [], |row| row.get::<_, String>(0))
        });
        match checked {
            Ok(ok) if ok == "ok" => {}
            other => damages.push(format!("{}: {other:?}", file.display())),
        }
    }
    damages
}

/// The runs that loaded rows, as a database's ledger has them.
pub fn runs(sandbox: &Sandbox, alias: &str) -> Vec<String> {
    let file = sandbox.database(alias);
    if !file.exists() {
        return Vec::new();
    }
    let connection = open(&file).expect("a database can be opened");
    if !has_table(&connection, "seedbed_ledger").expect("a database can be read") {
        return Vec::new();
    }
    let sql = "SELECT run_id FROM seedbed_ledger WHERE command = 'seed' ORDER BY id";
    let mut query = connection.prepare(sql).expect("the ledger can be read");
    let runs = query.query_map([], |row| row.get(0));
    runs.and_then(Iterator::collect)
        .expect("the ledger can be read")
}

/// Opens a database that is there.
pub fn open(file: &Path) -> Result<Connection> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(file, flags)?;
    connection.busy_timeout(BUSY)?;
    Ok(connection)
}

/// Whether a database has the table.
pub fn has_table(connection: &Connection, table: &str) -> Result<bool> {
    let sql = "SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = ?";
    connection.query_row(sql, [table], |row| row.get(0))
}

fn rows<T>(
    sandbox: &Sandbox,
    alias: &str,
    row: impl Fn(&Row<'_>) -> Result<T>,
) -> BTreeMap<i64, T> {
    let file = sandbox.database(alias);
    if !file.exists() {
        return BTreeMap::new();
    }
    let read = open(&file).and_then(|connection| {
        if !has_table(&connection, alias)? {
            return Ok(BTreeMap::new());
        }
        let mut query = connection.prepare(&format!("SELECT * FROM {alias}"))?;
        let rows = query.query_map([], |found| Ok((found.get("id")?, row(found)?)))?;
        rows.collect()
    });
    read.unwrap_or_else(|error| panic!("{alias} can be read: {error}"))
}
