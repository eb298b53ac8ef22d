use std::collections::{HashMap, HashSet};

use crate::key::Key;
use crate::load_error::LoadError;
use crate::problem::Place;
use crate::reading::Reading;
use crate::rules::{FixtureEntity, key_column, name_of};
use crate::verdict::{SoughtRow, Verdict};

/// Finds rows in a dataset's fixtures by reading them once more: remembering the place of every good
/// row, in case a later one repeats it, would take memory that grows with the fixtures.
pub(crate) fn rows<E: FixtureEntity>(
    reading: &Reading<'_>,
    verdict: &Verdict,
    sought: &[SoughtRow],
) -> Result<HashMap<SoughtRow, Place>, LoadError> {
    let sought: HashSet<&SoughtRow> = sought.iter().collect();
    let mut by_ordinal: HashMap<u64, Vec<(&SoughtRow, &'static str)>> = HashMap::new();
    let mut by_key = [HashSet::new(), HashSet::new()];
    for row in &sought {
        match row {
            SoughtRow::At { ordinal, field, .. } => {
                by_ordinal.entry(*ordinal).or_default().push((row, field));
            }
            SoughtRow::Accepted(key) => _ = by_key[0].insert(key),
            SoughtRow::Rejected(key) => _ = by_key[1].insert(key),
        }
    }
    let key_field = name_of::<E>(key_column::<E>());
    let mut found = HashMap::new();
    let read = reading.each(|row| {
        let mut note = |sought, field| {
            found.entry(sought).or_insert_with(|| Place {
                file: row.file.clone(),
                span: row.raw.span_of(field),
            });
        };
        for (sought, field) in by_ordinal.get(&row.ordinal).into_iter().flatten() {
            note((*sought).clone(), field);
        }
        let is_rejected = verdict.rejected_rows.contains(row.ordinal);
        let keys = &by_key[usize::from(is_rejected)];
        if !keys.is_empty()
            && let Some(key) = row.value::<E>(key_column::<E>()).and_then(Key::from_value)
            && keys.contains(&key)
        {
            let sought = match is_rejected {
                true => SoughtRow::Rejected(key),
                false => SoughtRow::Accepted(key),
            };
            note(sought, key_field);
        }
        match found.len() == sought.len() {
            true => Err(LoadError::Stopped),
            false => Ok(()),
        }
    });
    match read {
        // The rest of the fixtures has nothing more to tell.
        Err(LoadError::Stopped) => Ok(found),
        Err(error) => Err(error),
        Ok(_) => Ok(found),
    }
}
