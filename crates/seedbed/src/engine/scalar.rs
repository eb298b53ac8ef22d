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
