use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::postgres::{PgCopyIn, PgPool, PgPoolCopyExt};
use sea_orm::sqlx::{AssertSqlSafe, Postgres};
use sea_orm::{ColumnType, DbErr, sqlx};

use super::super::dialect::Dialect;
use super::super::driver::failed;
use super::text;
use crate::fail_point;
use crate::table::{Column, Rows};
use crate::write::{Counts, Write, kept_out};

const DIALECT: Dialect = Dialect {
    mark: '"',
    is: "IS NOT DISTINCT FROM",
    join: "JOIN",
    given_keys: "OVERRIDING SYSTEM VALUE",
    exact,
};

/// Where rows wait that are to be compared with those of a table that has some.
const WAITING: &str = "pg_temp.seedbed_rows";

/// Has rows met in the order of their keys, in which they mostly lie in the table and its index, and not in that of
/// a hash, which takes a third longer to update them. And compiling what is done once for a while costs more than it saves.
const IN_ORDER: &str = "SELECT set_config(name, 'off', true) FROM pg_settings WHERE name IN ('enable_hashjoin', 'jit')";

/// Whether a table takes each row that it is given: nothing else has a say, and no other table is a part of it.
const PLAIN: &str = "
SELECT relkind = 'r' AND NOT relhassubclass AND NOT relhasrules AND NOT row_security_active(c.oid)
    AND NOT EXISTS (SELECT 1 FROM pg_trigger WHERE tgrelid = c.oid AND NOT tgisinternal)
FROM pg_class AS c WHERE c.oid = $1::regclass";

/// Takes rows into a PostgreSQL table by COPY: straight into one that is empty, otherwise into a
/// temporary one, from which they are merged at the end. That is far less work for the server than
/// INSERT … ON CONFLICT, which writes to each row that it meets, even to one that is left as it is.
pub(crate) struct Loader<'a> {
    write: &'a Write<'a>,
    session: &'a PgPool,
    is_empty: bool,
    /// Has the session's connection as long as it is there.
    copy: Option<Copying>,
}

struct Copying {
    into: PgCopyIn<PoolConnection<Postgres>>,
    is_straight: bool,
    is_plain: bool,
}

impl<'a> Loader<'a> {
    /// A loader that has loaded nothing yet.
    pub fn new(write: &'a Write<'_>) -> Self {
        Self {
            write,
            session: write.db.get_postgres_connection_pool(),
            is_empty: write.is_empty,
            copy: None,
        }
    }

    /// Sends rows on their way. Those that go straight into the table are counted now.
    pub async fn load(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        if self.copy.is_none() {
            self.copy = Some(self.begin().await?);
        }
        let copy = self.copy.as_mut().expect("it has just begun");
        let text = text::copied(&self.write.table, &rows)?;
        if !copy.is_straight {
            copy.into.send(text.into_bytes()).await.map_err(failed)?;
            return Ok(Counts::default());
        }
        fail_point::pass(self.write.database, "batch.before")?;
        copy.into.send(text.into_bytes()).await.map_err(failed)?;
        fail_point::pass(self.write.database, "batch.after")?;
        Ok(Counts::inserted(rows.count))
    }

    async fn begin(&mut self) -> Result<Copying, DbErr> {
        // Rows are compared and merged by several statements, between which nobody may write to the table.
        let lock = format!(
            "LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE",
            self.write.table.quoted('"')
        );
        self.execute(lock).await?;
        let is_plain = self.is_plain().await?;
        let is_straight = self.is_empty && is_plain && self.is_still_empty().await?;
        let table = &self.write.table;
        let (name, columns) = (table.quoted('"'), DIALECT.columns(table));
        let into = match is_straight {
            true => name,
            false => {
                // With the table's own types, so that values compare as they would there.
                let create = format!(
                    "CREATE TEMPORARY TABLE seedbed_rows AS SELECT {columns} FROM {name} WITH NO DATA"
                );
                self.execute(create).await?;
                WAITING.to_owned()
            }
        };
        let copy = format!("COPY {into} ({columns}) FROM STDIN");
        let into = self.session.copy_in_raw(&copy).await.map_err(failed)?;
        Ok(Copying {
            into,
            is_straight,
            is_plain,
        })
    }

    async fn is_plain(&self) -> Result<bool, DbErr> {
        let asked = sqlx::query_scalar(PLAIN).bind(self.write.table.quoted('"'));
        asked.fetch_one(self.session).await.map_err(failed)
    }

    async fn is_still_empty(&self) -> Result<bool, DbErr> {
        let name = self.write.table.quoted('"');
        let look = format!("SELECT NOT EXISTS (SELECT 1 FROM {name})");
        let looked = sqlx::query_scalar(AssertSqlSafe(look)).fetch_one(self.session);
        looked.await.map_err(failed)
    }

    /// Counts what [`load`](Self::load) would write, by reading alone.
    pub async fn count(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        let mut counts = self.settle().await?;
        if self.is_empty {
            return Ok(Counts::inserted(rows.count));
        }
        let table = &self.write.table;
        let source = format!(
            "json_populate_recordset(NULL::{}, $1::json)",
            table.quoted('"')
        );
        let (stored, equal): (i64, i64) =
            sqlx::query_as(AssertSqlSafe(DIALECT.compare(table, &source)))
                .bind(text::json(table, &rows)?)
                .fetch_one(self.session)
                .await
                .map_err(failed)?;
        counts += Counts::compared(rows.count, stored, equal, self.write.keep)?;
        Ok(counts)
    }

    /// Has everything in the table that was loaded, and gives the session's connection back.
    pub async fn settle(&mut self) -> Result<Counts, DbErr> {
        let Some(copy) = self.copy.take() else {
            return Ok(Counts::default());
        };
        let rows = copy.into.finish().await.map_err(failed)?;
        self.is_empty = false;
        if copy.is_straight {
            return Ok(Counts::default());
        }
        fail_point::pass(self.write.database, "batch.before")?;
        let counts = match copy.is_plain {
            true => {
                let (inserted, updated) = self.merge().await?;
                Counts::merged(rows, inserted, updated)?
            }
            false => self.merge_and_look(rows).await?,
        };
        self.execute(format!("DROP TABLE {WAITING}")).await?;
        fail_point::pass(self.write.database, "batch.after")?;
        Ok(counts)
    }

    /// Merges the rows, and looks what came of it: a trigger, a rule or a policy may keep rows out, or have put them
    /// elsewhere, where they are seen all the same.
    async fn merge_and_look(&self, rows: u64) -> Result<Counts, DbErr> {
        let (stored, equal) = self.compare_waiting().await?;
        let given = usize::try_from(rows).unwrap_or(usize::MAX);
        let counts = Counts::compared(given, stored, equal, self.write.keep)?;
        let (_, updated) = self.merge().await?;
        let (stored, _) = self.compare_waiting().await?;
        match stored.unsigned_abs() == rows {
            false => Err(kept_out(rows, stored.unsigned_abs())),
            true if updated != counts.updated => Err(kept_out(counts.updated, updated)),
            true => Ok(counts),
        }
    }

    /// The waiting rows whose keys are stored, and those that are stored as they are.
    async fn compare_waiting(&self) -> Result<(i64, i64), DbErr> {
        let compare = DIALECT.compare(&self.write.table, WAITING);
        let compared = sqlx::query_as(AssertSqlSafe(compare)).fetch_one(self.session);
        compared.await.map_err(failed)
    }

    /// Merges the waiting rows; gives how many the statements inserted and updated.
    async fn merge(&self) -> Result<(u64, u64), DbErr> {
        let table = &self.write.table;
        self.execute(IN_ORDER.to_owned()).await?;
        let updated = match self.write.keep || table.fields().is_empty() {
            true => 0,
            false => {
                let set = DIALECT.list(table.fields(), ", ", |column| {
                    format!("{} = {}", column.quoted('"'), DIALECT.of("r", column))
                });
                let update = format!(
                    "UPDATE {} AS s SET {set} FROM {WAITING} AS r WHERE {} AND NOT ({})",
                    table.quoted('"'),
                    DIALECT.is_same(table, "r"),
                    DIALECT.is_equal(table, "r"),
                );
                self.execute(update).await?
            }
        };
        let inserted = self.execute(DIALECT.insert_new(table, WAITING)).await?;
        Ok((inserted, updated))
    }

    /// Ends the sending of rows, so that the session can be asked to roll back.
    pub async fn give_up(&mut self) -> Result<(), DbErr> {
        match self.copy.take() {
            Some(copy) => copy.into.abort("given up").await.map_err(failed),
            None => Ok(()),
        }
    }

    async fn execute(&self, statement: String) -> Result<u64, DbErr> {
        let executed = sqlx::raw_sql(AssertSqlSafe(statement)).execute(self.session);
        Ok(executed.await.map_err(failed)?.rows_affected())
    }
}

/// Types that PostgreSQL compares by value, and by nothing else; the rest, some of which it compares
/// by a collation's rules and some not at all, it is to compare as text.
fn exact(column: &Column, value: String) -> String {
    match column.kind {
        ColumnType::TinyInteger
        | ColumnType::SmallInteger
        | ColumnType::Integer
        | ColumnType::BigInteger
        | ColumnType::TinyUnsigned
        | ColumnType::SmallUnsigned
        | ColumnType::Unsigned
        | ColumnType::BigUnsigned
        | ColumnType::Float
        | ColumnType::Double
        | ColumnType::Decimal(_)
        | ColumnType::Money(_)
        | ColumnType::DateTime
        | ColumnType::Timestamp
        | ColumnType::TimestampWithTimeZone
        | ColumnType::Time
        | ColumnType::Date
        | ColumnType::Boolean
        | ColumnType::Binary(_)
        | ColumnType::VarBinary(_)
        | ColumnType::Blob
        | ColumnType::Uuid => value,
        _ => format!("{value}::text COLLATE \"C\""),
    }
}
