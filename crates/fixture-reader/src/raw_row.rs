use serde::de::DeserializeOwned;

use crate::{
    Broken, Span,
    part::Part,
    places::{Places, Spot, Written},
    row_access,
    shape::Shape,
    value::Value,
};

/// A row as the fixture writes it: each field's name and text, with their places.
#[derive(Clone, Debug, Default)]
pub struct RawRow {
    /// What the fixture writes, and behind it the texts that it writes with escapes.
    pub(crate) text: String,
    pub(crate) fields: Vec<Field>,
    pub(crate) places: Places,
}

/// A field of a row.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Field {
    pub(crate) name: Part,
    /// The name as it is written, quotes included.
    pub(crate) written_name: Part,
    pub(crate) text: Part,
    /// The value as it is written, quotes included; of no length where it is empty, as in `name:`.
    pub(crate) written: Part,
    pub(crate) shape: Shape,
}

impl RawRow {
    /// An empty row, for [`Reader::read`](crate::Reader::read) to fill.
    pub fn new() -> Self {
        Self::default()
    }

    /// Where the row starts: its first field's name, the mapping itself for an empty `{}`, the alias for `- *a`; in
    /// CSV, its first value.
    pub fn span(&self) -> Span {
        match &self.places {
            Places::Written(written) => written.span(&self.text, written.start),
            Places::Given(start, _) => *start,
        }
    }

    /// Where to point for a problem of `field`: its value; its name where the value is empty (`name:`); the alias
    /// where one names the value, or a mapping that has the field; the row's start where the field is missing.
    pub fn span_of(&self, field: &str) -> Span {
        let index = (0..self.len()).find(|&index| self.name(index) == field);
        index.map_or_else(|| self.span(), |index| self.value_span(index))
    }

    /// The typed row. Its fields are scalars by the core schema of YAML 1.2, in whichever format:
    ///
    /// - text fields take a plain scalar as it is written, except a null;
    /// - numbers and booleans are plain, never quoted; integers take `7`, `+7`, `0x10` and `0o17`, never `2.0`;
    /// - a type that asks the deserializer for *any* value, as decimals do, gets a number as decimal text, exactly;
    /// - everything else that reads itself from text (dates, UUIDs, enums' variants) takes plain and quoted scalars.
    ///
    /// # Errors
    /// With everything that is wrong with the row, when it is not what `T` asks for.
    #[inline]
    pub fn deserialize<T: DeserializeOwned>(&self) -> Result<T, Broken<T>> {
        row_access::deserialize(self)
    }

    /// The same row with all places counted out, in one pass over its text: one by one they would take one each.
    pub(crate) fn placed(&self) -> Self {
        let mut placed = self.clone();
        if let Places::Written(written) = self.places {
            let (mut names, mut values) = (Spot::default(), Spot::default());
            let spans = self.fields.iter().enumerate().map(|(index, field)| {
                let name = written.span_behind(&mut names, &self.text, field.written_name);
                let value = self
                    .has_place(index)
                    .then(|| written.span_behind(&mut values, &self.text, field.written));
                (name, value)
            });
            placed.places = Places::Given(self.span(), spans.collect());
        }
        placed
    }

    /// Whether a value has a place of its own. An empty one of CSV has: its name stands elsewhere.
    fn has_place(&self, index: usize) -> bool {
        match &self.places {
            Places::Written(written) => self.fields[index].written.len > 0 || written.head > 0,
            Places::Given(_, fields) => fields[index].1.is_some(),
        }
    }

    /// Empties the row and places it where its text will say.
    pub(crate) fn clear(&mut self, written: Written) {
        self.text.clear();
        self.fields.clear();
        self.places = Places::Written(written);
    }

    /// Empties the row and places it at `start`; its fields come with places of their own.
    pub(crate) fn clear_at(&mut self, start: Span) {
        self.text.clear();
        self.fields.clear();
        self.places = Places::Given(start, Vec::new());
    }

    /// Places the row and its fields where an alias names it.
    pub(crate) fn move_to(&mut self, span: Span) {
        if let Places::Given(start, fields) = &mut self.places {
            *start = span;
            fields.fill((span, Some(span)));
        }
    }

    /// Adds a field with places of its own.
    pub(crate) fn push(
        &mut self,
        name: &str,
        name_span: Span,
        value: Value<'_>,
        value_span: Option<Span>,
    ) {
        let text = append(&mut self.text, value.text);
        let name = append(&mut self.text, name);
        self.fields.push(Field {
            name,
            written_name: name,
            text,
            written: text,
            shape: value.shape,
        });
        if let Places::Given(_, fields) = &mut self.places {
            fields.push((name_span, value_span));
        }
    }

    /// Places the row at its first field's name, or at `other` where it has none.
    pub(crate) fn start_at_first_name(&mut self, other: Part) {
        if let Places::Written(written) = &mut self.places {
            written.start = self.fields.first().map_or(other, |it| it.written_name);
        }
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
        &self.text[self.fields[index].name.range()]
    }

    /// The names and the values, in their order.
    #[inline]
    pub(crate) fn fields(&self) -> impl Iterator<Item = (&str, Value<'_>)> {
        let text = self.text.as_str();
        self.fields.iter().map(move |field| {
            let value = Value {
                text: &text[field.text.range()],
                shape: field.shape,
            };
            (&text[field.name.range()], value)
        })
    }

    pub(crate) fn name_span(&self, index: usize) -> Span {
        match &self.places {
            Places::Given(_, fields) => fields[index].0,
            Places::Written(written) => written.span(&self.text, self.fields[index].written_name),
        }
    }

    #[inline]
    pub(crate) fn value(&self, index: usize) -> Value<'_> {
        let field = &self.fields[index];
        Value {
            text: &self.text[field.text.range()],
            shape: field.shape,
        }
    }

    /// The value's place; its name's where it is empty.
    pub(crate) fn value_span(&self, index: usize) -> Span {
        self.own_span(index)
            .unwrap_or_else(|| self.name_span(index))
    }

    /// The value's place, unless it is empty.
    pub(crate) fn own_span(&self, index: usize) -> Option<Span> {
        match &self.places {
            Places::Given(_, fields) => fields[index].1,
            Places::Written(written) => self
                .has_place(index)
                .then(|| written.span(&self.text, self.fields[index].written)),
        }
    }
}

fn append(text: &mut String, part: &str) -> Part {
    let start = text.len();
    text.push_str(part);
    Part::new(start, text.len())
}

#[cfg(test)]
mod tests;
