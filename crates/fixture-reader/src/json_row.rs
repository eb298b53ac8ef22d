use std::fmt;

use serde::de::{Error, MapAccess, Visitor};
use serde_json::value::RawValue;

use crate::{RawRow, limits, part::Part, raw_row::Field, shape::Shape};

/// Takes the members of a JSON object into a row whose text is the object's.
pub(crate) struct JsonRow<'a, 'de> {
    text: &'de str,
    row: &'a mut RawRow,
    /// What is wrong with a member beyond its syntax, and behind how many bytes.
    fault: &'a mut Option<(usize, String)>,
}

impl<'a, 'de> JsonRow<'a, 'de> {
    pub(crate) fn new(
        text: &'de str,
        row: &'a mut RawRow,
        fault: &'a mut Option<(usize, String)>,
    ) -> Self {
        Self { text, row, fault }
    }

    fn push(&mut self, name: &RawValue, value: &RawValue) -> Result<(), (usize, String)> {
        let written_name = self.place(name);
        let written = self.place(value);
        if self.row.len() == limits::FIELDS {
            let message = format!("a row of more than {} fields", limits::FIELDS);
            return Err((written_name.start as usize, message));
        }
        let shape = match value.get().as_bytes().first() {
            Some(b'"') => Shape::Text,
            Some(b'[') => Shape::List,
            Some(b'{') => Shape::Mapping,
            _ => Shape::Plain,
        };
        let text = match shape {
            Shape::Text => self.string(value, written)?,
            Shape::Plain => written,
            Shape::Misfit | Shape::List | Shape::Mapping => {
                let at = written.start as usize;
                check_depth(value.get()).map_err(|message| (at, message))?;
                Part::default()
            }
        };
        if text.len as usize > limits::SCALAR {
            return Err((written.start as usize, limits::SCALAR_MESSAGE.into()));
        }
        let name = self.string(name, written_name)?;
        self.row.fields.push(Field {
            name,
            written_name,
            text,
            written,
            shape,
        });
        Ok(())
    }

    /// Where a piece of the text stands in it.
    fn place(&self, piece: &RawValue) -> Part {
        let start = piece.get().as_ptr().addr() - self.text.as_ptr().addr();
        Part::new(start, start + piece.get().len())
    }

    /// A string without quotes and escapes.
    fn string(&mut self, string: &RawValue, written: Part) -> Result<Part, (usize, String)> {
        if memchr::memchr(b'\\', string.get().as_bytes()).is_none() {
            return Ok(written.unquoted());
        }
        let unescaped: String = serde_json::from_str(string.get()).map_err(|_| {
            let message = "an escape that is half a character: `\\ud800` to `\\udfff` go in pairs";
            (written.start as usize, message.to_owned())
        })?;
        let start = self.row.text.len();
        self.row.text.push_str(&unescaped);
        Ok(Part::new(start, self.row.text.len()))
    }
}

/// Refuses lists and mappings too far inside each other.
fn check_depth(json: &str) -> Result<(), String> {
    let (mut depth, mut in_string, mut escaped) = (0, false, false);
    for byte in json.bytes() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' => escaped = true,
            b'"' => in_string = !in_string,
            b'[' | b'{' if !in_string => depth += 1,
            b']' | b'}' if !in_string => depth -= 1,
            _ => {}
        }
        if depth > limits::DEPTH {
            return Err(limits::DEPTH_MESSAGE.into());
        }
    }
    Ok(())
}

impl<'de> Visitor<'de> for JsonRow<'_, 'de> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a row")
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<(), A::Error> {
        while let Some((name, value)) = members.next_entry::<&RawValue, &RawValue>()? {
            if let Err(fault) = self.push(name, value) {
                *self.fault = Some(fault);
                return Err(A::Error::custom("a row that oversteps a limit"));
            }
        }
        Ok(())
    }
}
