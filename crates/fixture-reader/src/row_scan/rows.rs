use super::{RowScan, Stop, scalars::Scalar};
use crate::{RawRow, limits, part::Part, places::Written, quoted, raw_row::Field, shape::Shape};

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
        row.clear(Written {
            line: self.line,
            ..Written::default()
        });
        if self.peek()? != b'-' || self.peek_at(self.at + 1)? != b' ' {
            return Err(Stop::Odd);
        }
        self.at += 1;
        self.spaces();
        let brace = Part::new(self.at, self.at + 1);
        let has_escapes = if self.peek()? == b'{' {
            self.flow_row(row)?
        } else {
            self.block_row(row)?
        };
        self.finish(row, brace, has_escapes)
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

    fn push(&self, row: &mut RawRow, name: Scalar, value: Option<Scalar>) -> Result<bool, Stop> {
        let value = value.unwrap_or(Scalar::plain(name.end, name.end));
        let text = value.text();
        if text.len as usize > limits::SCALAR || row.len() == limits::FIELDS {
            return Err(Stop::Odd);
        }
        row.fields.push(Field {
            name: name.text(),
            written_name: Part::new(name.start, name.end),
            text,
            written: Part::new(value.start, value.end),
            shape: if value.quote.is_some() {
                Shape::Text
            } else {
                Shape::Plain
            },
        });
        Ok(value.has_escapes)
    }

    /// Gives the row its text.
    fn finish(&self, row: &mut RawRow, brace: Part, has_escapes: bool) -> Result<(), Stop> {
        row.text.push_str(self.passed_text()?);
        row.start_at_first_name(brace);
        if has_escapes {
            quoted::unescape(row).ok_or(Stop::Odd)?;
        }
        Ok(())
    }
}
