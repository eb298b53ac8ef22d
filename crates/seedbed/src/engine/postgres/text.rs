//! Rows as PostgreSQL reads them.

use std::borrow::Cow;

use sea_orm::DbErr;
use serde_json::{Map, Value as Json};

use super::super::scalar::Scalar;
use crate::table::{Column, Rows, Table};

/// Rows as `COPY … FROM STDIN` takes them: PostgreSQL's manual, "COPY", "Text Format".
pub(super) fn copied(table: &Table, rows: &Rows) -> Result<String, DbErr> {
    let mut text = String::with_capacity(rows.values.len() * 12);
    for row in rows.values.chunks(table.columns.len()) {
        for (position, value) in row.iter().enumerate() {
            if position > 0 {
                text.push('\t');
            }
            let value = Scalar::of(value)?;
            match plain(&table.columns[position], &value)? {
                Some(value) => escape(&mut text, &value),
                None => text.push_str("\\N"),
            }
        }
        text.push('\n');
    }
    Ok(text)
}

/// Rows as `json_populate_recordset` takes them: a list of objects, by the names of columns. All but
/// NULL goes as text, of which the column's type makes what it holds.
pub(super) fn json(table: &Table, rows: &Rows) -> Result<String, DbErr> {
    let objects = rows.values.chunks(table.columns.len()).map(|row| {
        let fields = table.columns.iter().zip(row);
        let fields = fields.map(|(column, value)| {
            let value = plain(column, &Scalar::of(value)?)?.map_or(Json::Null, Json::from);
            Ok((column.name.to_owned(), value))
        });
        fields
            .collect::<Result<Map<_, _>, DbErr>>()
            .map(Json::Object)
    });
    let objects = objects.collect::<Result<Vec<_>, DbErr>>()?;
    Ok(Json::Array(objects).to_string())
}

/// A value as the input functions of types take it; `None` for NULL.
///
/// # Errors
/// For UUIDs as bytes, which SeaORM would not read again.
fn plain<'a>(column: &Column, value: &'a Scalar<'_>) -> Result<Option<Cow<'a, str>>, DbErr> {
    Ok(Some(match value {
        Scalar::Null => return Ok(None),
        Scalar::Bool(true) => "true".into(),
        Scalar::Bool(false) => "false".into(),
        Scalar::Integer(number) => number.to_string().into(),
        Scalar::Unsigned(number) => number.to_string().into(),
        Scalar::Number(number) => number.into(),
        Scalar::Text(text) => text.as_ref().into(),
        Scalar::Bytes(bytes) => {
            let hex = bytes.iter().map(|byte| format!("{byte:02x}"));
            format!("\\x{}", hex.collect::<String>()).into()
        }
        Scalar::Uuid(_) if column.is_binary() => {
            return Err(DbErr::Type(format!(
                "the column `{}` holds bytes; make it a `uuid`, as SeaORM reads PostgreSQL's UUIDs from no other",
                column.name
            )));
        }
        Scalar::Uuid(uuid) => uuid.to_string().into(),
    }))
}

fn escape(text: &mut String, value: &str) {
    let mut rest = value;
    while let Some(at) = rest.find(['\\', '\n', '\r', '\t']) {
        text.push_str(&rest[..at]);
        text.push_str(match rest.as_bytes()[at] {
            b'\\' => "\\\\",
            b'\n' => "\\n",
            b'\r' => "\\r",
            _ => "\\t",
        });
        rest = &rest[at + 1..];
    }
    text.push_str(rest);
}

#[cfg(test)]
mod tests {
    use sea_orm::{ColumnType, Value};

    use super::*;

    fn table() -> Table {
        let column = |name, kind| Column { name, kind };
        Table {
            schema: None,
            name: "notes".into(),
            has_unique: false,
            columns: vec![
                column("id", ColumnType::BigInteger),
                column("text", ColumnType::Text),
            ],
        }
    }

    fn rows() -> Rows {
        let texts = ["a\tb\nc\rd\\e", "\\N", "é'\""].map(Some);
        let texts = texts.into_iter().chain([None]);
        let mut rows = Rows::default();
        for (id, text) in (1_i64..).zip(texts) {
            rows.values.extend([Value::from(id), Value::from(text)]);
            rows.count += 1;
        }
        rows
    }

    #[test]
    fn what_parts_rows_and_fields_is_escaped() {
        let copied = copied(&table(), &rows()).expect("all types are known");
        assert_eq!(copied, "1\ta\\tb\\nc\\rd\\\\e\n2\t\\\\N\n3\té'\"\n4\t\\N\n");
    }

    #[test]
    fn objects_have_texts_and_nulls() {
        let json = json(&table(), &rows()).expect("all types are known");
        let read: Vec<Map<String, Json>> = serde_json::from_str(&json).expect("it is JSON");
        assert_eq!(read[0]["id"], "1");
        assert_eq!(read[0]["text"], "a\tb\nc\rd\\e");
        assert_eq!(read[3]["text"], Json::Null);
    }
}
