use sea_orm::sqlx::mysql::MySqlArguments;
use sea_orm::sqlx::pool::PoolConnection;
use sea_orm::sqlx::{AssertSqlSafe, MySql, MySqlConnection, MySqlPool, Row as _};
use sea_orm::{DbErr, SqlErr, Value, sqlx};

use super::super::dialect::Dialect;
use super::super::driver::failed;
use super::arguments::{self, arguments};
use super::given::Given;
use super::text::{self, Form, Values};
use crate::fail_point;
use crate::table::{Column, Rows};
use crate::write::{Counts, Write, kept_out};

/// Rows that one prepared statement inserts at most. Both a tenth and ten times as many cost the server half as much
/// time again.
const PREPARED: usize = 250;

/// Whether a table takes each row as it is given, as far as this role can see: it may not see triggers.
const PLAIN: &str = "
SELECT t.table_type <> 'VIEW' AND NOT EXISTS (SELECT 1 FROM information_schema.triggers AS g
    WHERE g.event_object_schema = coalesce(?, DATABASE()) AND g.event_object_table = ?)
FROM information_schema.tables AS t WHERE t.table_schema = coalesce(?, DATABASE()) AND t.table_name = ?";

pub(super) const DIALECT: Dialect = Dialect {
    mark: '`',
    is: "<=>",
    join: "STRAIGHT_JOIN",
    given_keys: "",
    exact,
};

/// Takes rows into a MySQL or MariaDB table by statements of many rows each. Not by INSERT … ON
/// DUPLICATE KEY UPDATE, which overwrites a row that has any unique value in common, whatever its key.
pub(crate) struct Loader<'a> {
    write: &'a Write<'a>,
    session: &'a MySqlPool,
    /// The session's connection, between the first batch and the settling.
    connection: Option<PoolConnection<MySql>>,
    form: Option<Form>,
    /// Rows that one prepared statement inserts.
    prepared: Option<usize>,
    given: Option<Given>,
    is_plain: Option<bool>,
    is_empty: bool,
}

impl<'a> Loader<'a> {
    /// A loader that has loaded nothing yet.
    pub fn new(write: &'a Write<'_>) -> Self {
        Self {
            write,
            session: write.db.get_mysql_connection_pool(),
            connection: None,
            form: None,
            prepared: None,
            given: None,
            is_plain: None,
            is_empty: write.is_empty,
        }
    }

    /// Writes what of these rows is new or differs. They have no key in common.
    pub async fn load(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        fail_point::pass(self.write.database, "batch.before")?;
        let counts = match self.is_plain().await? && self.is_empty {
            true => self.fill(&rows.values).await?,
            false => self.merge_all(&rows.values).await?,
        };
        fail_point::pass(self.write.database, "batch.after")?;
        Ok(counts)
    }

    /// Counts what [`load`](Self::load) would write.
    pub async fn count(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        if self.is_empty {
            return Ok(Counts::inserted(rows.count));
        }
        let mut counts = Counts::default();
        for values in self.values(&rows.values).await? {
            let given = self.given().await?.rows(&values.text);
            let (stored, equal) = self.compare(&given).await?;
            counts += Counts::compared(values.count, stored, equal, self.write.keep)?;
        }
        Ok(counts)
    }

    /// Gives the session back to others.
    pub fn settle(&mut self) {
        self.connection = None;
    }

    async fn connection(&mut self) -> Result<&mut MySqlConnection, DbErr> {
        if self.connection.is_none() {
            self.connection = Some(self.session.acquire().await.map_err(failed)?);
        }
        Ok(self.connection.as_mut().expect("it was just acquired"))
    }

    async fn is_plain(&mut self) -> Result<bool, DbErr> {
        if let Some(known) = self.is_plain {
            return Ok(known);
        }
        let table = &self.write.table;
        let asked = sqlx::query_scalar(PLAIN)
            .bind(&table.schema)
            .bind(&table.name)
            .bind(&table.schema)
            .bind(&table.name);
        let asked = asked.fetch_one(self.connection().await?).await;
        Ok(*self.is_plain.insert(asked.map_err(failed)?))
    }

    async fn form(&mut self) -> Result<Form, DbErr> {
        if let Some(known) = self.form {
            return Ok(known);
        }
        let asked = sqlx::query_as(Form::QUERY).fetch_one(self.connection().await?);
        let form = asked.await.map_err(failed)?;
        let asked = sqlx::query_as(Form::CIPHER).fetch_optional(self.connection().await?);
        let cipher: Option<(String, String)> = asked.await.map_err(failed)?;
        let is_encrypted = cipher.is_some_and(|(_, cipher)| !cipher.is_empty());
        Ok(*self.form.insert(Form::of(form, is_encrypted)))
    }

    async fn values(&mut self, values: &[Value]) -> Result<Vec<Values>, DbErr> {
        let form = self.form().await?;
        let given = self.given().await?.rows("");
        let enough = form.enough(self.update_text(&given).len());
        text::values(values, self.write.table.columns.len(), form, enough)
    }

    async fn given(&mut self) -> Result<&Given, DbErr> {
        if self.given.is_none() {
            let table = &self.write.table;
            self.given = Some(Given::of(table, self.connection().await?).await?);
        }
        Ok(self.given.as_ref().expect("it was asked for"))
    }

    /// Writes into a table that was empty.
    async fn fill(&mut self, values: &[Value]) -> Result<Counts, DbErr> {
        let (form, width) = (self.form().await?, self.write.table.columns.len());
        let limit = form.limit;
        let rows = *self.prepared.get_or_insert_with(|| {
            // As many as seem to fit, and always so many, as the statement stays prepared.
            let sample = &values[..values.len().min(PREPARED * width)];
            let size = arguments::size(sample).max(1);
            (form.enough(0) * (sample.len() / width) / size).clamp(1, PREPARED)
        });
        let mut chunks = values
            .chunks(rows * width)
            .map(|values| (values, arguments(values, limit)));
        let mut counts = Counts::default();
        let mut next = chunks.next();
        while let Some((values, arguments)) = next {
            let insert = self.insert(values.len() / width, arguments?);
            // The server is at work on these while the next are made ready.
            let (inserted, following) = tokio::join!(insert, async { chunks.next() });
            counts += match inserted? {
                true => Counts::inserted(values.len() / width),
                false => self.merge_all(values).await?,
            };
            next = following;
        }
        Ok(counts)
    }

    /// Inserts so many rows, and says whether it did: not where they are too much for one statement, or another
    /// program has written to the table meanwhile.
    async fn insert(
        &mut self,
        count: usize,
        arguments: Option<MySqlArguments>,
    ) -> Result<bool, DbErr> {
        let Some(arguments) = arguments.filter(|_| self.is_empty) else {
            return Ok(false);
        };
        let table = &self.write.table;
        let row = format!("({})", vec!["?"; table.columns.len()].join(","));
        let (name, columns) = (table.quoted(DIALECT.mark), DIALECT.columns(table));
        let rows = vec![row; count].join(",");
        let insert = format!("INSERT INTO {name} ({columns}) VALUES {rows}");
        let insert = sqlx::query_with(AssertSqlSafe(insert), arguments);
        // It stays prepared if the next rows are likely to be as many.
        let insert = insert.persistent(Some(count) == self.prepared);
        let inserted = insert.execute(self.connection().await?).await;
        match inserted.map_err(failed) {
            Err(error) if is_taken(&error) => {
                self.is_empty = false;
                Ok(false)
            }
            inserted => inserted.map(|_| true),
        }
    }

    async fn merge_all(&mut self, values: &[Value]) -> Result<Counts, DbErr> {
        let mut counts = Counts::default();
        for values in self.values(values).await? {
            counts += self.merge(values).await?;
        }
        Ok(counts)
    }

    async fn merge(&mut self, values: Values) -> Result<Counts, DbErr> {
        let given = self.given().await?.rows(&values.text);
        let mut updated = self.update(&given).await?;
        let inserted = match self.insert_new(&given).await {
            // Another program had not yet committed a row when it was looked for. Now it is there.
            Err(error) if is_taken(&error) => {
                updated += self.update(&given).await?;
                self.insert_new(&given).await?
            }
            inserted => inserted?,
        };
        let rows = values.count as u64;
        if !self.is_plain().await? {
            let (stored, _) = self.compare(&given).await?;
            if stored.unsigned_abs() != rows {
                return Err(kept_out(rows, stored.unsigned_abs()));
            }
        }
        Counts::merged(rows, inserted, updated)
    }

    /// The given rows whose keys are stored, and those that are stored as they are.
    async fn compare(&mut self, given: &str) -> Result<(i64, i64), DbErr> {
        // Not a prepared statement: closing one has no answer, and what is said next waits for that of the network.
        let compare = sqlx::raw_sql(AssertSqlSafe(DIALECT.compare(&self.write.table, given)));
        let compared = compare.fetch_one(self.connection().await?).await;
        let counts = compared.and_then(|row| Ok((row.try_get(0)?, row.try_get(1)?)));
        counts.map_err(failed)
    }

    async fn update(&mut self, given: &str) -> Result<u64, DbErr> {
        let table = &self.write.table;
        if self.write.keep || table.fields().is_empty() {
            return Ok(0);
        }
        self.execute(self.update_text(given)).await
    }

    /// The statement. The rows that meet its condition are counted, whatever the driver asks the server for.
    fn update_text(&self, given: &str) -> String {
        let table = &self.write.table;
        let set = DIALECT.list(table.fields(), ", ", |column| {
            format!("{} = {}", DIALECT.of("s", column), DIALECT.of("r", column))
        });
        format!(
            "UPDATE {given} AS r STRAIGHT_JOIN {} AS s ON {} SET {set} WHERE NOT ({})",
            table.quoted('`'),
            DIALECT.is_same(table, "r"),
            DIALECT.is_equal(table, "r"),
        )
    }

    async fn insert_new(&mut self, given: &str) -> Result<u64, DbErr> {
        let insert = DIALECT.insert_new(&self.write.table, given);
        self.execute(insert).await
    }

    async fn execute(&mut self, statement: String) -> Result<u64, DbErr> {
        let executed = sqlx::raw_sql(AssertSqlSafe(statement)).execute(self.connection().await?);
        Ok(executed.await.map_err(failed)?.rows_affected())
    }
}

/// Whether a key or a unique value is another row's. The statement is taken back, and not the transaction.
fn is_taken(error: &DbErr) -> bool {
    matches!(error.sql_err(), Some(SqlErr::UniqueConstraintViolation(_)))
}

/// Texts are compared by their bytes, and not by a collation's rules.
fn exact(column: &Column, value: String) -> String {
    match column.is_text() {
        true => format!("BINARY CONVERT({value} USING utf8mb4)"),
        false => value,
    }
}
