use sea_orm::{
    ColumnTrait, ConnectionTrait, DatabaseConnection, DbErr, EntityTrait, ModelTrait, QueryFilter,
    QueryOrder, QuerySelect, QueryTrait, Value,
};

use crate::decimals::Decimals;
use crate::distinction::digest_of;
use crate::key::{Key, KeySet};
use crate::rules::{Unique, key_column, key_of};

/// Rows fetched at a time when a whole table is looked through; a page of them stays below a megabyte
/// for the tables seeds are made for.
const PAGE: u64 = 2_000;

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
        if look && !stored.is_empty {
            for_each_row::<E>(db, |row| stored.remember(unique, row)).await?;
            stored
                .holders
                .iter_mut()
                .for_each(|holders| holders.0.sort());
        }
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

    fn remember<E: EntityTrait>(&mut self, unique: &[Unique<E>], row: &E::Model) {
        let Some(key) = key_of::<E>(row) else { return };
        self.keys.insert(&key);
        for (unique, holders) in unique.iter().zip(&mut self.holders) {
            let held = digest_of(unique, row).map(|digest| (digest, key.clone()));
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
    let remember = |row: &E::Model| {
        if let Some(key) = key_of::<E>(row) {
            keys.insert(&key);
        }
    };
    for_each_row::<E>(db, remember).await?;
    Ok(keys)
}

/// Visits a table page by page, in the order of its keys.
async fn for_each_row<E: EntityTrait>(
    db: &DatabaseConnection,
    mut visit: impl FnMut(&E::Model),
) -> Result<(), DbErr> {
    let key = key_column::<E>();
    let decimals = Decimals::<E>::new();
    let mut last = None;
    loop {
        let mut page = E::find().order_by_asc(key).limit(PAGE);
        if let Some(last) = last.take() {
            page = page.filter(key.gt::<Value>(last));
        }
        let mut rows = page.all(db).await?;
        for row in &mut rows {
            decimals.round(row);
            visit(row);
        }
        match rows.last() {
            Some(row) if rows.len() as u64 == PAGE => last = Some(row.get(key)),
            _ => return Ok(()),
        }
    }
}
