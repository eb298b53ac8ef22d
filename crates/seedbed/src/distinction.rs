use sea_orm::{EntityTrait, ModelTrait};

use crate::digest::digest;
use crate::rules::{Rules, comparable, key_of};

/// What rows of a dataset are told apart by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Distinction {
    /// The key.
    Key,
    /// The unique field of this index.
    Unique(usize),
    /// The fields of the warning of this index.
    Repeated(usize),
}

impl Distinction {
    /// The digest of what a row has in this respect; `None` where it has nothing.
    pub fn of<E: EntityTrait>(self, rules: &Rules<E>, row: &E::Model) -> Option<u128> {
        match self {
            Self::Key => key_of::<E>(row).map(|key| digest(key.to_string().as_bytes())),
            Self::Unique(index) => {
                let unique = &rules.unique[index];
                unique.digest(row.get(unique.column))
            }
            Self::Repeated(index) => Some(digest_of_all::<E>(&rules.repeated[index], row)),
        }
    }
}

/// The digest of several values together. Each is framed by its length, so that no two lists of
/// values run into the same bytes.
pub(crate) fn digest_of_all<E: EntityTrait>(columns: &[E::Column], row: &E::Model) -> u128 {
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
    digest(&framed)
}
