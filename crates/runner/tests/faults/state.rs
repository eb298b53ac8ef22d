use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;

/// The store's databases, each with one dataset of the same name, in commit order.
pub const DATABASES: [&str; 3] = ["users", "products", "orders"];

/// What is in all databases.
#[derive(Clone, Debug, PartialEq)]
pub struct State(pub BTreeMap<&'static str, Content>);

/// What is in one database; a file without tables is like no file.
#[derive(Clone, Default, PartialEq)]
pub struct Content {
    /// The dataset's rows by key; `None` where there is no table.
    pub rows: Option<BTreeMap<i64, Vec<Value>>>,
    /// The ledger, without what differs from run to run.
    pub ledger: Vec<String>,
    /// The migrations' bookkeeping.
    pub applied: Vec<String>,
}

impl State {
    /// Looks into the databases of a folder that no program has open. What is looked at is a copy, so
    /// that a journal that a crash has left is still there for the next run.
    pub fn of(folder: &Path) -> Self {
        Self(
            DATABASES
                .map(|alias| (alias, Content::at(folder, alias)))
                .into(),
        )
    }

    /// Orders whose user or product is not there.
    pub fn dangling(&self) -> Vec<i64> {
        let there = |alias: &str, key: &Value| match (&self.0[alias].rows, key) {
            (Some(rows), Value::Integer(key)) => rows.contains_key(key),
            _ => false,
        };
        let orders = self.0["orders"].rows.iter().flatten();
        orders
            .filter(|(_, row)| !there("users", &row[1]) || !there("products", &row[2]))
            .map(|(id, _)| *id)
            .collect()
    }
}

impl Content {
    /// Looks into one database of a folder, as [`State::of`] does.
    pub fn at(folder: &Path, alias: &str) -> Self {
        let copy = tempfile::tempdir().unwrap();
        for end in ["db", "db-wal"] {
            let name = format!("{alias}.{end}");
            if folder.join(&name).exists() {
                fs::copy(folder.join(&name), copy.path().join(&name)).unwrap();
            }
        }
        let file = copy.path().join(format!("{alias}.db"));
        match file.exists() {
            true => Self::of(alias, &open(&file)),
            false => Self::default(),
        }
    }

    fn of(alias: &str, db: &Connection) -> Self {
        let sound: String = db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok", "{alias}");
        let ledger = "SELECT concat_ws('|', command, profile, datasets, fixtures, inserted, updated, unchanged) \
                      FROM seedbed_ledger ORDER BY id";
        let applied = "SELECT version FROM seaql_migrations ORDER BY version";
        Self {
            rows: has_table(db, alias).then(|| rows(db, alias)),
            ledger: texts(db, "seedbed_ledger", ledger),
            applied: texts(db, "seaql_migrations", applied),
        }
    }
}

/// Opens a database as another program would.
pub fn open(file: &Path) -> Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags(file, flags).unwrap()
}

/// The runs that a database's ledger has, oldest first.
pub fn run_ids(folder: &Path, alias: &str) -> Vec<String> {
    let db = open(&folder.join(format!("{alias}.db")));
    let ids = "SELECT run_id FROM seedbed_ledger ORDER BY id";
    texts(&db, "seedbed_ledger", ids)
}

/// A dataset's rows by key.
pub fn rows(db: &Connection, table: &str) -> BTreeMap<i64, Vec<Value>> {
    try_rows(db, table).unwrap()
}

pub fn try_rows(db: &Connection, table: &str) -> rusqlite::Result<BTreeMap<i64, Vec<Value>>> {
    let mut query = db.prepare(&format!("SELECT * FROM {table}"))?;
    let columns = query.column_count();
    let rows = query.query_map([], |row| {
        let values = (0..columns).map(|column| row.get(column));
        Ok((row.get(0)?, values.collect::<Result<_, _>>()?))
    });
    rows?.collect()
}

fn has_table(db: &Connection, table: &str) -> bool {
    let query = "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = ?";
    let count: i64 = db.query_row(query, [table], |row| row.get(0)).unwrap();
    count > 0
}

fn texts(db: &Connection, table: &str, query: &str) -> Vec<String> {
    if !has_table(db, table) {
        return Vec::new();
    }
    let mut query = db.prepare(query).unwrap();
    let texts = query.query_map([], |row| row.get(0)).unwrap();
    texts.collect::<Result<_, _>>().unwrap()
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            ledger,
            applied,
        } = self;
        let rows = rows.as_ref().map(BTreeMap::len);
        write!(
            f,
            "{rows:?} rows, ledger {ledger:?}, {} applied",
            applied.len()
        )
    }
}
