use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use servers::{Kind, Server};

use crate::on::{On, shared};

/// Sandboxes made in this process, so that each has names of its own.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A sandbox's databases that are on servers; they go away with it.
pub struct Databases {
    on: On,
    number: u32,
}

impl Databases {
    /// Makes them, empty.
    pub fn new(on: On) -> Self {
        let databases = Self {
            on,
            number: MADE.fetch_add(1, Ordering::Relaxed),
        };
        for kind in Kind::ALL {
            let names = databases.names(kind);
            if !names.is_empty() {
                let created = shared(kind).create_databases(&names);
                created.unwrap_or_else(|error| panic!("{error}"));
            }
        }
        databases
    }

    /// What tells the program where they are.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        ["users", "products", "orders"]
            .into_iter()
            .filter_map(|alias| {
                let name = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
                self.url(alias).map(|url| (name, url))
            })
    }

    /// The URL of a database; none if it is a file.
    pub fn url(&self, alias: &str) -> Option<String> {
        let (server, name) = self.server(alias)?;
        Some(server.url(&name))
    }

    /// Where a database is, as the program shows it.
    pub fn location(&self, alias: &str) -> String {
        match self.server(alias) {
            Some((server, name)) => format!("127.0.0.1:{}/{name}", server.port()),
            None => format!("data/{alias}.db"),
        }
    }

    /// The server that has a database, and the name it goes by there; none if it is a file.
    pub fn server(&self, alias: &str) -> Option<(&'static Server, String)> {
        let kind = self.on.kind(alias)?;
        Some((shared(kind), self.name(alias)))
    }

    /// What statements give, each row as its values with `|` between them; `None` if it is a file.
    #[track_caller]
    pub fn rows(&self, alias: &str, statements: &str) -> Option<Vec<String>> {
        let (server, name) = self.server(alias)?;
        let rows = server.sql(&name, statements);
        let rows = rows.unwrap_or_else(|error| panic!("{alias}: {error} in {statements}"));
        let joined = |values: Vec<String>| {
            let values: Vec<String> = values.into_iter().map(as_a_file_has_it).collect();
            values.join("|")
        };
        Some(rows.into_iter().map(joined).collect())
    }

    /// A query for the names of all tables, the bookkeeping's last.
    pub fn tables(&self, alias: &str) -> String {
        let (name, list) = match self.on.kind(alias) {
            None => (
                "name",
                "sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            ),
            Some(Kind::Postgres) => ("tablename", "pg_tables WHERE schemaname = 'public'"),
            Some(Kind::Mariadb) => (
                "table_name",
                "information_schema.tables WHERE table_schema = DATABASE()",
            ),
        };
        format!("SELECT {name} FROM {list} ORDER BY {name} LIKE 'se%', {name}")
    }

    /// A query for the names of a table's columns.
    pub fn columns(&self, alias: &str, table: &str) -> String {
        match self.on.kind(alias) {
            None => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Some(_) => format!(
                "SELECT column_name FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema IN ('public', '{}') \
                 ORDER BY ordinal_position",
                self.name(alias)
            ),
        }
    }

    /// A query for all there is in a table. PostgreSQL tells even whether an equal row was written again.
    pub fn whole(&self, alias: &str, table: &str) -> String {
        match self.on.kind(alias) {
            Some(Kind::Postgres) => format!("SELECT xmin, ctid, * FROM {table} ORDER BY ctid"),
            _ => format!("SELECT * FROM {table} ORDER BY 1"),
        }
    }

    fn name(&self, alias: &str) -> String {
        format!("t{}_{}_{alias}", process::id(), self.number)
    }

    fn names(&self, kind: Kind) -> Vec<String> {
        let aliases = ["users", "products", "orders"].into_iter();
        let here = aliases.filter(|alias| self.on.kind(alias) == Some(kind));
        here.map(|alias| self.name(alias)).collect()
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        for kind in Kind::ALL {
            let names = self.names(kind);
            if names.is_empty() {
                continue;
            }
            if let Err(error) = shared(kind).drop_databases(&names) {
                eprintln!("{error}");
            }
        }
    }
}

/// Money as SQLite shows it, without the zeros of two decimals.
fn as_a_file_has_it(value: String) -> String {
    match value.split_once('.') {
        Some((whole, decimals)) if decimals.len() == 2 && whole.parse::<u64>().is_ok() => {
            let trimmed = value.trim_end_matches('0');
            trimmed.trim_end_matches('.').to_owned()
        }
        _ => value,
    }
}
