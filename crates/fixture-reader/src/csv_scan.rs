use crate::{eight_bytes::EightBytes, limits, part::Part, shape::Shape};

/// Looks through bytes for a record of CSV, as RFC 4180 has it.
pub(crate) struct CsvScan<'a> {
    bytes: &'a [u8],
    /// Whether the input ends with `bytes`.
    is_last: bool,
    at: usize,
    cells: &'a mut Vec<Cell>,
}

/// A field of a record, as it stands there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cell {
    /// Quotes included.
    pub(crate) written: Part,
    pub(crate) shape: Shape,
    has_escapes: bool,
}

/// Why a scan did not come to its end.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes don't suffice to say.
    More,
    /// This is no record: at which byte, and why.
    Wrong(usize, &'static str),
}

impl<'a> CsvScan<'a> {
    pub(crate) fn new(bytes: &'a [u8], is_last: bool, cells: &'a mut Vec<Cell>) -> Self {
        Self {
            bytes,
            is_last,
            at: 0,
            cells,
        }
    }

    /// Finds the cells of the record that the bytes begin with, none for an empty line, and gives its length with the
    /// end of its line: LF, CR LF or CR.
    pub(crate) fn record(&mut self) -> Result<usize, Stop> {
        self.cells.clear();
        if matches!(self.peek()?, None | Some(b'\n' | b'\r')) {
            return self.line_end();
        }
        loop {
            let cell = if self.peek()? == Some(b'"') {
                self.quoted()?
            } else {
                self.plain()?
            };
            self.cells.push(cell);
            if self.cells.len() > 2 * limits::FIELDS {
                return Err(Stop::Wrong(self.at, "a row of far too many fields"));
            }
            match self.peek()? {
                Some(b',') => self.at += 1,
                None | Some(b'\n' | b'\r') => return self.line_end(),
                Some(b'"') => {
                    let message = "a quote inside a field without quotes; quote the field and double the quote";
                    return Err(Stop::Wrong(self.at, message));
                }
                Some(_) => {
                    let message =
                        "text after a closing quote; double a quote that belongs to the text";
                    return Err(Stop::Wrong(self.at, message));
                }
            }
        }
    }

    fn plain(&mut self) -> Result<Cell, Stop> {
        let start = self.at;
        loop {
            let Some(eight) = EightBytes::at(self.bytes, self.at) else {
                let rest = &self.bytes[self.at..];
                let is_end = |it: &u8| b",\"\n\r".contains(it);
                self.at += rest.iter().position(is_end).unwrap_or(rest.len());
                break;
            };
            let count = eight.ones_before(*b",\"\n\r");
            self.at += count;
            if count < 8 {
                break;
            }
        }
        Ok(Cell {
            written: Part::new(start, self.at),
            shape: Shape::Plain,
            has_escapes: false,
        })
    }

    fn quoted(&mut self) -> Result<Cell, Stop> {
        let start = self.at;
        let mut has_escapes = false;
        loop {
            self.at += 1;
            let Some(length) = memchr::memchr(b'"', &self.bytes[self.at..]) else {
                return Err(self.unclosed(start));
            };
            self.at += length + 1;
            // At the end of the bytes the quote may yet prove to be half of a doubled one.
            if self.peek().map_err(|_| self.unclosed(start))? != Some(b'"') {
                break;
            }
            has_escapes = true;
        }
        Ok(Cell {
            written: Part::new(start, self.at),
            shape: Shape::Text,
            has_escapes,
        })
    }

    fn unclosed(&self, start: usize) -> Stop {
        if self.is_last {
            Stop::Wrong(start, "unclosed quote")
        } else if self.bytes.len() - start > 2 * limits::SCALAR + 2 {
            // All of it could be doubled quotes.
            Stop::Wrong(start, limits::SCALAR_MESSAGE)
        } else {
            Stop::More
        }
    }

    fn line_end(&mut self) -> Result<usize, Stop> {
        match self.peek()? {
            None => {}
            Some(b'\r') => {
                self.at += 1;
                if self.peek()? == Some(b'\n') {
                    self.at += 1;
                }
            }
            Some(_) => self.at += 1,
        }
        Ok(self.at)
    }

    /// The next byte; `None` at the end of the input.
    #[inline]
    fn peek(&self) -> Result<Option<u8>, Stop> {
        match self.bytes.get(self.at) {
            Some(&byte) => Ok(Some(byte)),
            None if self.is_last => Ok(None),
            None => Err(Stop::More),
        }
    }
}

impl Cell {
    pub(crate) fn is_quoted(&self) -> bool {
        self.shape == Shape::Text
    }

    /// The same cell where `head` bytes stand before the record.
    pub(crate) fn behind(self, head: u32) -> Self {
        Self {
            written: self.written.behind(head),
            ..self
        }
    }

    /// Where in `text`, in which this cell stands, its own text is; put behind it where that is written with escapes.
    pub(crate) fn text(&self, text: &mut String) -> Part {
        if !self.is_quoted() {
            return self.written;
        }
        let part = self.written.unquoted();
        if !self.has_escapes {
            return part;
        }
        let unescaped = text[part.range()].replace("\"\"", "\"");
        let start = text.len();
        text.push_str(&unescaped);
        Part::new(start, text.len())
    }
}
