use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use rusqlite::Connection;
use rusqlite::types::Value;
use servers::Kind;
use servers::testing::shared;

use crate::databases::Databases;

/// What is in all databases.
#[derive(Clone, Debug, PartialEq)]
pub struct State(pub BTreeMap<&'static str, Content>);

/// What is in one database; one without tables is like none.
#[derive(Clone, Default)]
pub struct Content {
    /// The dataset's rows by key, with values as the engine shows them; `None` where there is no table.
    pub rows: Option<BTreeMap<i64, Vec<Value>>>,
    /// The ledger, without what differs from run to run.
    pub ledger: Vec<String>,
    /// The migrations' bookkeeping.
    pub applied: Vec<String>,
    /// The names of the runs in the ledger, oldest first; they differ each time.
    pub runs: Vec<String>,
}

impl PartialEq for Content {
    fn eq(&self, other: &Self) -> bool {
        self.rows == other.rows && self.ledger == other.ledger && self.applied == other.applied
    }
}

/// Where the lists of a [`Content`] are: table, value, order.
const LEDGER: [&str; 3] = [
    "seedbed_ledger",
    "concat_ws('|', command, profile, datasets, fixtures, inserted, updated, unchanged)",
    "id",
];
const APPLIED: [&str; 3] = ["seaql_migrations", "version", "version"];
const RUNS: [&str; 3] = ["seedbed_ledger", "run_id", "id"];

impl State {
    /// Orders whose user or product is not there.
    pub fn dangling(&self) -> Vec<i64> {
        let there = |alias: &str, key: &Value| match (&self.0[alias].rows, number(key)) {
            (Some(rows), Some(key)) => rows.contains_key(&key),
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
    /// Looks into a database of a folder that no program has open. What is looked at is a copy, so that a
    /// journal that a crash has left is still there for the next run.
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

    /// Takes in a row of [`queries`].
    fn add(&mut self, part: &str, values: &[String]) {
        match part {
            "table" => self.rows = Some(BTreeMap::new()),
            "row" => {
                let row = values.iter().cloned().map(Value::Text).collect();
                let rows = self.rows.get_or_insert_default();
                rows.insert(values[0].parse().unwrap(), row);
            }
            "ledger" => self.ledger.extend_from_slice(values),
            "applied" => self.applied.extend_from_slice(values),
            _ => self.runs.extend_from_slice(values),
        }
    }

    fn of(alias: &str, db: &Connection) -> Self {
        let sound: String = db
            .query_row("PRAGMA integrity_check", [], |row| row.get(0))
            .unwrap();
        assert_eq!(sound, "ok", "{alias}");
        Self {
            rows: has_table(db, alias).then(|| rows(db, alias)),
            ledger: texts(db, LEDGER),
            applied: texts(db, APPLIED),
            runs: texts(db, RUNS),
        }
    }
}

impl Databases {
    /// What is in the databases that are on servers, as the servers' own clients show it.
    pub fn contents(&self) -> BTreeMap<&'static str, Content> {
        let mut contents = BTreeMap::new();
        for kind in Kind::ALL {
            let here: Vec<_> = self.of(kind).collect();
            if here.is_empty() {
                continue;
            }
            let queries = here
                .iter()
                .map(|(alias, name)| (name.clone(), queries(kind, alias)));
            let found = shared(kind).sql_in_each(&queries.collect::<Vec<_>>());
            let found = found.unwrap_or_else(|error| panic!("{error}"));
            contents.extend(here.iter().map(|(alias, _)| (*alias, Content::default())));
            for values in found {
                let content = contents.get_mut(values[0].as_str()).unwrap();
                content.add(&values[1], &values[2..]);
            }
        }
        contents
    }
}

/// Queries for all that is in a [`Content`], each row with what it is of before it.
fn queries(kind: Kind, alias: &str) -> String {
    let of = |part: &str, table: &str, rest: &str| {
        let query = format!("SELECT '{alias}', '{part}'{rest}");
        if_there(kind, table, &query)
    };
    let list = |part: &str, [table, value, order]: [&str; 3]| {
        of(
            part,
            table,
            &format!(", {value} FROM {table} ORDER BY {order}"),
        )
    };
    [
        of("table", alias, ""),
        of("row", alias, &format!(", {alias}.* FROM {alias}")),
        list("ledger", LEDGER),
        list("applied", APPLIED),
        list("run", RUNS),
    ]
    .concat()
}

/// Has a server's client ask, unless there is no such table.
fn if_there(kind: Kind, table: &str, query: &str) -> String {
    let query = query.replace('\'', "''");
    match kind {
        Kind::Postgres => {
            format!("SELECT '{query}' WHERE to_regclass('{table}') IS NOT NULL \\gexec\n")
        }
        Kind::Mariadb => format!(
            "SET @query = (SELECT if(count(*), '{query}', 'DO 0') FROM information_schema.tables \
             WHERE table_schema = DATABASE() AND table_name = '{table}');\n\
             PREPARE query FROM @query;\nEXECUTE query;\n"
        ),
    }
}

fn number(value: &Value) -> Option<i64> {
    match value {
        Value::Integer(number) => Some(*number),
        Value::Text(text) => text.parse().ok(),
        _ => None,
    }
}

/// Opens a database as another program would.
pub fn open(file: &Path) -> Connection {
    let flags = rusqlite::OpenFlags::SQLITE_OPEN_READ_WRITE;
    Connection::open_with_flags(file, flags).unwrap()
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

fn texts(db: &Connection, [table, value, order]: [&str; 3]) -> Vec<String> {
    if !has_table(db, table) {
        return Vec::new();
    }
    let query = format!("SELECT {value} FROM {table} ORDER BY {order}");
    let mut query = db.prepare(&query).unwrap();
    let texts = query.query_map([], |row| row.get(0)).unwrap();
    texts.collect::<Result<_, _>>().unwrap()
}

impl fmt::Debug for Content {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            rows,
            ledger,
            applied,
            ..
        } = self;
        let rows = rows.as_ref().map(BTreeMap::len);
        write!(
            f,
            "{rows:?} rows, ledger {ledger:?}, {} applied",
            applied.len()
        )
    }
}
