//! Rows as MySQL and MariaDB read them.

use std::fmt::Write as _;

use sea_orm::DbErr;

use super::super::scalar::Scalar;
use crate::table::{Rows, Table};

/// Statements of the form `{insert} VALUES (…), (…)`, none longer than `limit` bytes.
///
/// Values stand in their texts: taking them in beside the statement costs the server as much, and
/// limits their number.
///
/// # Errors
/// For a row that is longer by itself.
pub(super) fn inserts(
    insert: &str,
    table: &Table,
    rows: &Rows,
    limit: usize,
) -> Result<Vec<String>, DbErr> {
    let start = format!("{insert} VALUES ");
    let mut statements = Vec::new();
    let mut statement = start.clone();
    for row in rows.values.chunks(table.columns.len()) {
        let end = statement.len();
        put_row(&mut statement, row)?;
        if statement.len() >= limit && end > start.len() {
            let row = statement.split_off(end);
            statements.push(std::mem::replace(&mut statement, start.clone() + &row));
        }
        if statement.len() >= limit {
            return Err(DbErr::Custom(format!(
                "a row takes {} bytes, which is more than the server's `max_allowed_packet`; raise that",
                statement.len()
            )));
        }
        statement.push(',');
    }
    statements.push(statement);
    for statement in &mut statements {
        statement.truncate(statement.trim_end_matches(',').len());
    }
    Ok(statements)
}

fn put_row(text: &mut String, row: &[sea_orm::Value]) -> Result<(), DbErr> {
    for (position, value) in row.iter().enumerate() {
        text.push(if position == 0 { '(' } else { ',' });
        put(text, &Scalar::of(value)?);
    }
    text.push(')');
    Ok(())
}

fn put(text: &mut String, value: &Scalar<'_>) {
    let written = match value {
        Scalar::Null => text.write_str("NULL"),
        Scalar::Bool(is) => text.write_str(if *is { "1" } else { "0" }),
        Scalar::Integer(number) => write!(text, "{number}"),
        Scalar::Unsigned(number) => write!(text, "{number}"),
        Scalar::Number(number) => text.write_str(number),
        Scalar::Text(value) => {
            quote(text, value);
            Ok(())
        }
        Scalar::Bytes(bytes) => hexadecimal(text, bytes),
        // SeaORM's columns of UUIDs are of sixteen bytes here.
        Scalar::Uuid(uuid) => hexadecimal(text, uuid.as_bytes()),
    };
    written.expect("a string takes what is written to it");
}

fn hexadecimal(text: &mut String, bytes: &[u8]) -> std::fmt::Result {
    text.push_str("x'");
    bytes
        .iter()
        .try_for_each(|byte| write!(text, "{byte:02x}"))?;
    text.write_char('\'')
}

/// Quotes as sessions read it, whose `sql_mode` has no `NO_BACKSLASH_ESCAPES`.
fn quote(text: &mut String, value: &str) {
    text.push('\'');
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '\'']) {
        text.push_str(&rest[..at]);
        text.push('\\');
        text.push_str(&rest[at..=at]);
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
    text.push('\'');
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnType, Value};

    use super::*;
    use crate::table::Column;

    fn written(values: &[Value], limit: usize) -> Result<Vec<String>, DbErr> {
        let table = Table {
            schema: None,
            name: "t".into(),
            columns: vec![Column {
                name: "c",
                kind: ColumnType::Text,
            }],
        };
        let rows = Rows {
            values: values.to_vec(),
            count: values.len(),
        };
        inserts("INSERT INTO t (c)", &table, &rows, limit)
    }

    fn check(value: impl Into<Value>, literal: &str) {
        let statements = written(&[value.into()], 1_000).expect("it fits");
        assert_eq!(
            statements,
            [format!("INSERT INTO t (c) VALUES ({literal})")]
        );
    }

    #[test]
    fn values_are_literals() {
        check(None::<i32>, "NULL");
        check(true, "1");
        check(-5_i64, "-5");
        check("it's", "'it\\'s'");
        check("\\", "'\\\\'");
        check("é\n,)", "'é\n,)'");
        check(vec![0_u8, 255], "x'00ff'");
        check(
            uuid::Uuid::from_u128(7),
            "x'00000000000000000000000000000007'",
        );
    }

    #[test]
    fn statements_stay_below_the_limit() {
        let values: Vec<Value> = (10..20).map(Value::from).collect();
        let statements = written(&values, 40).expect("each fits");
        assert!(statements.iter().all(|statement| statement.len() < 40));
        let rows: Vec<&str> = statements
            .iter()
            .flat_map(|statement| statement["INSERT INTO t (c) VALUES ".len()..].split(','))
            .collect();
        let expected: Vec<_> = (10..20).map(|n| format!("({n})")).collect();
        assert_eq!(rows, expected);
    }

    #[test]
    fn a_row_that_is_too_long_is_told() {
        let error = written(&["x".repeat(100).into()], 100).expect_err("it does not fit");
        assert!(
            error.to_string().contains("`max_allowed_packet`"),
            "{error}"
        );
    }
}
