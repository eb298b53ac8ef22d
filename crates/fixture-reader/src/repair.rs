use std::{cell::Cell, collections::HashMap};

use serde::de::DeserializeOwned;

use crate::{
    Broken, Fault, FaultKind, RawRow, message,
    mismatch::Mismatch,
    row_access::{Progress, RowAccess},
    shape::Shape,
    value::Value,
};

/// Scalars of which most types can read one: numbers and text, booleans, times, identifiers, nothing.
const STAND_INS: [&str; 9] = [
    "1",
    "false",
    EXAMPLES[0],
    EXAMPLES[1],
    EXAMPLES[2],
    EXAMPLES[3],
    EXAMPLES[4],
    "a@example.com",
    "null",
];

/// What shows how to write a value where its type says only that it was written wrongly: times and identifiers.
const EXAMPLES: [&str; 5] = [
    "2026-01-31T12:30:00+01:00",
    "2026-01-31T12:30:00",
    "2026-01-31",
    "12:30:00",
    "123e4567-e89b-12d3-a456-426614174000",
];

/// Everything that is wrong with `row`, which can't be read as it is.
#[cold]
pub(crate) fn broken<T: DeserializeOwned>(row: &RawRow) -> Broken<T> {
    let placed = row.placed();
    let mut repair = Repair::new(&placed);
    let row = repair.run();
    repair.faults.sort_by_key(|(index, _)| *index);
    let faults = repair.faults.into_iter().map(|(_, fault)| fault).collect();
    Broken { row, faults }
}

/// Reads a row again and again, and each time mends what it failed at.
struct Repair<'a> {
    row: &'a RawRow,
    entries: Vec<Entry<'a>>,
    /// Each with the index of its field; missing ones come last.
    faults: Vec<(usize, Fault)>,
}

/// A field, as it is offered to the row's type.
struct Entry<'a> {
    name: &'a str,
    value: Value<'a>,
    /// The field's index in the row; `usize::MAX` where it is missing there.
    index: usize,
    is_stand_in: bool,
}

impl<'a> Repair<'a> {
    fn new(row: &'a RawRow) -> Self {
        let mut repair = Self {
            row,
            entries: Vec::with_capacity(row.len()),
            faults: Vec::new(),
        };
        let mut first_uses = HashMap::new();
        for index in 0..row.len() {
            let name = row.name(index);
            let first = *first_uses.entry(name).or_insert(index);
            if first == index {
                repair.entries.push(Entry {
                    name,
                    value: row.value(index),
                    index,
                    is_stand_in: false,
                });
            } else {
                repair.duplicate(index, Some(first));
            }
        }
        repair
    }

    fn run<T: DeserializeOwned>(&mut self) -> Option<T> {
        loop {
            let mut progress = Progress::default();
            let attempt = self.attempt::<T>(&mut progress);
            let had_unknown = !progress.ignored.is_empty();
            for &at in progress.ignored.iter().rev() {
                self.unknown(at, progress.known);
            }
            match attempt {
                Ok(row) => return Some(row),
                // The failure's place has moved; the next attempt finds it again.
                Err(_) if had_unknown => {}
                Err(mismatch) => match progress.current {
                    Some(at) => self.mend_present::<T>(at, mismatch, progress.known),
                    None => self.mend_missing::<T>(mismatch)?,
                },
            }
        }
    }

    fn attempt<T: DeserializeOwned>(&self, progress: &mut Progress) -> Result<T, Mismatch> {
        let fields = self.entries.iter().map(|entry| (entry.name, entry.value));
        T::deserialize(RowAccess::new(fields, progress, Some(&Cell::new(false))))
    }

    fn mend_present<T: DeserializeOwned>(&mut self, at: usize, mismatch: Mismatch, known: &[&str]) {
        let entry = &self.entries[at];
        match mismatch {
            Mismatch::Unknown => self.unknown(at, known),
            Mismatch::Repeated => {
                let index = self.entries.remove(at).index;
                self.duplicate(index, None);
            }
            // A stand-in that was good enough before, and is not now: there is no way to read this row.
            _ if entry.is_stand_in => drop(self.entries.remove(at)),
            _ => {
                let (index, mut fault) = (entry.index, self.value_fault(entry, &mismatch));
                let stand_in = self.stand_in::<T>(at, &mismatch);
                if let (Mismatch::Said(_), Some(example)) = (&mismatch, stand_in)
                    && EXAMPLES.contains(&example)
                {
                    fault.message.push_str(&message::written_like(example));
                }
                self.faults.push((index, fault));
            }
        }
    }

    /// Nothing where the row can't be read whatever its fields hold.
    fn mend_missing<T: DeserializeOwned>(&mut self, mismatch: Mismatch) -> Option<()> {
        let (name, kind, message) = match &mismatch {
            &Mismatch::Missing(name) => (name, FaultKind::Required, message::missing(name)),
            other => ("", FaultKind::Type, other.to_string()),
        };
        let is_known = self.faults.iter().any(|(_, fault)| {
            fault.field == name && matches!(fault.kind, FaultKind::Required | FaultKind::Type)
        });
        if is_known {
            return None;
        }
        let fault = Fault {
            kind,
            field: name.into(),
            span: self.row.span(),
            message,
            first: None,
        };
        self.faults.push((usize::MAX, fault));
        if name.is_empty() {
            return None;
        }
        self.entries.push(Entry {
            name,
            value: Value::plain(""),
            index: usize::MAX,
            is_stand_in: false,
        });
        self.stand_in::<T>(self.entries.len() - 1, &mismatch);
        Some(())
    }

    /// Puts a value that can be read into the entry at `at` and returns its text, or removes the entry.
    fn stand_in<T: DeserializeOwned>(
        &mut self,
        at: usize,
        mismatch: &Mismatch,
    ) -> Option<&'static str> {
        let mut variants: &[&'static str] = &[];
        let mut candidates = STAND_INS.iter();
        if let Mismatch::NoVariant(named) = mismatch {
            variants = named;
        }
        while let Some(text) = variants.first().or_else(|| candidates.next()) {
            variants = &[];
            let entry = &mut self.entries[at];
            entry.value = Value {
                text,
                shape: Shape::Plain,
            };
            entry.is_stand_in = true;
            let mut progress = Progress::default();
            match self.attempt::<T>(&mut progress) {
                Err(Mismatch::NoVariant(named))
                    if progress.current == Some(at) && *text == STAND_INS[0] =>
                {
                    variants = named;
                }
                Err(_) if progress.current == Some(at) => {}
                _ => return Some(text),
            }
        }
        self.entries.remove(at);
        None
    }

    fn value_fault(&self, entry: &Entry<'_>, mismatch: &Mismatch) -> Fault {
        let kind = match mismatch {
            Mismatch::Null => FaultKind::Required,
            _ => FaultKind::Type,
        };
        Fault {
            kind,
            field: entry.name.into(),
            span: self.row.value_span(entry.index),
            message: message::of_value(entry.name, entry.value, mismatch),
            first: None,
        }
    }

    fn unknown(&mut self, at: usize, known: &[&str]) {
        let Entry { name, index, .. } = self.entries.remove(at);
        let fault = Fault {
            kind: FaultKind::UnknownField,
            field: name.into(),
            span: self.row.name_span(index),
            message: message::unknown(name, known),
            first: None,
        };
        self.faults.push((index, fault));
    }

    fn duplicate(&mut self, index: usize, first: Option<usize>) {
        let name = self.row.name(index);
        let fault = Fault {
            kind: FaultKind::DuplicateField,
            field: name.into(),
            span: self.row.name_span(index),
            message: message::duplicate(name),
            first: first.map(|it| self.row.name_span(it)),
        };
        self.faults.push((index, fault));
    }
}
