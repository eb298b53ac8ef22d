use std::fmt;

use rust_decimal::Decimal;
use sea_orm::sea_query::{ArrayType, ColumnType, Nullable, ValueType, ValueTypeErr};
use sea_orm::{ColIdx, QueryResult, TryGetError, TryGetable, Value};
use serde::Deserialize;

/// Digits of the column, and how many of them are decimals.
const DIGITS: (u32, u32) = (12, 2);

/// A sum of money in a column of two decimals.
///
/// SQLite has no decimals: it keeps 4421826071.52 as the nearest binary fraction, and SeaORM makes
/// 4421826071.520001 of that. Rounded to the column's decimals, every sum comes back as it was written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(transparent)]
pub struct Price(pub Decimal);

impl fmt::Display for Price {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(f)
    }
}

impl From<Price> for Value {
    fn from(price: Price) -> Self {
        price.0.into()
    }
}

impl TryGetable for Price {
    fn try_get_by<I: ColIdx>(row: &QueryResult, column: I) -> Result<Self, TryGetError> {
        let price = Decimal::try_get_by(row, column)?;
        Ok(Self(price.round_dp(DIGITS.1)))
    }
}

impl ValueType for Price {
    fn try_from(value: Value) -> Result<Self, ValueTypeErr> {
        <Decimal as ValueType>::try_from(value).map(Self)
    }

    fn type_name() -> String {
        "Price".to_owned()
    }

    fn array_type() -> ArrayType {
        ArrayType::Decimal
    }

    fn column_type() -> ColumnType {
        ColumnType::Decimal(Some(DIGITS))
    }
}

impl Nullable for Price {
    fn null() -> Value {
        Value::Decimal(None)
    }
}
