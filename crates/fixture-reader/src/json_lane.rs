use std::io::Read;

use serde::Deserializer;

use crate::{
    RawRow, ReadError, SyntaxError, json_row::JsonRow, layout::Layout, lines::Lines, message,
    part::Part, places::Written, source::Source,
};

/// Reads rows that are a JSON object a line.
pub(crate) struct JsonLane<R> {
    lines: Lines<R>,
    layout: Layout,
}

impl<R: Read> JsonLane<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self {
            lines: Lines::new(source),
            layout: Layout::default(),
        }
    }

    /// Reads the next row into `row`. `Ok(false)` at the end.
    #[inline]
    pub(crate) fn read(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        let Lines { source, line, .. } = &self.lines;
        match self.layout.read(source.unread(), *line, row, is_scalar) {
            Some(length) => {
                self.lines.pass(length, self.layout.lines);
                Ok(true)
            }
            None => self.other_row(row),
        }
    }

    fn other_row(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        self.lines.start()?;
        loop {
            let length = self.line_length()?;
            let text = self.lines.text(length)?;
            if text.is_empty() {
                return Ok(false);
            }
            let is_blank = text.trim_ascii().is_empty();
            if !is_blank {
                self.read_row(text, row)?;
                self.layout.learn(row);
            }
            self.lines.pass(length, 1);
            if !is_blank {
                return Ok(true);
            }
        }
    }

    /// The length of the next line with its end: LF, CR LF or CR. Nothing at the end of the input.
    fn line_length(&mut self) -> Result<usize, ReadError> {
        loop {
            let bytes = self.lines.source.unread();
            let end = memchr::memchr2(b'\n', b'\r', bytes);
            match end.map(|at| (at, bytes[at], bytes.get(at + 1))) {
                Some((at, b'\r', Some(b'\n'))) => return Ok(at + 2),
                Some((at, b'\n', _) | (at, _, Some(_))) => return Ok(at + 1),
                _ if self.lines.source.at_end() => return Ok(bytes.len()),
                _ => self.lines.read_more()?,
            }
        }
    }

    fn read_row(&self, text: &str, row: &mut RawRow) -> Result<(), SyntaxError> {
        row.clear(Written {
            line: self.lines.line,
            ..Written::default()
        });
        row.text.push_str(text);
        let start = text.len() - text.trim_ascii_start().len();
        let text = text.trim_ascii_end();
        let error = |offset, message: String| self.lines.error(&text.as_bytes()[..offset], message);
        if !text[start..].starts_with('{') {
            return Err(error(start, "expected a row, such as `{\"id\": 1}`".into()));
        }
        let mut json = serde_json::Deserializer::from_str(text);
        let mut fault = None;
        let read = json.deserialize_map(JsonRow::new(text, row, &mut fault));
        if let Some((offset, message)) = fault {
            return Err(error(offset, message));
        }
        read.and_then(|()| json.end()).map_err(|why| {
            // For once, the column is that of the character before.
            let is_before = why.to_string().starts_with("control character");
            let before = why.column().saturating_sub(usize::from(!is_before));
            let offset = match why.is_eof() {
                true => text.len(),
                false => text.floor_char_boundary(before),
            };
            error(offset, message::of_json_error(&why))
        })?;
        row.start_at_first_name(Part::new(start, start + 1));
        Ok(())
    }
}

/// Whether a value that holds nothing but letters, digits, spaces and some marks is JSON; rarer ways to write a
/// number aside.
#[inline]
fn is_scalar(value: &[u8]) -> bool {
    let number = value.strip_prefix(b"-").unwrap_or(value);
    let whole = number.iter().take_while(|it| it.is_ascii_digit()).count();
    let is_whole = whole == 1 || whole > 1 && number[0] != b'0';
    match &number[whole..] {
        [] => is_whole,
        [b'.', fraction @ ..] => {
            is_whole && !fraction.is_empty() && fraction.iter().all(u8::is_ascii_digit)
        }
        _ => matches!(value, b"true" | b"false" | b"null"),
    }
}
