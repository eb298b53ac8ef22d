//! Values are told apart by digests while rows are judged. Where one was taken for the same as another, and a row was
//! rejected or warned of for it, the values themselves are compared here.

use std::collections::HashMap;
use std::collections::hash_map::Entry;

use sea_orm::DatabaseConnection;

use crate::digest::{FirstRows, digest};
use crate::distinction::Distinction;
use crate::load_error::LoadError;
use crate::reading::Reading;
use crate::rules::{FixtureEntity, Rules};
use crate::stored;
use crate::verdict::Verdict;

/// Rows whose values are compared at a time, so that few are remembered.
const ROWS: u64 = 100_000;

/// Values by their digests, of which no two different ones may share one.
pub(crate) struct Values {
    /// Those whose digests leave this remainder when divided by the number of parts.
    part: u64,
    parts: u64,
    by_digest: HashMap<(Distinction, u128), Vec<u8>>,
}

impl Values {
    /// No values yet, for each of the parts in which those of a dataset are compared.
    pub fn parts(verdict: &Verdict) -> impl Iterator<Item = Self> + use<> {
        let parts = verdict.met_rows.len().div_ceil(ROWS);
        (0..parts).map(move |part| Self {
            part,
            parts,
            by_digest: HashMap::new(),
        })
    }

    fn add<E: FixtureEntity>(
        &mut self,
        rules: &Rules<E>,
        by: Distinction,
        value: Vec<u8>,
    ) -> Result<(), LoadError> {
        let kept = FirstRows::kept(digest(&value));
        if kept as u64 % self.parts != self.part {
            return Ok(());
        }
        match self.by_digest.entry((by, kept)) {
            Entry::Vacant(first) => _ = first.insert(value),
            Entry::Occupied(first) if *first.get() == value => {}
            Entry::Occupied(_) => {
                return Err(LoadError::Collided {
                    dataset: E::default().table_name().to_owned(),
                    fields: by.fields(rules).join(" and "),
                });
            }
        }
        Ok(())
    }
}

/// Adds the values that stored rows keep. For after the rows were written, as the table is then what it will be.
///
/// # Errors
/// When the table cannot be asked, or two values share a digest.
pub(crate) async fn stored<E: FixtureEntity>(
    rules: &Rules<E>,
    db: &DatabaseConnection,
    verdict: &Verdict,
    values: &mut Values,
) -> Result<(), LoadError> {
    for keepers in verdict
        .keepers
        .chunk_by(|(one, _), (other, _)| one == other)
    {
        let index = keepers[0].0;
        let unique = &rules.unique[index];
        let keys: Vec<_> = keepers.iter().map(|(_, key)| key.clone()).collect();
        let add = |value| match unique.comparable(value) {
            Some(text) => values.add(rules, Distinction::Unique(index), text.into_bytes()),
            None => Ok(()),
        };
        stored::for_each_of::<E>(db, unique.column, &keys, add).await?;
    }
    Ok(())
}

/// Adds those of the fixtures. Blocks; for a thread of its own.
///
/// # Errors
/// When two values share a digest, when a fixture cannot be read or has changed, or the run was stopped.
pub(crate) fn read<E: FixtureEntity>(
    rules: &Rules<E>,
    reading: &Reading<'_>,
    verdict: &Verdict,
    mut values: Values,
) -> Result<(), LoadError> {
    let end = reading.each(|row| {
        if !verdict.met_rows.contains(row.ordinal) {
            return Ok(());
        }
        let read = row.raw.deserialize::<E::Model>();
        let (model, broken) = match &read {
            Ok(model) => (Some(model), None),
            Err(broken) => (broken.row.as_ref(), Some(broken)),
        };
        let unread = |field: &&str| broken.is_some_and(|broken| broken.has_stand_in(field));
        for (by, model) in Distinction::all(rules).flat_map(|by| model.map(|model| (by, model))) {
            let value = by.value_of(rules, model);
            if let Some(value) = value.filter(|_| !by.fields(rules).iter().any(unread)) {
                values.add(rules, by, value)?;
            }
        }
        Ok(())
    })?;
    match end.digest == verdict.digest {
        true => Ok(()),
        false => Err(LoadError::Changed(E::default().table_name().to_owned())),
    }
}
