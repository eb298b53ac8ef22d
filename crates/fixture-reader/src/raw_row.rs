use std::ops::Range;

use serde::de::DeserializeOwned;

use crate::{Broken, Span, row_access, shape::Shape, value::Value};

/// A row as the fixture writes it: each field's name and text, with their places.
#[derive(Clone, Debug, Default)]
pub struct RawRow {
    pub(crate) start: Span,
    pub(crate) text: String,
    pub(crate) fields: Vec<Field>,
}

/// A field of a row; the ranges are bytes of the row's text.
#[derive(Clone, Debug)]
pub(crate) struct Field {
    pub(crate) name: Range<usize>,
    pub(crate) name_span: Span,
    pub(crate) text: Range<usize>,
    pub(crate) shape: Shape,
    /// `None` where the value is empty, as in `name:`.
    pub(crate) value_span: Option<Span>,
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
        let index = (0..self.len()).find(|&index| self.name(index) == field);
        index.map_or(self.start, |index| self.value_span(index))
    }

    /// The typed row. Its fields are scalars by the core schema of YAML 1.2:
    ///
    /// - text fields take a plain scalar as it is written, except a null;
    /// - numbers and booleans are plain, never quoted; integers take `7`, `+7`, `0x10` and `0o17`, never `2.0`;
    /// - a type that asks the deserializer for *any* value, as decimals do, gets a number as decimal text, exactly;
    /// - everything else that reads itself from text (dates, UUIDs, enums' variants) takes plain and quoted scalars.
    ///
    /// # Errors
    /// With everything that is wrong with the row, when it is not what `T` asks for.
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Broken<T>> {
        row_access::deserialize(self)
    }

    pub(crate) fn clear(&mut self, start: Span) {
        self.start = start;
        self.text.clear();
        self.fields.clear();
    }

    pub(crate) fn push(
        &mut self,
        name: &str,
        name_span: Span,
        value: Value<'_>,
        value_span: Option<Span>,
    ) {
        self.fields.push(Field {
            name: append(&mut self.text, name),
            name_span,
            text: append(&mut self.text, value.text),
            shape: value.shape,
            value_span,
        });
    }

    /// Adds a plain scalar, given its name and its text as ranges of the row's text.
    #[inline]
    pub(crate) fn push_scalar(
        &mut self,
        (name, name_span): (Range<usize>, Span),
        (text, value_span): (Range<usize>, Span),
    ) {
        if self.fields.is_empty() {
            self.start = name_span;
        }
        self.fields.push(Field {
            name,
            name_span,
            text,
            shape: Shape::Plain,
            value_span: Some(value_span),
        });
    }

    #[inline]
    pub(crate) fn len(&self) -> usize {
        self.fields.len()
    }

    pub(crate) fn text_len(&self) -> usize {
        self.text.len()
    }

    #[inline]
    pub(crate) fn name(&self, index: usize) -> &str {
        &self.text[self.fields[index].name.clone()]
    }

    pub(crate) fn name_span(&self, index: usize) -> Span {
        self.fields[index].name_span
    }

    #[inline]
    pub(crate) fn value(&self, index: usize) -> Value<'_> {
        let field = &self.fields[index];
        Value {
            text: &self.text[field.text.clone()],
            shape: field.shape,
        }
    }

    pub(crate) fn value_span(&self, index: usize) -> Span {
        let field = &self.fields[index];
        field.value_span.unwrap_or(field.name_span)
    }
}

fn append(text: &mut String, part: &str) -> Range<usize> {
    let start = text.len();
    text.push_str(part);
    start..text.len()
}

#[cfg(test)]
mod tests;
