use sea_orm::EntityTrait;

use crate::key::KeySet;
use crate::load_error::LoadError;
use crate::pass::Pass;
use crate::reading::Reading;
use crate::rules::{FixtureEntity, Rules};
use crate::stored::Stored;
use crate::targets::Targets;
use crate::verdict::Verdict;

/// Passes in which a row that was taken to stay may turn out to change after all. Fixtures that need
/// more than two are already contrived; beyond this many, rows are only ever added to those that stay.
const FORGIVING_PASSES: usize = 16;

/// Judges a dataset's rows, in the order of its fixtures.
pub(crate) struct Judge<'a, E: EntityTrait> {
    pub dataset: &'a str,
    pub rules: &'a Rules<E>,
    pub stored: &'a Stored,
    /// Rows whose key is stored are left as they are.
    pub keep_stored: bool,
    pub targets: &'a Targets,
}

impl<E: FixtureEntity> Judge<'_, E> {
    /// Judges all rows.
    ///
    /// A unique value that a stored row holds is free if that row gives it up in this run, which is only
    /// certain once the row's new version is accepted. So the first pass takes every stored row to give
    /// up what others ask for; where that proves wrong, the fixtures are read again with what was learnt.
    ///
    /// # Errors
    /// When a fixture cannot be read, a stored key cannot be looked up, or the run was stopped.
    pub fn verdict(&self, reading: &Reading<'_>) -> Result<Verdict, LoadError> {
        let mut staying = KeySet::default();
        for number in 1.. {
            let pass = self.pass(reading, &staying)?;
            let (stay, change) = (pass.found_to_stay(), pass.found_to_change());
            let forgiving = number < FORGIVING_PASSES;
            if stay.is_empty() && (change.is_empty() || !forgiving) {
                return Ok(pass.settled());
            }
            stay.iter().for_each(|key| {
                staying.insert(key);
            });
            if forgiving {
                change.iter().for_each(|key| {
                    staying.remove(key);
                });
            }
        }
        unreachable!("the numbers do not end")
    }

    fn pass<'a>(
        &'a self,
        reading: &Reading<'_>,
        staying: &'a KeySet,
    ) -> Result<Pass<'a, E>, LoadError> {
        let mut pass = Pass::new(self, staying);
        let end = reading.each(|row| pass.row(row))?;
        pass.end(end);
        Ok(pass)
    }
}
