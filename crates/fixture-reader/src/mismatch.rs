use std::fmt::{self, Display};

use serde::de::{self, Expected, Unexpected};

/// Why a value, or a row, is not what its type asks for.
#[derive(Debug)]
pub(crate) enum Mismatch {
    /// The row's type has no such field.
    Unknown,
    /// The row's type has this field already.
    Repeated,
    /// The row lacks a field.
    Missing(&'static str),
    /// The value is null.
    Null,
    /// The value is text with a NUL character in it.
    HoldsNul,
    /// The value is not what the message says it must be.
    Not(String),
    /// The value is text in quotes, and would be what the message says it must be without them.
    Quoted(String),
    /// The value is none of an enum's variants.
    NoVariant(&'static [&'static str]),
    /// What the field's own type says about the value.
    Said(String),
}

impl de::Error for Mismatch {
    fn custom<T: Display>(message: T) -> Self {
        Self::Said(message.to_string())
    }

    fn invalid_type(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Not(expected.to_string())
    }

    fn invalid_value(_: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Self::Not(expected.to_string())
    }

    fn unknown_variant(_: &str, variants: &'static [&'static str]) -> Self {
        Self::NoVariant(variants)
    }

    fn unknown_field(_: &str, _: &'static [&'static str]) -> Self {
        Self::Unknown
    }

    fn missing_field(field: &'static str) -> Self {
        Self::Missing(field)
    }

    fn duplicate_field(_: &'static str) -> Self {
        Self::Repeated
    }
}

impl std::error::Error for Mismatch {}

impl Display for Mismatch {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unknown => f.write_str("unknown field"),
            Self::Repeated => f.write_str("field given twice"),
            Self::Missing(field) => write!(f, "missing field `{field}`"),
            Self::Null => f.write_str("null"),
            Self::HoldsNul => {
                f.write_str("holds a NUL character, which not every database can store")
            }
            Self::Not(expected) | Self::Quoted(expected) => write!(f, "not {expected}"),
            Self::NoVariant(_) => f.write_str("unknown variant"),
            Self::Said(message) => f.write_str(message),
        }
    }
}
