use sea_orm::sea_query::OptionEnum;
use sea_orm::{
    ActiveModelTrait, EntityName, EntityTrait, IdenStatic, IntoActiveModel, Iterable, ModelTrait,
    PrimaryKeyToColumn, Value,
};
use serde::de::DeserializeOwned;
use uuid::Uuid;
use validator::ValidationError;

use crate::digest::digest;
use crate::key::Key;

/// An entity whose model is also the shape of its fixtures' rows.
///
/// Every SeaORM entity is one whose `Model` derives [`serde::Deserialize`] and [`PartialEq`].
pub trait FixtureEntity:
    EntityTrait<
        Model: DeserializeOwned
                   + PartialEq
                   + Sync
                   + IntoActiveModel<<Self as EntityTrait>::ActiveModel>,
        ActiveModel: ActiveModelTrait<Entity = Self> + Send,
    >
{
}

impl<E> FixtureEntity for E
where
    E: EntityTrait,
    E::Model: DeserializeOwned + PartialEq + Sync + IntoActiveModel<E::ActiveModel>,
    E::ActiveModel: ActiveModelTrait<Entity = E> + Send,
{
}

/// A check of one row. The error's `code` becomes the last part of the rule's name, its `message`
/// what the reader is told.
pub type Check<M> = fn(&M) -> Result<(), ValidationError>;

/// The rules of one dataset, over single rows and over all of them.
///
/// Keys are unique and fields are of their types without being told to.
pub struct Rules<E: EntityTrait> {
    pub(crate) checks: Vec<RowCheck<E>>,
    pub(crate) unique: Vec<Unique<E>>,
    pub(crate) repeated: Vec<Vec<E::Column>>,
    pub(crate) references: Vec<Reference<E>>,
}

/// A check and the fields it reads; its problems point at the first.
pub(crate) struct RowCheck<E: EntityTrait> {
    pub columns: Vec<E::Column>,
    pub check: Check<E::Model>,
}

/// A field no two rows share.
pub(crate) struct Unique<E: EntityTrait> {
    pub column: E::Column,
    ignoring_case: bool,
}

/// A field that names a row of another dataset.
pub(crate) struct Reference<E: EntityTrait> {
    pub column: E::Column,
    pub target: String,
}

impl<E: EntityTrait> Rules<E> {
    /// The rules of an entity's dataset: none yet.
    pub fn of(_entity: E) -> Self {
        Self {
            checks: Vec::new(),
            unique: Vec::new(),
            repeated: Vec::new(),
            references: Vec::new(),
        }
    }

    /// Rejects rows whose field fails the check: rule `dataset.field.code`.
    pub fn check(self, column: E::Column, check: Check<E::Model>) -> Self {
        self.check_across([column], check)
    }

    /// As [`check`](Self::check), for a check that reads several fields: it is not asked about a row
    /// in which one of them could not be read. The rule is named after the first.
    pub fn check_across<const N: usize>(
        mut self,
        columns: [E::Column; N],
        check: Check<E::Model>,
    ) -> Self {
        const { assert!(N > 0, "a check reads at least one field") };
        self.checks.push(RowCheck {
            columns: columns.into(),
            check,
        });
        self
    }

    /// Rejects rows whose value another row has after the run: rule `dataset.field.unique`.
    pub fn unique(self, column: E::Column) -> Self {
        self.unique_as(column, false)
    }

    /// As [`unique`](Self::unique), with texts compared without case.
    pub fn unique_ignoring_case(self, column: E::Column) -> Self {
        self.unique_as(column, true)
    }

    /// Warns of rows that have the same values as an earlier row: rule `dataset.repeated`.
    pub fn warn_repeated<const N: usize>(mut self, columns: [E::Column; N]) -> Self {
        const { assert!(N > 0, "rows are compared by at least one field") };
        self.repeated.push(columns.into());
        self
    }

    /// Rejects rows that name a row of `target` that is not there after the run: rule
    /// `dataset.field.exists`. NULL names nothing and is fine.
    pub fn references<T: EntityName>(mut self, column: E::Column, target: T) -> Self {
        self.references.push(Reference {
            column,
            target: target.table_name().to_owned(),
        });
        self
    }

    fn unique_as(mut self, column: E::Column, ignoring_case: bool) -> Self {
        self.unique.push(Unique {
            column,
            ignoring_case,
        });
        self
    }

    /// The names of the checks a row breaks, as `field.code`, in the order the checks were added. For
    /// the unit tests of a store's rules.
    pub fn broken_by(&self, row: &E::Model) -> Vec<String> {
        let broken = |check: &RowCheck<E>| {
            let error = (check.check)(row).err()?;
            Some(format!("{}.{}", name_of::<E>(check.columns[0]), error.code))
        };
        self.checks.iter().filter_map(broken).collect()
    }
}

impl<E: EntityTrait> Unique<E> {
    /// The text by which two values of the field are the same; `None` for NULL, which equals nothing.
    pub fn comparable(&self, value: Value) -> Option<String> {
        let mut text = comparable(value)?;
        match self.ignoring_case {
            true if text.is_ascii() => text.make_ascii_lowercase(),
            true => text = text.to_lowercase(),
            false => {}
        }
        Some(text)
    }

    /// The digest of that text.
    pub fn digest(&self, value: Value) -> Option<u128> {
        let text = self.comparable(value)?;
        Some(digest(text.as_bytes()))
    }
}

/// A text that is the same for equal values of one column; `None` for NULL.
pub(crate) fn comparable(value: Value) -> Option<String> {
    match value {
        Value::String(text) => text,
        // Stored ones are read as text.
        Value::Enum(OptionEnum::Some(one)) => Some(one.value.into_owned()),
        Value::Decimal(number) => number.map(|n| n.normalize().to_string()),
        Value::Char(character) => character.map(String::from),
        Value::ChronoDateTimeUtc(time) => time.map(|time| time.to_rfc3339()),
        Value::ChronoDateTimeLocal(time) => time.map(|time| time.to_utc().to_rfc3339()),
        Value::Uuid(uuid) => uuid.map(|uuid| uuid.to_string()),
        // A stored UUID may be kept as bytes.
        Value::Bytes(Some(bytes)) if bytes.len() == 16 => {
            Uuid::from_slice(&bytes).ok().map(|uuid| uuid.to_string())
        }
        // Two offsets may name the same instant.
        Value::ChronoDateTimeWithTimeZone(time) => time.map(|time| time.to_utc().to_rfc3339()),
        other if other == other.as_null() => None,
        other => Some(other.to_string()),
    }
}

/// The column of an entity's key. Start-up refuses entities whose key has several.
pub(crate) fn key_column<E: EntityTrait>() -> E::Column {
    E::PrimaryKey::iter()
        .next()
        .expect("every SeaORM entity has a primary key")
        .into_column()
}

/// The key of a row.
pub(crate) fn key_of<E: EntityTrait>(model: &E::Model) -> Option<Key> {
    Key::from_value(model.get(key_column::<E>()))
}

/// A column's name, which is also the name of the field in fixtures.
pub(crate) fn name_of<E: EntityTrait>(column: E::Column) -> &'static str {
    column.as_str()
}

#[cfg(test)]
mod tests {
    use chrono::{DateTime, FixedOffset, NaiveDate};
    use rust_decimal::Decimal;
    use sea_orm::sea_query::Enum;

    use super::*;

    fn check(value: impl Into<Value>, expected: Option<&str>) {
        assert_eq!(comparable(value.into()).as_deref(), expected);
    }

    #[test]
    fn equal_values_have_the_same_text() {
        let time = |text| DateTime::<FixedOffset>::parse_from_rfc3339(text).unwrap();
        let decimal = |text: &str| text.parse::<Decimal>().unwrap();
        check("a 'b'", Some("a 'b'"));
        check(-7i64, Some("-7"));
        check(decimal("1.50"), Some("1.5"));
        check(decimal("1.5"), Some("1.5"));
        check(Uuid::nil(), Some("00000000-0000-0000-0000-000000000000"));
        let noon = Some("2026-01-31T12:00:00+00:00");
        check(time("2026-01-31T12:00:00Z"), noon);
        check(time("2026-01-31T17:30:00+05:30"), noon);
        check(NaiveDate::from_ymd_opt(2026, 1, 31), Some("'2026-01-31'"));
        check('x', Some("x"));
        check(time("2026-01-31T12:00:00Z").to_utc(), noon);
        let colour = Enum {
            type_name: "colour".into(),
            value: "red".into(),
        };
        check(colour, Some("red"));
        let uuid = "01010101-0101-0101-0101-010101010101";
        check(vec![1_u8; 16], Some(uuid));
        check(vec![1_u8; 2], Some("x'0101'"));
        check(Value::Enum(OptionEnum::None("colour".into())), None);
        check(None::<String>, None);
        check(None::<Uuid>, None);
        check(None::<DateTime<FixedOffset>>, None);
        check(None::<NaiveDate>, None);
    }
}
