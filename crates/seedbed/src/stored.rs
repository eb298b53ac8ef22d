use chrono::{DateTime, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime};
use rust_decimal::Decimal;
use sea_orm::{
    ColumnTrait, ColumnType, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, QueryFilter,
    QueryOrder, QueryResult, QuerySelect, QueryTrait, TryGetable, Value,
};
use uuid::Uuid;

use crate::key::{Key, KeySet};
use crate::rules::{Unique, key_column};

/// Rows fetched at a time when a whole table is looked through: a few columns of each.
const PAGE: u64 = 10_000;

/// The rows that hold values of a unique field, by the values' digests. Several may hold one, if another
/// program wrote them and the database tells values apart that the rule does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders(Vec<(u128, Key)>);

impl Holders {
    /// The keys of the rows that hold a value.
    pub fn of(&self, digest: u128) -> impl Iterator<Item = &Key> {
        let start = self.0.partition_point(|(other, _)| *other < digest);
        let same = self.0[start..].iter();
        same.take_while(move |(other, _)| *other == digest)
            .map(|(_, key)| key)
    }
}

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
        let remember = |key, values: Vec<Value>| stored.remember(unique, key, values);
        for_each_row::<E>(db, &columns, remember).await?;
        let holders = stored.holders.iter_mut();
        holders.for_each(|holders| holders.0.sort_unstable());
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

    fn remember<E: EntityTrait>(&mut self, unique: &[Unique<E>], key: Key, values: Vec<Value>) {
        self.keys.insert(&key);
        for ((unique, value), holders) in unique.iter().zip(values).zip(&mut self.holders) {
            let held = unique.digest(value).map(|digest| (digest, key.clone()));
            holders.0.extend(held);
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

/// Visits a table page by page, in the order of its keys: each row's key and its values of some columns.
async fn for_each_row<E: EntityTrait>(
    db: &DatabaseConnection,
    columns: &[E::Column],
    mut visit: impl FnMut(Key, Vec<Value>),
) -> Result<(), DbErr> {
    let key = key_column::<E>();
    let mut last = None;
    loop {
        let mut page = E::find().select_only().column(key);
        page = columns
            .iter()
            .fold(page, |page, column| page.column(*column));
        page = page.order_by_asc(key).limit(PAGE);
        if let Some(last) = last.take() {
            page = page.filter(key.gt::<Value>(last));
        }
        let page = db.get_database_backend().build(page.as_query());
        let rows = db.query_all_raw(page).await?;
        for row in &rows {
            let name = stored_value(row, 0, key)?;
            let values = columns.iter().zip(1..);
            let values = values.map(|(column, index)| stored_value(row, index, *column));
            let values = values.collect::<Result<_, _>>()?;
            if let Some(key) = Key::from_value(name) {
                visit(key, values);
            }
        }
        match rows.last() {
            Some(row) if rows.len() as u64 == PAGE => last = Some(stored_value(row, 0, key)?),
            _ => return Ok(()),
        }
    }
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
    match column.def().get_column_type() {
        ColumnType::TinyInteger => read::<Option<i8>>(row, index),
        ColumnType::SmallInteger => read::<Option<i16>>(row, index),
        ColumnType::Integer => read::<Option<i32>>(row, index),
        ColumnType::BigInteger => read::<Option<i64>>(row, index),
        ColumnType::TinyUnsigned => read::<Option<u8>>(row, index),
        ColumnType::SmallUnsigned => read::<Option<u16>>(row, index),
        ColumnType::Unsigned => read::<Option<u32>>(row, index),
        ColumnType::BigUnsigned => read::<Option<u64>>(row, index),
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
        _ => read::<Option<String>>(row, index),
    }
}
