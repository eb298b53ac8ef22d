use std::collections::{HashMap, HashSet};

use crate::distinction::Distinction;
use crate::load_error::LoadError;
use crate::problem::Place;
use crate::reading::{FixtureRow, Reading};
use crate::rules::{FixtureEntity, Rules, key_column, key_of, name_of};
use crate::verdict::{SoughtRow, Verdict};

/// Finds rows in a dataset's fixtures by reading them once more: remembering the place of every good
/// row, in case a later one repeats it, would take memory that grows with the fixtures.
pub(crate) fn rows<E: FixtureEntity>(
    rules: &Rules<E>,
    reading: &Reading<'_>,
    verdict: &Verdict,
    sought: &[SoughtRow],
) -> Result<HashMap<SoughtRow, Place>, LoadError> {
    let sought: HashSet<&SoughtRow> = sought.iter().collect();
    let distinctions: HashSet<Distinction> = sought
        .iter()
        .filter_map(|row| match row {
            SoughtRow::First { by, .. } => Some(*by),
            SoughtRow::Rejected(_) => None,
        })
        .collect();
    let mut found = HashMap::new();
    let read = reading.each(|row| {
        let rejected = verdict.rejected_rows.contains(row.ordinal);
        let candidates = if rejected {
            rejected_row::<E>(&row).into_iter().collect()
        } else {
            accepted_row(rules, &row, &distinctions)
        };
        for (candidate, field) in candidates {
            if sought.contains(&candidate) {
                found.entry(candidate).or_insert_with(|| Place {
                    file: row.file.clone(),
                    span: row.raw.span_of(field),
                });
            }
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

/// A rejected row is sought by its key, whatever else could be read of it.
fn rejected_row<E: FixtureEntity>(row: &FixtureRow<'_>) -> Option<(SoughtRow, &'static str)> {
    let field = name_of::<E>(key_column::<E>());
    let model = match row.raw.deserialize::<E::Model>() {
        Ok(model) => model,
        Err(broken) if !broken.has_stand_in(field) => broken.row?,
        Err(_) => return None,
    };
    Some((SoughtRow::Rejected(key_of::<E>(&model)?), field))
}

fn accepted_row<E: FixtureEntity>(
    rules: &Rules<E>,
    row: &FixtureRow<'_>,
    distinctions: &HashSet<Distinction>,
) -> Vec<(SoughtRow, &'static str)> {
    let Ok(model) = row.raw.deserialize::<E::Model>() else {
        return Vec::new();
    };
    let candidate = |by: &Distinction| {
        let digest = by.of(rules, &model)?;
        Some((SoughtRow::First { by: *by, digest }, field_of(rules, *by)))
    };
    distinctions.iter().filter_map(candidate).collect()
}

/// The field at which a row is shown that is told apart in this respect.
fn field_of<E: FixtureEntity>(rules: &Rules<E>, by: Distinction) -> &'static str {
    name_of::<E>(match by {
        Distinction::Key => key_column::<E>(),
        Distinction::Unique(index) => rules.unique[index].column,
        Distinction::Repeated(index) => rules.repeated[index][0],
    })
}
