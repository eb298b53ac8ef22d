use crate::Span;

/// A row that is not what its type asks for.
#[derive(Debug)]
pub struct Broken<T> {
    /// The row with a stand-in in each field that could not be read, so that rules over its other fields can still
    /// be judged; `None` where no stand-in was found.
    pub row: Option<T>,
    /// What is wrong, at least one, in the order of the row's text; missing fields come last.
    pub faults: Vec<Fault>,
}

impl<T> Broken<T> {
    /// Whether `field` could not be read, so that no further rule may judge it.
    pub fn has_stand_in(&self, field: &str) -> bool {
        self.faults.iter().any(|fault| {
            fault.field == field && matches!(fault.kind, FaultKind::Required | FaultKind::Type)
        })
    }
}

/// One thing that is wrong with one field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// What kind of thing.
    pub kind: FaultKind,
    /// The field's name as the fixture writes it; where it is missing, as the row's type does.
    pub field: String,
    /// The name for an unknown or repeated field, else what [`RawRow::span_of`](crate::RawRow::span_of) gives.
    pub span: Span,
    /// A lower-case fragment without a full stop, text of the fixture in backticks and cut to 60 characters.
    pub message: String,
    /// Where a repeated field was given first.
    pub first: Option<Span>,
}

/// The ways in which a field can be wrong before any rule looks at it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum FaultKind {
    /// The row's type has no such field.
    UnknownField,
    /// The row gives the field a second time; the first value is kept.
    DuplicateField,
    /// The field is missing or null and its type has no room for that.
    Required,
    /// The value is not of the field's type.
    Type,
}
