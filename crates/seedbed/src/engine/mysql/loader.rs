use sea_orm::sqlx::{AssertSqlSafe, MySqlPool};
use sea_orm::{DbErr, sqlx};

use super::super::dialect::Dialect;
use super::super::driver::failed;
use super::text;
use crate::fail_point;
use crate::table::{Column, Rows};
use crate::write::{Counts, Write};

const DIALECT: Dialect = Dialect {
    mark: '`',
    is: "<=>",
    join: "STRAIGHT_JOIN",
    exact,
};

/// Where a batch waits that is to be compared with the rows of a table that has some.
const WAITING: &str = "seedbed_rows";

/// Takes rows into a MySQL or MariaDB table: straight into one that is empty, otherwise batch by batch
/// into a temporary one, from which they are merged. Not by INSERT … ON DUPLICATE KEY UPDATE, which
/// overwrites a row that has any unique value in common, whatever its key.
pub(crate) struct Loader<'a> {
    write: &'a Write<'a>,
    session: &'a MySqlPool,
    /// Whether there is a temporary table.
    is_waiting: bool,
    /// Bytes that the server takes in one statement.
    limit: Option<usize>,
}

impl<'a> Loader<'a> {
    /// A loader that has loaded nothing yet.
    pub fn new(write: &'a Write<'_>) -> Self {
        Self {
            write,
            session: write.db.get_mysql_connection_pool(),
            is_waiting: false,
            limit: None,
        }
    }

    /// Writes what of these rows is new or differs. They have no key in common.
    pub async fn load(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        let count = rows.count;
        if !self.write.is_empty {
            self.wait(&rows).await?;
        }
        fail_point::pass(self.write.database, "batch.before")?;
        let counts = match self.write.is_empty {
            true => {
                self.insert(&self.write.table.quoted('`'), &rows).await?;
                Counts::inserted(count)
            }
            false => self.merge(count).await?,
        };
        fail_point::pass(self.write.database, "batch.after")?;
        Ok(counts)
    }

    /// Counts what [`load`](Self::load) would write.
    pub async fn count(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        if self.write.is_empty {
            return Ok(Counts::inserted(rows.count));
        }
        self.wait(&rows).await?;
        let compare = DIALECT.compare(&self.write.table, WAITING);
        let (stored, equal): (i64, i64) = sqlx::query_as(AssertSqlSafe(compare))
            .fetch_one(self.session)
            .await
            .map_err(failed)?;
        self.execute(format!("DELETE FROM {WAITING}")).await?;
        Ok(Counts::compared(rows.count, stored, equal, self.write.keep))
    }

    /// Leaves nothing behind.
    pub async fn settle(&mut self) -> Result<Counts, DbErr> {
        if std::mem::take(&mut self.is_waiting) {
            self.execute(format!("DROP TEMPORARY TABLE {WAITING}"))
                .await?;
        }
        Ok(Counts::default())
    }

    /// Puts rows into the temporary table, whose columns have the table's own types, so that values compare
    /// as they would there.
    async fn wait(&mut self, rows: &Rows) -> Result<(), DbErr> {
        if !self.is_waiting {
            let table = &self.write.table;
            self.execute(format!(
                "CREATE TEMPORARY TABLE {WAITING} AS SELECT {} FROM {} LIMIT 0",
                DIALECT.columns(table),
                table.quoted('`'),
            ))
            .await?;
            self.is_waiting = true;
        }
        self.insert(WAITING, rows).await
    }

    async fn insert(&mut self, into: &str, rows: &Rows) -> Result<(), DbErr> {
        let table = &self.write.table;
        let insert = format!("INSERT INTO {into} ({})", DIALECT.columns(table));
        let limit = self.limit().await?;
        for statement in text::inserts(&insert, table, rows, limit)? {
            self.execute(statement).await?;
        }
        Ok(())
    }

    async fn limit(&mut self) -> Result<usize, DbErr> {
        if let Some(limit) = self.limit {
            return Ok(limit);
        }
        let limit: u64 = sqlx::query_scalar("SELECT CAST(@@max_allowed_packet AS UNSIGNED)")
            .fetch_one(self.session)
            .await
            .map_err(failed)?;
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        self.limit = Some(limit);
        Ok(limit)
    }

    async fn merge(&self, count: usize) -> Result<Counts, DbErr> {
        let table = &self.write.table;
        let updated = match self.write.keep || table.fields().is_empty() {
            true => 0,
            false => {
                let set = DIALECT.list(table.fields(), ", ", |column| {
                    format!("{} = {}", DIALECT.of("s", column), DIALECT.of("r", column))
                });
                // The rows that meet the condition are counted, whatever the driver asks the server for.
                let update = format!(
                    "UPDATE {WAITING} AS r STRAIGHT_JOIN {} AS s ON {} SET {set} WHERE NOT ({})",
                    table.quoted('`'),
                    DIALECT.is_same(table),
                    DIALECT.is_equal(table, "r"),
                );
                self.execute(update).await?
            }
        };
        let inserted = self.execute(DIALECT.insert_new(table, WAITING)).await?;
        self.execute(format!("DELETE FROM {WAITING}")).await?;
        Ok(Counts {
            inserted,
            updated,
            unchanged: count as u64 - inserted - updated,
        })
    }

    async fn execute(&self, statement: String) -> Result<u64, DbErr> {
        let executed = sqlx::raw_sql(AssertSqlSafe(statement)).execute(self.session);
        Ok(executed.await.map_err(failed)?.rows_affected())
    }
}

/// Texts are compared by their bytes, and not by a collation's rules.
fn exact(column: &Column, value: String) -> String {
    match column.is_text() {
        true => format!("BINARY {value}"),
        false => value,
    }
}
