use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;
use rust_decimal::prelude::ToPrimitive as _;
use sea_orm::sea_query::{IntoValueTuple, SelectStatement};
use sea_orm::{
    ColumnDef, ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait,
    PrimaryKeyTrait, QueryFilter, QueryOrder, QueryResult, QuerySelect, QueryTrait, TryGetable,
    TryGetableMany, Value,
};
use uuid::Uuid;

use crate::engine::fetch_packed;
use crate::holders::Holders;
use crate::key::{Key, KeyKind, KeySet};
use crate::rules::{Unique, key_column, name_of};

/// Rows fetched at a time when a whole table is looked through: a few columns of each.
pub(crate) const PAGE: u64 = 4_000;

/// What a dataset's table held when the run's turn began.
pub(crate) struct Stored {
    /// Whether it held no rows.
    pub is_empty: bool,
    /// Their keys; empty where no rule of the dataset looks at them.
    pub keys: KeySet,
    /// For each unique field, who holds which value.
    pub holders: Vec<Holders>,
}

impl Stored {
    /// Looks whether a table is empty and, if `look` says so, remembers its keys and unique values.
    pub async fn of<E: EntityTrait>(
        db: &DatabaseConnection,
        unique: &[Unique<E>],
        look: bool,
    ) -> Result<Self, DbErr> {
        let mut stored = Self::nothing(unique.len());
        stored.is_empty = is_empty::<E>(db).await?;
        if !look || stored.is_empty {
            return Ok(stored);
        }
        let columns: Vec<_> = unique.iter().map(|unique| unique.column).collect();
        let remember = |key: Key, values: Vec<Value>| {
            stored.keys.insert(&key);
            for ((unique, value), holders) in unique.iter().zip(values).zip(&mut stored.holders) {
                if let Some(digest) = unique.digest(value) {
                    holders.add(digest, key.clone());
                }
            }
        };
        for_each_row::<E>(db, &columns, remember).await?;
        stored.holders.iter_mut().for_each(Holders::sort);
        Ok(stored)
    }

    /// An empty table, of which so many fields are unique.
    pub fn nothing(unique: usize) -> Self {
        Self {
            is_empty: true,
            keys: KeySet::default(),
            holders: vec![Holders::default(); unique],
        }
    }
}

async fn is_empty<E: EntityTrait>(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let first = E::find().select_only().column(key_column::<E>()).limit(1);
    let first = db.get_database_backend().build(first.as_query());
    Ok(db.query_one_raw(first).await?.is_none())
}

/// The number of rows in a table.
pub(crate) async fn count<E: EntityTrait>(db: &DatabaseConnection) -> Result<u64, DbErr> {
    let count = E::find()
        .select_only()
        .column_as(key_column::<E>().count(), "count")
        .into_tuple::<i64>()
        .one(db)
        .await?;
    Ok(count.unwrap_or_default().unsigned_abs())
}

/// The keys of a table.
pub(crate) async fn keys<E: EntityTrait>(db: &DatabaseConnection) -> Result<KeySet, DbErr> {
    let mut keys = KeySet::default();
    for_each_row::<E>(db, &[], |key, _| _ = keys.insert(&key)).await?;
    Ok(keys)
}

/// What rows with these keys, no more of them than a [`PAGE`], have in a column.
pub(crate) async fn values<E: EntityTrait>(
    db: &DatabaseConnection,
    column: E::Column,
    keys: impl Iterator<Item = &Key>,
) -> Result<impl Iterator<Item = Value>, DbErr> {
    let key = key_column::<E>();
    let columns = [key, column];
    let rows = E::find().select_only().columns(columns);
    let rows = rows.filter(key.is_in(keys.map(Key::to_value)));
    let rows = fetch::<E>(db, rows.as_query(), &columns).await?;
    Ok(rows.into_iter().flat_map(|(_, values)| values))
}

/// Visits a table page by page, in the order of its keys: each row's key and its values of some columns.
async fn for_each_row<E: EntityTrait>(
    db: &DatabaseConnection,
    columns: &[E::Column],
    mut visit: impl FnMut(Key, Vec<Value>),
) -> Result<(), DbErr> {
    let key = key_column::<E>();
    let all: Vec<E::Column> = [&[key], columns].concat();
    let page = async |last: Option<Value>| {
        let mut page = E::find().select_only().columns(all.iter().copied());
        // SQLite has NULL in keys, too.
        page = page.filter(key.is_not_null());
        if let Some(last) = last {
            page = page.filter(key.gt::<Value>(last));
        }
        fetch::<E>(db, page.order_by_asc(key).limit(PAGE).as_query(), &all).await
    };
    let mut rows = page(None).await?;
    loop {
        let last = rows.last().filter(|_| rows.len() as u64 == PAGE);
        let last = last.map(|(key, _)| key.clone());
        let mut visit_all = || -> Result<(), DbErr> {
            rows.drain(..).try_for_each(|(key, values)| {
                visit(Key::from_value(key).ok_or_else(no_key::<E>)?, values);
                Ok(())
            })
        };
        let Some(last) = last else {
            return visit_all();
        };
        // The engine finds the next page while this one is looked through.
        let (next, visited) = tokio::join!(page(Some(last)), async { visit_all() });
        visited?;
        rows = next?;
    }
}

/// The rows of a query, each as its key and its values of the columns behind that.
async fn fetch<E: EntityTrait>(
    db: &DatabaseConnection,
    query: &SelectStatement,
    columns: &[E::Column],
) -> Result<Vec<(Value, Vec<Value>)>, DbErr> {
    let types: Vec<_> = columns.iter().map(|column| column.def()).collect();
    let types = types.iter().map(ColumnDef::get_column_type);
    let names = columns.iter().map(|column| name_of::<E>(*column));
    let named: Vec<_> = names.zip(types).collect();
    if let Some(rows) = fetch_packed(db, query, &named).await? {
        let parted = rows.into_iter().map(|mut row| (row.remove(0), row));
        return Ok(parted.collect());
    }
    let rows = db
        .query_all_raw(db.get_database_backend().build(query))
        .await?;
    let read = |row: &QueryResult| {
        let values = columns.iter().enumerate().skip(1);
        let values = values.map(|(index, column)| stored_value(row, index, *column));
        Ok((stored_key::<E>(row)?, values.collect::<Result<_, _>>()?))
    };
    rows.iter().map(read).collect()
}

/// The key of a row, which comes first in it, read as the entity's type; its column's does not always say
/// what it holds.
fn stored_key<E: EntityTrait>(row: &QueryResult) -> Result<Value, DbErr> {
    let column = key_column::<E>().def();
    let kind = column.get_column_type();
    let key = match KeyOf::<E>::try_get_many_by_index(row) {
        Ok(key) => key.into_value_tuple().into_iter().next(),
        Err(error) if KeyKind::of(kind) == Some(KeyKind::Integer) => integer(row, 0)
            .ok_or(error)?
            .map(|number| Key::Integer(number).to_value()),
        Err(error) => return Err(error.into()),
    };
    match (key, kind) {
        (Some(Value::String(Some(text))), ColumnType::Char(_)) => Ok(unfilled(text).into()),
        (key, _) => key.ok_or_else(no_key::<E>),
    }
}

/// An integer of whichever type the column is, as tables may be older than their entities; `None` if it is none.
fn integer(row: &QueryResult, index: usize) -> Option<Option<i128>> {
    fn read<T: TryGetable + Into<i128>>(row: &QueryResult, index: usize) -> Option<Option<i128>> {
        let number = row.try_get_by_index::<Option<T>>(index).ok()?;
        Some(number.map(Into::into))
    }
    let decimal = || {
        let number = row.try_get_by_index::<Option<Decimal>>(index).ok()?;
        number.map_or(Some(None), |number| {
            number.is_integer().then(|| number.to_i128())
        })
    };
    read::<i64>(row, index)
        .or_else(|| read::<i32>(row, index))
        .or_else(|| read::<i16>(row, index))
        .or_else(|| read::<u64>(row, index))
        .or_else(decimal)
}

/// PostgreSQL fills texts up to the column's length, and takes those blanks for nothing.
fn unfilled(text: String) -> String {
    text.trim_end_matches(' ').to_owned()
}

type KeyOf<E> = <<E as EntityTrait>::PrimaryKey as PrimaryKeyTrait>::ValueType;

fn no_key<E: EntityTrait>() -> DbErr {
    let (table, key) = (E::default(), name_of::<E>(key_column::<E>()));
    DbErr::Type(format!(
        "the keys of `{}` cannot be told apart, as `{key}` is no integer, text or UUID",
        table.table_name()
    ))
}

/// A value of a row, read as its column's type says.
fn stored_value<C: ColumnTrait>(
    row: &QueryResult,
    index: usize,
    column: C,
) -> Result<Value, DbErr> {
    fn read<T: TryGetable + Into<Value>>(row: &QueryResult, index: usize) -> Result<Value, DbErr> {
        row.try_get_by_index::<T>(index).map(Into::into)
    }
    fn whole<T>(row: &QueryResult, index: usize) -> Result<Value, DbErr>
    where
        T: TryGetable + Into<Value> + TryFrom<i128>,
        Option<T>: Into<Value>,
    {
        let number = row.try_get_by_index::<Option<T>>(index).or_else(|error| {
            let number = integer(row, index).ok_or_else(|| error.clone())?;
            number.map(T::try_from).transpose().map_err(|_| error)
        });
        number.map(Into::into)
    }
    match column.def().get_column_type() {
        ColumnType::TinyInteger => whole::<i8>(row, index),
        ColumnType::SmallInteger => whole::<i16>(row, index),
        ColumnType::Integer => whole::<i32>(row, index),
        ColumnType::BigInteger => whole::<i64>(row, index),
        ColumnType::TinyUnsigned => whole::<u8>(row, index),
        ColumnType::SmallUnsigned => whole::<u16>(row, index),
        ColumnType::Unsigned => whole::<u32>(row, index),
        ColumnType::BigUnsigned => whole::<u64>(row, index),
        ColumnType::Boolean => read::<Option<bool>>(row, index),
        ColumnType::Float => read::<Option<f32>>(row, index),
        ColumnType::Double => read::<Option<f64>>(row, index),
        ColumnType::Uuid => read::<Option<Uuid>>(row, index),
        ColumnType::Date => read::<Option<NaiveDate>>(row, index),
        ColumnType::Time => read::<Option<NaiveTime>>(row, index),
        ColumnType::DateTime | ColumnType::Timestamp => read::<Option<NaiveDateTime>>(row, index),
        ColumnType::TimestampWithTimeZone => read::<Option<DateTime<FixedOffset>>>(row, index),
        ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob => {
            read::<Option<Vec<u8>>>(row, index)
        }
        // SQLite keeps decimals as binary fractions, which do not always come back as they were written.
        ColumnType::Decimal(digits) => {
            let number = row.try_get_by_index::<Option<Decimal>>(index)?;
            let scale = digits.map(|(_, scale)| scale);
            let rounded = |number: Decimal| scale.map_or(number, |scale| number.round_dp(scale));
            Ok(number.map(rounded).into())
        }
        ColumnType::Char(_) => {
            let text = row.try_get_by_index::<Option<String>>(index)?;
            Ok(text.map(unfilled).into())
        }
        _ => read::<Option<String>>(row, index),
    }
}
