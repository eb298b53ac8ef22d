use std::fmt;

use roaring::RoaringTreemap;
use sea_orm::sea_query::OptionEnum;
use sea_orm::{ColumnType, Value};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use crate::digest::{Digests, digest};

/// The value that names a row: of its own key, or of a reference to one.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Key {
    /// Any integer type of a column, signed or not.
    Integer(i128),
    /// A text key.
    Text(String),
    /// A UUID key.
    Uuid(Uuid),
}

impl Key {
    /// The key a column's value stands for; `None` for NULL and for types that cannot be keys.
    pub fn from_value(value: Value) -> Option<Self> {
        match value {
            Value::TinyInt(n) => n.map(|n| Self::Integer(n.into())),
            Value::SmallInt(n) => n.map(|n| Self::Integer(n.into())),
            Value::Int(n) => n.map(|n| Self::Integer(n.into())),
            Value::BigInt(n) => n.map(|n| Self::Integer(n.into())),
            Value::TinyUnsigned(n) => n.map(|n| Self::Integer(n.into())),
            Value::SmallUnsigned(n) => n.map(|n| Self::Integer(n.into())),
            Value::Unsigned(n) => n.map(|n| Self::Integer(n.into())),
            Value::BigUnsigned(n) => n.map(|n| Self::Integer(n.into())),
            Value::String(text) => text.map(Self::Text),
            Value::Enum(OptionEnum::Some(one)) => Some(Self::Text(one.value.into_owned())),
            Value::Uuid(uuid) => uuid.map(Self::Uuid),
            _ => None,
        }
    }

    /// A value of a column that holds such keys.
    pub(crate) fn to_value(&self) -> Value {
        match self {
            Self::Integer(n) => {
                i64::try_from(*n).map_or_else(|_| Value::from(*n as u64), Value::from)
            }
            Self::Text(text) => Value::from(text.clone()),
            Self::Uuid(uuid) => Value::from(*uuid),
        }
    }
}

impl fmt::Display for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Integer(n) => n.fmt(f),
            Self::Text(text) => text.fmt(f),
            Self::Uuid(uuid) => uuid.fmt(f),
        }
    }
}

impl Serialize for Key {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Integer(n) => serializer.serialize_i128(*n),
            Self::Text(text) => serializer.serialize_str(text),
            Self::Uuid(uuid) => serializer.collect_str(uuid),
        }
    }
}

/// The kind of keys that a column can hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum KeyKind {
    Integer,
    Text,
    Uuid,
    /// A type of the engine's own, whose values alone tell.
    Untold,
}

impl KeyKind {
    /// The kind that columns of a type hold; `None` for types that cannot be keys.
    pub fn of(column: &ColumnType) -> Option<Self> {
        match column {
            ColumnType::TinyInteger
            | ColumnType::SmallInteger
            | ColumnType::Integer
            | ColumnType::BigInteger
            | ColumnType::TinyUnsigned
            | ColumnType::SmallUnsigned
            | ColumnType::Unsigned
            | ColumnType::BigUnsigned => Some(Self::Integer),
            ColumnType::Char(_)
            | ColumnType::String(_)
            | ColumnType::Text
            | ColumnType::Enum { .. } => Some(Self::Text),
            ColumnType::Uuid => Some(Self::Uuid),
            ColumnType::Custom(_) | ColumnType::Binary(_) | ColumnType::VarBinary(_) => {
                Some(Self::Untold)
            }
            _ => None,
        }
    }

    /// Whether a column of this kind can name rows by keys of the other.
    pub fn can_name(self, other: Self) -> bool {
        self == other || self == Self::Untold || other == Self::Untold
    }
}

impl fmt::Display for KeyKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Integer => "integer",
            Self::Text => "text",
            Self::Uuid => "UUID",
            Self::Untold => "key",
        })
    }
}

/// Keys of one dataset, kept small: integers as a compressed bitmap, all others as digests.
#[derive(Clone, Debug, Default)]
pub struct KeySet {
    integers: RoaringTreemap,
    /// No integer key was ever above this, so that keys that only grow are new without being looked up.
    highest: u64,
    others: Digests,
}

impl KeySet {
    /// Adds a key; false if it was there already.
    pub fn insert(&mut self, key: &Key) -> bool {
        match key {
            Key::Integer(n) => {
                let slot = bitmap_slot(*n);
                self.highest = self.highest.max(slot);
                self.integers.insert(slot)
            }
            Key::Text(text) => self.others.insert(digest(text.as_bytes())),
            Key::Uuid(uuid) => self.others.insert(digest(uuid.as_bytes())),
        }
    }

    /// Removes a key; false if it was not there.
    pub fn remove(&mut self, key: &Key) -> bool {
        match key {
            Key::Integer(n) => self.integers.remove(bitmap_slot(*n)),
            Key::Text(text) => self.others.remove(digest(text.as_bytes())),
            Key::Uuid(uuid) => self.others.remove(digest(uuid.as_bytes())),
        }
    }

    /// Whether the key is in the set.
    pub fn contains(&self, key: &Key) -> bool {
        match key {
            Key::Integer(n) => {
                let slot = bitmap_slot(*n);
                slot <= self.highest && self.integers.contains(slot)
            }
            Key::Text(text) => self.others.contains(digest(text.as_bytes())),
            Key::Uuid(uuid) => self.others.contains(digest(uuid.as_bytes())),
        }
    }
}

/// The 64 bits of a column's integer. A column is signed or unsigned, so no two of its values
/// share a slot.
fn bitmap_slot(n: i128) -> u64 {
    n as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_holds_what_was_inserted_and_not_removed() {
        let keys = [
            Key::Integer(i64::MIN.into()),
            Key::Integer(-1),
            Key::Integer(0),
            Key::Integer(i64::MAX.into()),
            Key::Text("0".into()),
            Key::Text(String::new()),
            Key::Uuid(Uuid::from_u128(7)),
        ];
        let mut set = KeySet::default();
        for key in &keys {
            assert!(!set.contains(key), "{key} before");
            assert!(set.insert(key), "{key} once");
            assert!(!set.insert(key), "{key} twice");
        }
        for key in &keys {
            assert!(set.contains(key), "{key} kept");
            assert!(set.remove(key), "{key} removed");
            assert!(!set.contains(key), "{key} gone");
        }
    }
}
