use sea_orm::{EntityTrait, ModelTrait};

use crate::rules::{Rules, comparable, name_of};

/// What rows of a dataset are told apart by, beside their keys.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Distinction {
    /// The unique field of this index.
    Unique(usize),
    /// The fields of the warning of this index.
    Repeated(usize),
}

impl Distinction {
    /// All that the rules have.
    pub fn all<E: EntityTrait>(rules: &Rules<E>) -> impl Iterator<Item = Self> {
        let unique = (0..rules.unique.len()).map(Self::Unique);
        unique.chain((0..rules.repeated.len()).map(Self::Repeated))
    }

    /// The fields that are compared.
    pub fn fields<E: EntityTrait>(self, rules: &Rules<E>) -> Vec<&'static str> {
        let columns = match self {
            Self::Unique(index) => std::slice::from_ref(&rules.unique[index].column),
            Self::Repeated(index) => &rules.repeated[index],
        };
        columns.iter().map(|column| name_of::<E>(*column)).collect()
    }

    /// What is the same in two rows if they do not differ in this respect; `None` where a row has nothing to compare.
    pub fn value_of<E: EntityTrait>(self, rules: &Rules<E>, row: &E::Model) -> Option<Vec<u8>> {
        match self {
            Self::Unique(index) => {
                let unique = &rules.unique[index];
                unique
                    .comparable(row.get(unique.column))
                    .map(String::into_bytes)
            }
            Self::Repeated(index) => Some(together::<E>(&rules.repeated[index], row)),
        }
    }
}

/// Several values in one. Each is framed by its length, so that no two lists of values run into the same bytes.
fn together<E: EntityTrait>(columns: &[E::Column], row: &E::Model) -> Vec<u8> {
    let mut framed = Vec::new();
    for column in columns {
        match comparable(row.get(*column)) {
            Some(text) => {
                framed.extend(text.len().to_le_bytes());
                framed.extend(text.as_bytes());
            }
            None => framed.extend(usize::MAX.to_le_bytes()),
        }
    }
    framed
}
