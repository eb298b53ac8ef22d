use sea_orm::EntityTrait;

use crate::key::KeySet;
use crate::load_error::LoadError;
use crate::outlet::{Onward, Outlet, Sender};
use crate::pass::{Late, Pass};
use crate::reading::{FixtureRow, Reading};
use crate::rules::{FixtureEntity, Rules};
use crate::stored::Stored;
use crate::targets::Target;
use crate::verdict::Verdict;

/// Passes in which a value that was taken to be kept may turn out to be given up after all. Fixtures that need
/// more than two are already contrived; beyond this many, values are only ever added to those that are kept.
const FORGIVING_PASSES: usize = 16;

/// Judges a dataset's rows, in the order of its fixtures.
pub(crate) struct Judge<'a, E: EntityTrait> {
    pub dataset: &'a str,
    pub rules: &'a Rules<E>,
    pub stored: &'a Stored,
    /// Rows whose key is stored are left as they are.
    pub keep_stored: bool,
    /// What each reference refers to.
    pub targets: Vec<&'a Target>,
}

impl<E: FixtureEntity> Judge<'_, E> {
    /// Judges all rows.
    ///
    /// A unique value that a stored row holds is free if that row gives it up in this run, which is only
    /// certain once the row's new version is accepted. So the first pass takes every stored row to give
    /// up what others ask for; where that proves wrong, the fixtures are read again with what was learnt.
    /// All rows but the late ones are certain, and sent on, in the first pass; where others wait for the
    /// keys, only until the writer falls behind.
    ///
    /// # Errors
    /// When a fixture cannot be read or changes between two passes, a stored key cannot be looked up,
    /// rows exchange values for which nothing can stand in, or the run was stopped.
    pub fn verdict(
        &self,
        reading: &Reading<'_>,
        onward: Option<Onward<'_>>,
    ) -> Result<Verdict, LoadError> {
        let mut staying = vec![KeySet::default(); self.rules.unique.len()];
        let mut first: Option<(Late, [u8; 32])> = None;
        for number in 1.. {
            let outlet = onward.filter(|_| first.is_none()).map(Outlet::new);
            let mut pass = self.pass(reading, &staying, outlet)?;
            let (late, digest) = first.get_or_insert_with(|| (pass.take_late(), pass.digest()));
            if pass.digest() != *digest {
                return Err(LoadError::Changed(self.dataset.to_owned()));
            }
            let (stay, change) = (pass.found_to_stay(), pass.found_to_change());
            let forgiving = number < FORGIVING_PASSES;
            if stay.is_empty() && (change.is_empty() || !forgiving) {
                return pass.settled(late);
            }
            for (unique, key) in &stay {
                staying[*unique].insert(key);
            }
            for (unique, key) in change.iter().filter(|_| forgiving) {
                staying[*unique].remove(key);
            }
        }
        unreachable!("the numbers do not end")
    }

    fn pass<'a>(
        &'a self,
        reading: &Reading<'_>,
        staying: &'a [KeySet],
        outlet: Option<Outlet<'a, E>>,
    ) -> Result<Pass<'a, E>, LoadError> {
        let mut pass = Pass::new(self, staying, outlet);
        let end = reading.each(|row| pass.row(row))?;
        pass.end(end)?;
        Ok(pass)
    }
}

/// Sends on the accepted rows that were not sent on as they were judged.
///
/// # Errors
/// When a fixture cannot be read or has changed, or the run was stopped.
pub(crate) fn send_rest<E: FixtureEntity>(
    rules: &Rules<E>,
    reading: &Reading<'_>,
    verdict: &Verdict,
    sender: &Sender,
) -> Result<(), LoadError> {
    let late = &verdict.late_rows;
    if late.is_empty() {
        return Ok(());
    }
    let mut outlet = Outlet::<E>::new(Onward {
        sender,
        is_awaited: false,
    });
    if verdict.has_takers {
        // They may take over what rows sent before them give up.
        outlet.settle()?;
    }
    for (unique, holders) in rules.unique.iter().zip(&verdict.giving_up) {
        outlet.release(unique.column, holders)?;
    }
    let end = reading.each(|row: FixtureRow<'_>| {
        if !late.contains(row.ordinal) || verdict.rejected_rows.contains(row.ordinal) {
            return Ok(());
        }
        match row.raw.deserialize::<E::Model>() {
            Ok(model) => outlet.push(model),
            // The file was changed meanwhile, which its digest will tell.
            Err(_) => Ok(()),
        }
    })?;
    outlet.flush()?;
    match end.digest == verdict.digest {
        true => Ok(()),
        false => Err(LoadError::Changed(E::default().table_name().to_owned())),
    }
}

#[cfg(test)]
mod tests;
