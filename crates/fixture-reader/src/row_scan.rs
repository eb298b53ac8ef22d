mod rows;
mod scalars;

use crate::characters::is_printable;

/// Looks through text that begins at the start of a line for one row.
pub(crate) struct RowScan<'a> {
    bytes: &'a [u8],
    /// Whether the input ends with `bytes`.
    is_last: bool,
    at: usize,
    line: u64,
    line_start: usize,
}

/// Why a scan did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes don't suffice to say.
    More,
    /// This is, or may be, something else than it looks for.
    Odd,
}

impl<'a> RowScan<'a> {
    pub(crate) fn new(bytes: &'a [u8], is_last: bool, line: u64) -> Self {
        Self {
            bytes,
            is_last,
            at: 0,
            line,
            line_start: 0,
        }
    }

    /// The bytes that were passed, whole lines only, and the line after them.
    pub(crate) fn passed(&self) -> (usize, u64) {
        (self.line_start, self.line)
    }

    /// The text that was passed, if all of it is characters that YAML allows there.
    pub(crate) fn passed_text(&self) -> Result<&'a str, Stop> {
        let text = str::from_utf8(&self.bytes[..self.line_start]).map_err(|_| Stop::Odd)?;
        let is_usual = |it| is_printable(it) && it != '\u{feff}';
        // The scan has looked at each byte already that is a character of its own.
        if text.is_ascii() || text.chars().all(is_usual) {
            Ok(text)
        } else {
            Err(Stop::Odd)
        }
    }

    /// Passes empty lines and lines with nothing but a comment.
    pub(crate) fn comments(&mut self) -> Result<(), Stop> {
        while !self.is_at_end() {
            self.spaces();
            if !matches!(self.peek()?, b'\n' | b'\r' | b'#') {
                self.at = self.line_start;
                return Ok(());
            }
            self.line_end()?;
        }
        Ok(())
    }

    fn any_line(&mut self) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        let line = match memchr::memchr(b'\n', rest) {
            Some(length) => &rest[..=length],
            None if self.is_last => rest,
            None => return Err(Stop::More),
        };
        // A CR alone ends a line, too.
        let is_one_line = memchr::memchr(b'\r', line).is_none_or(|at| line[at..] == *b"\r\n");
        if !is_one_line {
            return Err(Stop::Odd);
        }
        self.at += line.len();
        self.new_line();
        Ok(())
    }

    /// Passes the rest of a line, in which nothing may be left but a comment.
    fn line_end(&mut self) -> Result<(), Stop> {
        self.spaces();
        if self.peek()? == b'#' {
            if self.at > self.line_start && self.bytes[self.at - 1] != b' ' {
                return Err(Stop::Odd);
            }
            while matches!(self.peek()?, b' '..=b'~' | b'\t' | 0x80..) {
                self.at += 1;
            }
        }
        match self.peek()? {
            b'\n' => self.at = self.bytes.len().min(self.at + 1),
            b'\r' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
            b'\r' if !self.is_last => {
                self.peek_at(self.at + 1)?;
                return Err(Stop::Odd);
            }
            _ => return Err(Stop::Odd),
        }
        self.new_line();
        Ok(())
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.at;
    }

    /// Whether a row begins here: a `-` in column 1 and white space.
    fn is_at_row(&self) -> Result<bool, Stop> {
        Ok(self.peek()? == b'-' && matches!(self.peek_at(self.at + 1)?, b' ' | b'\n' | b'\r'))
    }

    fn is_at_end(&self) -> bool {
        self.is_last && self.at == self.bytes.len()
    }

    fn spaces(&mut self) {
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.peek_at(self.at)
    }

    /// The byte at `at`. The end of the input ends a line.
    fn peek_at(&self, at: usize) -> Result<u8, Stop> {
        match self.bytes.get(at) {
            Some(&byte) => Ok(byte),
            None if self.is_last => Ok(b'\n'),
            None => Err(Stop::More),
        }
    }
}
