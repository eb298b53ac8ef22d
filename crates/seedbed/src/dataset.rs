use std::collections::HashMap;
use std::sync::Arc;

use async_trait::async_trait;
use fixture_reader::fields_of;
use sea_orm::{ColumnTrait, DatabaseConnection, DbErr, EntityTrait, Iterable};

use crate::confirm::{self, Values};
use crate::judge::{self, Judge};
use crate::key::{KeyKind, KeySet};
use crate::load_error::LoadError;
use crate::locate;
use crate::outlet::{Onward, Sender};
use crate::problem::Place;
use crate::reading::Reading;
use crate::rules::{FixtureEntity, Rules, key_column, name_of};
use crate::stop::Stop;
use crate::stored::{self, Stored};
use crate::table::Table;
use crate::targets::Targets;
use crate::verdict::{SoughtRow, Verdict};

/// A dataset whose row type is known to itself alone.
#[async_trait]
pub(crate) trait Dataset: Send + Sync {
    /// The name of its table.
    fn name(&self) -> &str;

    /// Its table.
    fn table(&self) -> &Arc<Table>;

    /// Its fields that refer to other datasets, each with the one it refers to.
    fn references(&self) -> Vec<(&'static str, &str)>;

    /// What kind of keys its field `field` holds; of its own, without one. `None` if it holds none.
    fn key_kind(&self, field: Option<&str>) -> Option<KeyKind>;

    /// Says what keeps it from being loaded, fit to follow its name.
    fn validate(&self) -> Result<(), String>;

    /// Counts its table's rows.
    async fn count(&self, db: &DatabaseConnection) -> Result<u64, DbErr>;

    /// Fetches its table's keys.
    async fn keys(&self, db: &DatabaseConnection) -> Result<KeySet, DbErr>;

    /// Looks up what judging has to know of its table.
    async fn stored(&self, db: &DatabaseConnection, keep: bool) -> Result<Stored, DbErr>;

    /// The same for a table that nobody looked at.
    fn nothing_stored(&self) -> Stored;

    /// Judges the rows of its fixtures, and sends on those of which it is sure as it goes. Blocks; for a
    /// thread of its own.
    fn judge(
        &self,
        reading: &Reading<'_>,
        stored: &Stored,
        keep: bool,
        targets: &Targets,
        onward: Option<Onward<'_>>,
    ) -> Result<Verdict, LoadError>;

    /// Sends on the other accepted rows. Blocks, too.
    fn send_rest(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        sender: &Sender,
    ) -> Result<(), LoadError>;

    /// Adds to the values of first rows those that stored rows keep.
    async fn add_stored(
        &self,
        db: &DatabaseConnection,
        verdict: &Verdict,
        stop: &Stop,
        values: &mut Values,
    ) -> Result<(), LoadError>;

    /// Compares with them what repeats them in its fixtures. Blocks, too.
    fn compare(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        values: Values,
    ) -> Result<(), LoadError>;

    /// Finds rows again in its fixtures. Blocks; for a thread of its own.
    fn locate(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        sought: &[SoughtRow],
    ) -> Result<HashMap<SoughtRow, Place>, LoadError>;
}

/// A dataset of the rows of one entity.
pub(crate) struct TypedDataset<E: EntityTrait> {
    table: Arc<Table>,
    rules: Rules<E>,
}

impl<E: FixtureEntity> TypedDataset<E> {
    /// The entity's dataset.
    pub fn new(rules: Rules<E>) -> Self {
        Self {
            table: Arc::new(Table::of(&rules)),
            rules,
        }
    }
}

#[async_trait]
impl<E: FixtureEntity> Dataset for TypedDataset<E> {
    fn name(&self) -> &str {
        &self.table.name
    }

    fn table(&self) -> &Arc<Table> {
        &self.table
    }

    fn references(&self) -> Vec<(&'static str, &str)> {
        let references = self.rules.references.iter();
        references
            .map(|r| (name_of::<E>(r.column), r.target.as_str()))
            .collect()
    }

    fn key_kind(&self, field: Option<&str>) -> Option<KeyKind> {
        let column = match field {
            Some(field) => E::Column::iter().find(|column| name_of::<E>(*column) == field)?,
            None => key_column::<E>(),
        };
        KeyKind::of(column.def().get_column_type())
    }

    fn validate(&self) -> Result<(), String> {
        if E::PrimaryKey::iter().count() != 1 {
            return Err("has a key of several columns; give it one column".to_owned());
        }
        if self.key_kind(None).is_none() {
            return Err(format!(
                "has a key, `{}`, that is no integer, text or UUID",
                name_of::<E>(key_column::<E>())
            ));
        }
        let columns: Vec<_> = E::Column::iter().map(name_of::<E>).collect();
        let fields = fields_of::<E::Model>();
        match columns.iter().find(|column| !fields.contains(column)) {
            Some(column) => Err(format!(
                "has a column `{column}` but no field of that name in its fixtures' rows"
            )),
            None => Ok(()),
        }
    }

    async fn count(&self, db: &DatabaseConnection) -> Result<u64, DbErr> {
        stored::count::<E>(db).await
    }

    async fn keys(&self, db: &DatabaseConnection) -> Result<KeySet, DbErr> {
        stored::keys::<E>(db).await
    }

    async fn stored(&self, db: &DatabaseConnection, keep: bool) -> Result<Stored, DbErr> {
        let look = keep || !self.rules.unique.is_empty();
        Stored::of(db, &self.rules.unique, look).await
    }

    fn nothing_stored(&self) -> Stored {
        Stored::nothing(self.rules.unique.len())
    }

    fn judge(
        &self,
        reading: &Reading<'_>,
        stored: &Stored,
        keep: bool,
        targets: &Targets,
        onward: Option<Onward<'_>>,
    ) -> Result<Verdict, LoadError> {
        let references = self.rules.references.iter();
        let judge = Judge {
            dataset: self.name(),
            rules: &self.rules,
            stored,
            keep_stored: keep,
            targets: references.map(|r| &targets[&r.target]).collect(),
        };
        judge.verdict(reading, onward)
    }

    fn send_rest(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        sender: &Sender,
    ) -> Result<(), LoadError> {
        judge::send_rest(&self.rules, reading, verdict, sender)
    }

    async fn add_stored(
        &self,
        db: &DatabaseConnection,
        verdict: &Verdict,
        stop: &Stop,
        values: &mut Values,
    ) -> Result<(), LoadError> {
        confirm::add_stored(&self.rules, db, verdict, stop, values).await
    }

    fn compare(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        values: Values,
    ) -> Result<(), LoadError> {
        confirm::compare(&self.rules, reading, verdict, values)
    }

    fn locate(
        &self,
        reading: &Reading<'_>,
        verdict: &Verdict,
        sought: &[SoughtRow],
    ) -> Result<HashMap<SoughtRow, Place>, LoadError> {
        locate::rows::<E>(reading, verdict, sought)
    }
}
