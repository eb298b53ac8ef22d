//! Rows as MySQL and MariaDB read them.

use std::fmt::Write as _;

use sea_orm::{DbErr, Value};

use super::super::scalar::Scalar;

/// How the server wants rows.
#[derive(Clone, Copy, Debug)]
pub(super) struct Form {
    /// What a row begins with.
    row: &'static str,
    /// Bytes that rows may take in one statement.
    pub limit: usize,
    /// Whether the session is encrypted.
    pub is_encrypted: bool,
}

/// What a record of TLS holds. The driver hands over records one by one and leaves Nagle's algorithm on (sqlx 0.9.0), so
/// the last of several waits until the server has acknowledged the one before, 40 ms and more.
const RECORD: usize = 16 * 1024;

/// What a statement has beside its rows: names of columns, a few times.
const REST: usize = 32 * 1024;

impl Form {
    /// Asks for what [`of`](Self::of) is told.
    pub const QUERY: &str =
        "SELECT CAST(@@max_allowed_packet AS SIGNED), VERSION() LIKE '%MariaDB%'";

    /// Asks for the session's cipher, as a name and a value; it is empty without encryption.
    pub const CIPHER: &str = "SHOW SESSION STATUS LIKE 'Ssl_cipher'";

    /// By the server's limit of bytes, and whether it is MariaDB: MySQL has another word for rows.
    pub fn of((packet, is_mariadb): (i64, i64), is_encrypted: bool) -> Self {
        let packet = usize::try_from(packet).unwrap_or(usize::MAX);
        Self {
            row: if is_mariadb == 1 { "(" } else { "ROW(" },
            limit: packet.saturating_sub(REST).max(packet / 2),
            is_encrypted,
        }
    }

    /// Bytes of rows after which another statement is better begun, for statements that are so long without rows.
    pub fn enough(self, rest: usize) -> usize {
        let room = RECORD.checked_sub(rest);
        // Few rows at a time cost more than the waiting.
        let room = room.filter(|room| self.is_encrypted && *room >= RECORD / 4);
        room.map_or(self.limit, |room| room.min(self.limit))
    }
}

/// Rows that go into one statement, as what follows its VALUES.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Values {
    pub text: String,
    pub count: usize,
}

/// Rows as literals, in statements of no more than `enough` bytes of them, but for rows that take more by themselves.
///
/// # Errors
/// For a row that is too long by itself.
pub(super) fn values(
    given: &[Value],
    columns: usize,
    form: Form,
    enough: usize,
) -> Result<Vec<Values>, DbErr> {
    let mut all = Vec::new();
    let mut values = Values::default();
    let mut limit = form.limit;
    for row in given.chunks(columns) {
        let end = values.text.len();
        if values.count > 0 {
            values.text.push(',');
        }
        let start = values.text.len();
        put_row(&mut values.text, row, form.row)?;
        if values.text.len() - start > form.limit {
            return Err(DbErr::Custom(format!(
                "a row takes {} bytes, which is more than the server's `max_allowed_packet` has room for; raise that",
                values.text.len() - start
            )));
        }
        if values.count > 0 && values.text.len() > limit {
            let text = values.text.split_off(start);
            values.text.truncate(end);
            all.push(std::mem::replace(&mut values, Values { text, count: 0 }));
        }
        values.count += 1;
        if values.count == 1 {
            let is_long = values.text.len() > enough;
            limit = if is_long { form.limit } else { enough };
        }
    }
    all.push(values);
    Ok(all)
}

fn put_row(text: &mut String, row: &[Value], start: &str) -> Result<(), DbErr> {
    text.push_str(start);
    for (position, value) in row.iter().enumerate() {
        if position > 0 {
            text.push(',');
        }
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
    use super::*;

    fn written(given: &[Value], limit: usize) -> Result<Vec<Values>, DbErr> {
        let form = Form {
            row: "(",
            limit,
            is_encrypted: true,
        };
        values(given, 1, form, form.enough(2_000))
    }

    fn check(value: impl Into<Value>, literal: &str) {
        let written = written(&[value.into()], 1_000).expect("it fits");
        let text = format!("({literal})");
        assert_eq!(written, [Values { text, count: 1 }]);
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
        let uuid = "x'00000000000000000000000000000007'";
        check(uuid::Uuid::from_u128(7), uuid);
    }

    #[test]
    fn no_statement_has_more_than_fits() {
        let given: Vec<Value> = (10..20).map(Value::from).collect();
        let written = written(&given, 14).expect("each fits");
        let texts: Vec<_> = written.iter().map(|values| values.text.as_str()).collect();
        let expected = ["(10),(11),(12)", "(13),(14),(15)", "(16),(17),(18)", "(19)"];
        assert_eq!(texts, expected);
        let counts: Vec<_> = written.iter().map(|values| values.count).collect();
        assert_eq!(counts, [3, 3, 3, 1]);
    }

    #[test]
    fn statements_stay_short_but_for_rows_that_are_long() {
        let lengths = [9_000, 3_000, 3_000, 20_000, 70_000, 9_000, 1_000];
        let given = lengths.map(|length| Value::from("x".repeat(length)));
        let written = written(&given, 100_000).expect("each fits");
        let counts: Vec<_> = written.iter().map(|values| values.count).collect();
        assert_eq!(counts, [2, 1, 3, 1]);
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
