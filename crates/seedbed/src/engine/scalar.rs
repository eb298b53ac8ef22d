use std::borrow::Cow;

use sea_orm::sea_query::OptionEnum;
use sea_orm::{DbErr, Value};
use uuid::Uuid;

/// A value as engines on servers are told it. Times are in UTC, which is the time zone of all sessions.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Scalar<'a> {
    Null,
    Bool(bool),
    Integer(i64),
    Unsigned(u64),
    /// Digits, a point, a sign, an exponent.
    Number(String),
    Text(Cow<'a, str>),
    Bytes(&'a [u8]),
    Uuid(Uuid),
}

impl<'a> Scalar<'a> {
    /// Reads a row's value.
    ///
    /// # Errors
    /// For types that no fixture has.
    pub fn of(value: &'a Value) -> Result<Self, DbErr> {
        Ok(match value {
            Value::Bool(it) => it.map(Self::Bool),
            Value::TinyInt(it) => it.map(|n| Self::Integer(n.into())),
            Value::SmallInt(it) => it.map(|n| Self::Integer(n.into())),
            Value::Int(it) => it.map(|n| Self::Integer(n.into())),
            Value::BigInt(it) => it.map(Self::Integer),
            Value::TinyUnsigned(it) => it.map(|n| Self::Unsigned(n.into())),
            Value::SmallUnsigned(it) => it.map(|n| Self::Unsigned(n.into())),
            Value::Unsigned(it) => it.map(|n| Self::Unsigned(n.into())),
            Value::BigUnsigned(it) => it.map(Self::Unsigned),
            Value::Float(it) => it.map(|n| Self::Number(format!("{n:e}"))),
            Value::Double(it) => it.map(|n| Self::Number(format!("{n:e}"))),
            Value::Decimal(it) => it.map(|n| Self::Number(n.to_string())),
            Value::String(it) => it.as_deref().map(|text| Self::Text(text.into())),
            Value::Enum(OptionEnum::Some(it)) => Some(Self::Text(it.value.as_ref().into())),
            Value::Enum(OptionEnum::None(_)) => None,
            Value::Char(it) => it.map(|it| Self::Text(it.to_string().into())),
            Value::Bytes(it) => it.as_deref().map(Self::Bytes),
            Value::Uuid(it) => it.map(Self::Uuid),
            Value::ChronoDate(it) => it.map(|it| text(it.format("%Y-%m-%d"))),
            Value::ChronoTime(it) => it.map(|it| text(it.format("%H:%M:%S%.6f"))),
            Value::ChronoDateTime(it) => it.map(|it| text(it.format(TIMESTAMP))),
            Value::ChronoDateTimeUtc(it) => it.map(|it| text(it.format(TIMESTAMP))),
            Value::ChronoDateTimeLocal(it) => it.map(|it| text(it.naive_utc().format(TIMESTAMP))),
            Value::ChronoDateTimeWithTimeZone(it) => {
                it.map(|it| text(it.naive_utc().format(TIMESTAMP)))
            }
            _ => {
                return Err(DbErr::Type(
                    "a column has a type that no fixture can hold".into(),
                ));
            }
        }
        .unwrap_or(Self::Null))
    }
}

/// Both engines keep microseconds.
const TIMESTAMP: &str = "%Y-%m-%d %H:%M:%S%.6f";

fn text(formatted: impl ToString) -> Scalar<'static> {
    Scalar::Text(formatted.to_string().into())
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, NaiveDate};
    use rust_decimal::Decimal;

    use super::*;

    fn check(value: impl Into<Value>, expected: Scalar<'_>) {
        let value = value.into();
        assert_eq!(
            Scalar::of(&value).expect("it is known"),
            expected,
            "{value:?}"
        );
    }

    #[test]
    fn values_are_told_as_both_engines_read_them() {
        check(None::<i64>, Scalar::Null);
        check(None::<String>, Scalar::Null);
        check(true, Scalar::Bool(true));
        check(-1_i16, Scalar::Integer(-1));
        check(i64::MIN, Scalar::Integer(i64::MIN));
        check(u64::MAX, Scalar::Unsigned(u64::MAX));
        check(Decimal::new(990, 2), Scalar::Number("9.90".into()));
        check(1e300, Scalar::Number("1e300".into()));
        check("Ada", Scalar::Text("Ada".into()));
        check('é', Scalar::Text("é".into()));
        check(vec![0_u8, 255], Scalar::Bytes(&[0, 255]));
    }

    #[test]
    fn times_are_in_utc_and_to_the_microsecond() {
        let time = DateTime::parse_from_rfc3339("2026-11-24T01:30:00.123456+02:00");
        let time = time.expect("it is a time");
        let utc = "2026-11-23 23:30:00.123456";
        check(time, Scalar::Text(utc.into()));
        check(time.to_utc(), Scalar::Text(utc.into()));
        check(time.naive_utc(), Scalar::Text(utc.into()));
        let date = NaiveDate::from_ymd_opt(2026, 1, 2).expect("it is a day");
        check(date, Scalar::Text("2026-01-02".into()));
    }
}
