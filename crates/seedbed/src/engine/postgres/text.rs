//! Rows as PostgreSQL reads them.

use std::borrow::Cow;

use sea_orm::DbErr;
use serde_json::{Map, Value as Json};

use super::super::scalar::Scalar;
use crate::table::{Rows, Table};

/// Rows as `COPY … FROM STDIN` takes them: PostgreSQL's manual, "COPY", "Text Format".
pub(super) fn copied(table: &Table, rows: &Rows) -> Result<String, DbErr> {
    let mut text = String::with_capacity(rows.values.len() * 12);
    for row in rows.values.chunks(table.columns.len()) {
        for (position, value) in row.iter().enumerate() {
            if position > 0 {
                text.push('\t');
            }
            let value = Scalar::of(value)?;
            match plain(&value) {
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
            let value = plain(&Scalar::of(value)?).map_or(Json::Null, |text| Json::from(text));
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
fn plain<'a>(value: &'a Scalar<'_>) -> Option<Cow<'a, str>> {
    Some(match value {
        Scalar::Null => return None,
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
        Scalar::Uuid(uuid) => uuid.to_string().into(),
    })
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
