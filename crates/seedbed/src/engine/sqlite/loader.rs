use std::collections::HashMap;
use std::sync::Arc;

use sea_orm::sea_query::Values;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::sqlite::SqliteArguments;
use sea_orm::sqlx::{
    AssertSqlSafe, IntoArguments, Sqlite, SqliteConnection, SqlitePool, query_as_with,
    query_scalar, query_with, raw_sql,
};
use sea_orm::{ColumnType, DbErr, Value};
use sea_query_sqlx::SqlxValues;

use super::super::dialect::Dialect;
use super::super::driver::failed;
use crate::fail_point;
use crate::table::{Column, Rows, Table};
use crate::write::{Counts, Write, kept_out};

const DIALECT: Dialect = Dialect {
    mark: '"',
    is: "IS",
    join: "CROSS JOIN",
    given_keys: "",
    exact,
};

/// Room for the index of a unique field, in KiB as a negative number says: for some 400,000 e-mails. Its pages
/// are filled in random order, and those that do not fit are written to the journal again and again.
const CACHE: &str = "PRAGMA cache_size = -16000";

const TRIGGERS: &str = "SELECT EXISTS (SELECT 1 FROM sqlite_schema WHERE type = 'trigger' AND tbl_name = ? COLLATE NOCASE)";

/// Takes rows into an SQLite table by statements of many rows each, which cost SQLite less than half of
/// what as many statements of one row do.
pub(crate) struct Loader<'a> {
    /// The alias of the database.
    database: &'a str,
    session: &'a SqlitePool,
    /// The session's connection, between the first batch and the settling.
    connection: Option<PoolConnection<Sqlite>>,
    table: &'a Table,
    is_empty: bool,
    keep: bool,
    /// Whether the table has triggers, once that was asked.
    has_triggers: Option<bool>,
    /// The texts of statements, by how many rows they take.
    texts: HashMap<(Purpose, usize), Arc<str>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Purpose {
    /// Counts the rows whose keys are stored, and those that are stored as they are.
    Compare,
    /// Inserts rows whose keys are not stored.
    Insert,
    /// The same, not to be undone by itself where it fails, as the whole transaction is. For that, SQLite would
    /// keep the old state of each page that a statement of many rows changes, which is more than it writes.
    /// What triggers do about conflicts would be overruled by it.
    InsertOrFail,
    /// Inserts, and overwrites what differs.
    Upsert,
}

impl<'a> Loader<'a> {
    /// A loader that has loaded nothing yet.
    pub fn new(write: &'a Write<'_>) -> Self {
        Self {
            database: write.database,
            session: write.db.get_sqlite_connection_pool(),
            connection: None,
            table: &write.table,
            is_empty: write.is_empty,
            keep: write.keep,
            has_triggers: None,
            texts: HashMap::new(),
        }
    }

    /// Writes what of these rows is new or differs. They have no key in common.
    pub async fn load(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        let count = rows.count;
        let rows = arguments(rows)?;
        if self.is_empty {
            let purpose = match self.has_triggers().await? {
                true => Purpose::Insert,
                false => Purpose::InsertOrFail,
            };
            let taken = self.execute(purpose, count, rows).await?;
            return match taken == count as u64 {
                true => Ok(Counts::inserted(count)),
                false => Err(kept_out(count as u64, taken)),
            };
        }
        let counts = self.compare(count, rows.clone()).await?;
        if counts.changes() {
            let written = self.execute(Purpose::Upsert, count, rows).await?;
            let given = counts.inserted + counts.updated;
            if written != given {
                return Err(match self.has_triggers().await? {
                    true => kept_out(given, written),
                    false => self.taken_for_one(),
                });
            }
        }
        Ok(counts)
    }

    /// A row met another whose key is not its own.
    fn taken_for_one(&self) -> DbErr {
        DbErr::Custom(format!(
            "the database takes keys of `{}` for one that the rules tell apart, such as texts that differ in \
             case; write each key in one way, or make the column `{}` with the collation BINARY",
            self.table.name,
            self.table.key().name
        ))
    }

    /// Counts what [`load`](Self::load) would write.
    pub async fn count(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        let count = rows.count;
        match self.is_empty {
            true => Ok(Counts::inserted(count)),
            false => self.compare(count, arguments(rows)?).await,
        }
    }

    /// Gives the session back to others.
    pub fn settle(&mut self) {
        self.connection = None;
    }

    async fn connection(&mut self) -> Result<&mut SqliteConnection, DbErr> {
        if self.connection.is_none() {
            let mut connection = self.session.acquire().await.map_err(failed)?;
            if self.table.has_unique {
                let cache = raw_sql(CACHE).execute(&mut *connection);
                cache.await.map_err(failed)?;
            }
            self.connection = Some(connection);
        }
        Ok(self.connection.as_mut().expect("it was just acquired"))
    }

    async fn has_triggers(&mut self) -> Result<bool, DbErr> {
        if let Some(known) = self.has_triggers {
            return Ok(known);
        }
        let asked = query_scalar(TRIGGERS).bind(self.table.name.clone());
        let has = asked.fetch_one(self.connection().await?).await;
        Ok(*self.has_triggers.insert(has.map_err(failed)?))
    }

    async fn compare(&mut self, count: usize, rows: SqliteArguments) -> Result<Counts, DbErr> {
        let text = self.text(Purpose::Compare, count);
        let (stored, equal): (i64, i64) = query_as_with(AssertSqlSafe(text), rows)
            .fetch_one(self.connection().await?)
            .await
            .map_err(failed)?;
        Counts::compared(count, stored, equal, self.keep)
    }

    async fn execute(
        &mut self,
        purpose: Purpose,
        count: usize,
        rows: SqliteArguments,
    ) -> Result<u64, DbErr> {
        fail_point::pass(self.database, "batch.before")?;
        let text = self.text(purpose, count);
        let executed = query_with(AssertSqlSafe(text), rows)
            .execute(self.connection().await?)
            .await;
        let written = executed.map_err(failed)?.rows_affected();
        fail_point::pass(self.database, "batch.after")?;
        Ok(written)
    }

    fn text(&mut self, purpose: Purpose, count: usize) -> Arc<str> {
        let (table, keep) = (self.table, self.keep);
        let text = self.texts.entry((purpose, count));
        let text = text.or_insert_with(|| purpose.text(table, keep, count).into());
        text.clone()
    }
}

impl Purpose {
    fn text(self, table: &Table, keep: bool, count: usize) -> String {
        let row = format!("({})", vec!["?"; table.columns.len()].join(","));
        let rows = vec![row; count].join(",");
        let (name, columns) = (table.quoted('"'), DIALECT.columns(table));
        let insert = format!("INTO {name} AS s ({columns}) VALUES {rows}");
        let key = table.key().quoted('"');
        match self {
            Self::Compare => format!(
                "WITH given ({columns}) AS (VALUES {rows}) {}",
                DIALECT.compare(table, "given")
            ),
            Self::Insert => format!("INSERT {insert}"),
            Self::InsertOrFail => format!("INSERT OR FAIL {insert}"),
            Self::Upsert if keep || table.fields().is_empty() => {
                format!("INSERT {insert} ON CONFLICT ({key}) DO NOTHING")
            }
            Self::Upsert => {
                let set = DIALECT.list(table.fields(), ", ", |column| {
                    let column = column.quoted('"');
                    format!("{column} = excluded.{column}")
                });
                let same = DIALECT.is_same(table, "excluded");
                let equal = DIALECT.is_equal(table, "excluded");
                format!(
                    "INSERT {insert} ON CONFLICT ({key}) DO UPDATE SET {set} WHERE {same} AND NOT ({equal})"
                )
            }
        }
    }
}

/// Texts are compared byte by byte, whatever collation a column was made with. SQLite keeps times as text,
/// with the offset they were given in, so that one instant has many; what it cannot read as a time is
/// compared as it is.
fn exact(column: &Column, value: String) -> String {
    match column.kind {
        ColumnType::TimestampWithTimeZone => {
            let fraction = format!("substr({value}, 20, length({value}) - 25)");
            format!("coalesce(strftime('%s', {value}) || {fraction}, {value})")
        }
        _ if column.is_text() => format!("{value} COLLATE BINARY"),
        _ => value,
    }
}

/// The values of rows as the driver takes them.
///
/// # Errors
/// For a number beyond SQLite's integers, about which the driver would panic.
fn arguments(rows: Rows) -> Result<SqliteArguments, DbErr> {
    let is_beyond =
        |value: &Value| matches!(value, Value::BigUnsigned(Some(n)) if i64::try_from(*n).is_err());
    if rows.values.iter().any(is_beyond) {
        let told = "a number is above 9223372036854775807, the highest that SQLite holds";
        return Err(DbErr::Custom(told.to_owned()));
    }
    let arguments = IntoArguments::<Sqlite>::into_arguments(SqlxValues(Values(rows.values)));
    Ok(arguments)
}
