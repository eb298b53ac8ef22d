use std::iter;

use super::{
    RowScan, Stop,
    scalars::{IN_NAME, IN_WORD, Scalar, run_of},
};
use crate::{RawRow, Span, limits, quoted, raw_row::Field, shape::Shape};

impl RowScan<'_> {
    /// Passes a line with nothing but `---` and the comments after it, if a row follows.
    pub(crate) fn document_start(&mut self) -> Result<(), Stop> {
        for at in 0..3 {
            if self.peek_at(at)? != b'-' {
                return Err(Stop::Odd);
            }
        }
        self.at = 3;
        self.line_end()?;
        self.comments()?;
        if !self.is_at_row()? {
            return Err(Stop::Odd);
        }
        self.passed_text().map(drop)
    }

    /// Passes a row and reads it into `row`.
    pub(crate) fn row(&mut self, row: &mut RawRow) -> Result<(), Stop> {
        row.clear(Span::default());
        if self.peek()? != b'-' || self.peek_at(self.at + 1)? != b' ' {
            return Err(Stop::Odd);
        }
        self.at += 1;
        self.spaces();
        let has_escapes = if self.peek()? == b'{' {
            self.flow_row(row)?
        } else {
            self.block_row(row)?
        };
        self.finish(row, has_escapes)
    }

    /// Passes everything up to the next row, whatever it is.
    pub(crate) fn odd_row(&mut self) -> Result<(), Stop> {
        if !self.is_at_row()? {
            return Err(Stop::Odd);
        }
        loop {
            self.any_line()?;
            match self.bytes.get(self.at) {
                None if self.is_last => return Ok(()),
                None => return Err(Stop::More),
                Some(b' ' | b'#' | b'\n' | b'\r') => {}
                Some(_) if self.is_at_row()? => return Ok(()),
                Some(_) => return Err(Stop::Odd),
            }
        }
    }

    fn block_row(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        let indentation = self.at - self.line_start;
        let mut has_escapes = false;
        loop {
            has_escapes |= self.block_field(row)?;
            if self.is_indented_name(indentation) {
                self.at += indentation;
                continue;
            }
            self.comments()?;
            if self.is_at_end() || self.is_at_row()? {
                return Ok(has_escapes);
            }
            self.spaces();
            if self.at - self.line_start != indentation {
                return Err(Stop::Odd);
            }
        }
    }

    /// Passes a line that holds one field, and says whether there are escapes in it.
    fn block_field(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        if self.usual_field(row, b'\n', b'\n') {
            self.at += 1;
            self.new_line();
            return Ok(false);
        }
        let name = self.name()?;
        self.at += 1;
        let after = self.at;
        self.spaces();
        let value = match self.peek()? {
            b'\n' | b'\r' => None,
            b'#' if self.at > after => None,
            _ if self.at == after => return Err(Stop::Odd),
            _ => Some(self.scalar(false)?),
        };
        let has_escapes = self.push(row, name, value)?;
        self.line_end()?;
        Ok(has_escapes)
    }

    /// Whether this is the most usual line there is; others may be right as well.
    fn is_indented_name(&self, indentation: usize) -> bool {
        let line = &self.bytes[self.at..];
        let is_name = line.get(indentation).is_some_and(u8::is_ascii_alphabetic);
        is_name && line[..indentation].iter().all(|&it| it == b' ')
    }

    fn flow_row(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        row.start = self.span(self.at, self.at + 1);
        self.at += 1;
        self.spaces();
        let mut has_escapes = false;
        while self.peek()? != b'}' {
            has_escapes |= self.flow_field(row)?;
            self.spaces();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(Stop::Odd),
            }
            self.spaces();
        }
        self.at += 1;
        self.line_end()?;
        self.comments()?;
        if self.is_at_end() || self.is_at_row()? {
            Ok(has_escapes)
        } else {
            Err(Stop::Odd)
        }
    }

    fn flow_field(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        if self.usual_field(row, b',', b'}') {
            return Ok(false);
        }
        let name = self.name()?;
        self.at += 1;
        let after = self.at;
        self.spaces();
        // Only after a quoted name may the value follow at once, as in JSON.
        if self.at == after && name.quote.is_none() {
            return Err(Stop::Odd);
        }
        let value = match self.peek()? {
            b',' | b'}' => None,
            _ => Some(self.scalar(true)?),
        };
        self.push(row, name, value)
    }

    /// Passes the field that nearly all fields are, a plain name and one plain word or number up to one of the two
    /// ends, if it is here. The other methods read it as well, at half the speed.
    fn usual_field(&mut self, row: &mut RawRow, end: u8, other_end: u8) -> bool {
        let rest = &self.bytes[self.at..];
        let name = run_of(rest, &IN_NAME);
        let Some([b':', b' ', value @ ..]) = rest.get(name..) else {
            return false;
        };
        let length = run_of(value, &IN_WORD);
        let is_usual = rest[0].is_ascii_alphabetic()
            && value
                .get(length)
                .is_some_and(|&it| it == end || it == other_end)
            && (1..=limits::SCALAR).contains(&length)
            && (value[0] != b'-' || length > 1 && value[1].is_ascii_digit())
            && name <= limits::FAST_NAME
            && row.fields.len() < limits::FIELDS;
        if is_usual {
            let text = self.at + name + 2;
            row.push_scalar(
                (self.at..self.at + name, self.span(self.at, self.at + name)),
                (text..text + length, self.span(text, text + length)),
            );
            self.at = text + length;
        }
        is_usual
    }

    fn push(&self, row: &mut RawRow, name: Scalar, value: Option<Scalar>) -> Result<bool, Stop> {
        let name_span = self.span(name.start, name.end);
        if row.len() == 0 {
            row.start = name_span;
        }
        let value_span = value.as_ref().map(|it| self.span(it.start, it.end));
        let value = value.unwrap_or(Scalar::plain(name.end, name.end));
        let text = value.text();
        if text.len() > limits::SCALAR || row.len() == limits::FIELDS {
            return Err(Stop::Odd);
        }
        row.fields.push(Field {
            name: name.text(),
            name_span,
            text,
            shape: if value.quote.is_some() {
                Shape::Text
            } else {
                Shape::Plain
            },
            value_span,
        });
        Ok(value.has_escapes)
    }

    /// Gives the row its text.
    fn finish(&self, row: &mut RawRow, has_escapes: bool) -> Result<(), Stop> {
        let text = self.passed_text()?;
        row.text.push_str(text);
        if !text.is_ascii() {
            count_characters(row);
        }
        if has_escapes {
            quoted::unescape(row).ok_or(Stop::Odd)?;
        }
        Ok(())
    }
}

/// Turns the row's spans, counted in bytes, into spans counted in characters.
fn count_characters(row: &mut RawRow) {
    let mut columns = Columns::default();
    let text = row.text.as_bytes();
    for field in &mut row.fields {
        let quotes = field.name_span.width as usize - field.name.len();
        let name_start = field.name.start - quotes / 2;
        columns.go_to_line(name_start + 1 - field.name_span.start.column as usize);
        for span in iter::once(&mut field.name_span).chain(&mut field.value_span) {
            *span = columns.in_characters(text, *span);
        }
    }
    if let Some(first) = row.fields.first() {
        row.start = first.name_span;
    }
}

/// Counts the characters of a line from left to right, each once.
#[derive(Default)]
struct Columns {
    line_start: usize,
    at: usize,
    characters: u64,
}

impl Columns {
    fn go_to_line(&mut self, start: usize) {
        if start != self.line_start {
            *self = Self {
                line_start: start,
                at: start,
                characters: 0,
            };
        }
    }

    /// `span`, which is counted in bytes of the line, counted in characters.
    fn in_characters(&mut self, text: &[u8], span: Span) -> Span {
        let start = self.line_start + span.start.column as usize - 1;
        let before = self.count_to(text, start);
        let after = self.count_to(text, start + span.width as usize);
        Span::new(span.start.line, before + 1, after - before)
    }

    fn count_to(&mut self, text: &[u8], end: usize) -> u64 {
        let is_first_byte = |byte: &&u8| **byte & 0xc0 != 0x80;
        self.characters += text[self.at..end].iter().filter(is_first_byte).count() as u64;
        self.at = end;
        self.characters
    }
}
