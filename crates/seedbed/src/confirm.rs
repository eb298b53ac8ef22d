//! Unique values are told apart by digests while rows are judged. Where a row was rejected because one was taken for
//! that of another row, the values themselves are compared here.

use std::collections::HashMap;

use sea_orm::DatabaseConnection;

use crate::digest::{FirstRows, digest};
use crate::load_error::LoadError;
use crate::reading::Reading;
use crate::rules::{FixtureEntity, Rules, name_of};
use crate::stop::Stop;
use crate::stored::{self, PAGE};
use crate::verdict::Verdict;

/// Rows whose values are remembered at a time, about.
const ROWS: usize = 100_000;

/// Values that others were taken to repeat, by the unique field and their digest.
pub(crate) struct Values {
    /// Those whose digests leave this remainder when divided by the number of parts.
    part: usize,
    parts: usize,
    by_digest: HashMap<(usize, u128), String>,
}

impl Values {
    /// No values yet, for each of the parts in which those of a dataset are compared. Each takes a reading.
    pub fn parts(verdict: &Verdict) -> impl Iterator<Item = Self> + use<> {
        let rows = verdict.first_rows.len() as usize + verdict.keepers.len();
        let parts = rows.div_ceil(ROWS);
        (0..parts).map(move |part| Self {
            part,
            parts,
            by_digest: HashMap::new(),
        })
    }

    fn digest(&self, value: &str) -> Option<u128> {
        let kept = FirstRows::kept(digest(value.as_bytes()));
        (kept as usize % self.parts == self.part).then_some(kept)
    }

    fn add(&mut self, unique: usize, value: String) {
        if let Some(digest) = self.digest(&value) {
            self.by_digest.entry((unique, digest)).or_insert(value);
        }
    }

    /// Whether the value is another than the one with its digest.
    fn collides(&self, unique: usize, value: &str) -> bool {
        let digest = self.digest(value);
        let known = digest.and_then(|digest| self.by_digest.get(&(unique, digest)));
        known.is_some_and(|known| known != value)
    }
}

/// Adds the values that stored rows keep: they have them before the run and after it.
///
/// # Errors
/// When the table cannot be asked, or the run was stopped.
pub(crate) async fn add_stored<E: FixtureEntity>(
    rules: &Rules<E>,
    db: &DatabaseConnection,
    verdict: &Verdict,
    stop: &Stop,
    values: &mut Values,
) -> Result<(), LoadError> {
    for of_field in verdict
        .keepers
        .chunk_by(|(one, _), (other, _)| one == other)
    {
        for keepers in of_field.chunks(PAGE as usize) {
            if stop.is_told() {
                return Err(LoadError::Stopped);
            }
            let index = keepers[0].0;
            let unique = &rules.unique[index];
            let keys = keepers.iter().map(|(_, key)| key);
            let kept = stored::values::<E>(db, unique.column, keys).await?;
            let kept = kept.filter_map(|value| unique.comparable(value));
            kept.for_each(|value| values.add(index, value));
        }
    }
    Ok(())
}

/// Adds the values of first rows, and compares with them those of the rows that repeat one. Blocks; for a thread of
/// its own.
///
/// # Errors
/// When two values share a digest, when a fixture cannot be read or has changed, or the run was stopped.
pub(crate) fn compare<E: FixtureEntity>(
    rules: &Rules<E>,
    reading: &Reading<'_>,
    verdict: &Verdict,
    mut values: Values,
) -> Result<(), LoadError> {
    let dataset = || E::default().table_name().to_owned();
    let end = reading.each(|row| {
        let is_first = verdict.first_rows.contains(row.ordinal);
        if !is_first && !verdict.repeating_rows.contains(row.ordinal) {
            return Ok(());
        }
        for (index, unique) in rules.unique.iter().enumerate() {
            let value = row.value::<E>(unique.column);
            match value.and_then(|value| unique.comparable(value)) {
                Some(value) if values.collides(index, &value) => {
                    return Err(LoadError::Collided {
                        dataset: dataset(),
                        field: name_of::<E>(unique.column),
                    });
                }
                Some(value) if is_first => values.add(index, value),
                _ => {}
            }
        }
        Ok(())
    })?;
    match end.digest == verdict.digest {
        true => Ok(()),
        false => Err(LoadError::Changed(dataset())),
    }
}
