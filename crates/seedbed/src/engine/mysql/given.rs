use std::collections::HashMap;

use sea_orm::sqlx::MySqlConnection;
use sea_orm::{DbErr, sqlx};

use super::super::driver::failed;
use super::loader::DIALECT;
use crate::table::Table;

/// What a table's columns make of values. Only what values lose by that is told, and by which rules the
/// key is looked up.
const TYPES: &str = "
SELECT CAST(column_name AS CHAR), CAST(CONCAT(CASE
    WHEN data_type = 'decimal' THEN CONCAT('CAST(? AS DECIMAL(', numeric_precision, ', ', numeric_scale, '))')
    WHEN data_type = 'float' THEN 'CAST(? AS FLOAT)'
    WHEN data_type = 'date' THEN 'CAST(? AS DATE)'
    WHEN data_type = 'time' THEN CONCAT('CAST(? AS TIME(', datetime_precision, '))')
    WHEN data_type IN ('datetime', 'timestamp') THEN CONCAT('CAST(? AS DATETIME(', datetime_precision, '))')
    WHEN data_type = 'char' THEN 'TRIM(TRAILING '' '' FROM ?)'
    ELSE '?'
END, CASE
    WHEN column_key = 'PRI' AND character_set_name = 'utf8mb4' THEN CONCAT(' COLLATE ', collation_name)
    ELSE ''
END) AS CHAR)
FROM information_schema.columns
WHERE table_schema = coalesce(?, DATABASE()) AND table_name = ?";

/// Rows in a statement's text that stand there like a table's: with its columns and their types, so
/// that values compare as they would if they were stored. Roles that only write rows may make no
/// temporary table for them.
pub(super) struct Given {
    columns: String,
    typed: String,
}

impl Given {
    /// Asks the server for the types of a table's columns.
    pub async fn of(table: &Table, db: &mut MySqlConnection) -> Result<Self, DbErr> {
        let types: Vec<(String, String)> = sqlx::query_as(TYPES)
            .bind(&table.schema)
            .bind(&table.name)
            .fetch_all(db)
            .await
            .map_err(failed)?;
        // Columns are the same whatever the case of their names.
        let types = types.into_iter();
        let types: HashMap<_, _> = types.map(|(name, of)| (name.to_lowercase(), of)).collect();
        Ok(Self {
            columns: DIALECT.columns(table),
            typed: DIALECT.list(&table.columns, ", ", |column| {
                let name = column.quoted(DIALECT.mark);
                let text = types
                    .get(&column.name.to_lowercase())
                    .map_or("?", String::as_str);
                format!("{} AS {name}", text.replacen('?', &name, 1))
            }),
        })
    }

    /// The rows of which these are the values, as a table in a statement.
    pub fn rows(&self, values: &str) -> String {
        let Self { columns, typed } = self;
        format!("(WITH given ({columns}) AS (VALUES {values}) SELECT {typed} FROM given)")
    }
}
