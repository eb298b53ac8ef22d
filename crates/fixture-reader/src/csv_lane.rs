use std::{collections::HashSet, io::Read};

use crate::{
    RawRow, ReadError, SyntaxError,
    csv_scan::{Cell, CsvScan, Stop},
    layout::Layout,
    limits,
    lines::Lines,
    message,
    part::Part,
    places::Written,
    position::line_ends,
    raw_row::Field,
    source::Source,
};

/// Reads rows that are records of CSV, below a header that names the fields.
pub(crate) struct CsvLane<R> {
    lines: Lines<R>,
    header: Option<Header>,
    cells: Vec<Cell>,
    layout: Layout,
}

/// The names of the fields.
struct Header {
    /// The header as it is written, and behind it the names with escapes.
    text: String,
    line: u64,
    /// Each name, and how it is written.
    names: Vec<(Part, Part)>,
}

impl<R: Read> CsvLane<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self {
            lines: Lines::new(source),
            header: None,
            cells: Vec::new(),
            layout: Layout::default(),
        }
    }

    /// Reads the next row into `row`. `Ok(false)` at the end.
    #[inline]
    pub(crate) fn read(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        let Lines { source, line, .. } = &self.lines;
        match self.layout.read(source.unread(), *line, row, |_| true) {
            Some(length) => {
                self.lines.pass(length, self.layout.lines);
                Ok(true)
            }
            None => self.other_row(row),
        }
    }

    fn other_row(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        if self.header.is_none() {
            self.lines.start()?;
            let length = self.scan()?;
            if length == 0 {
                return Ok(false);
            }
            self.header = Some(self.read_header(length)?);
            self.pass(length);
        }
        let length = self.scan()?;
        if length > 0 {
            self.read_row(length, row)?;
            self.layout.learn(row);
            self.pass(length);
        }
        Ok(length > 0)
    }

    /// Finds the cells of the next record and gives its length, its line's end included. Nothing at the end.
    fn scan(&mut self) -> Result<usize, ReadError> {
        loop {
            let bytes = self.lines.source.unread();
            let mut scan = CsvScan::new(bytes, self.lines.source.at_end(), &mut self.cells);
            let (length, is_empty) = match scan.record() {
                Ok(length) => (length, self.cells.is_empty()),
                Err(Stop::More) => {
                    self.lines.read_more()?;
                    continue;
                }
                Err(Stop::Wrong(at, message)) => {
                    self.lines.text(at)?;
                    return Err(self.error(at, message).into());
                }
            };
            if length == 0 || !is_empty {
                return Ok(length);
            }
            self.lines.pass(length, 1);
        }
    }

    fn read_header(&self, length: usize) -> Result<Header, SyntaxError> {
        let mut text = self.lines.text(length)?.to_owned();
        let mut names = Vec::new();
        let mut known = HashSet::new();
        for cell in &self.cells {
            let at = cell.written.start as usize;
            let name = cell.text(&mut text);
            let shown = &text[name.range()];
            if shown.is_empty() {
                let message = "a column without a name; each must have one in the header";
                return Err(self.error(at, message));
            }
            let mark = shown.chars().find(|it| matches!(it, ';' | '\t'));
            if let ([_], Some(mark)) = (&*self.cells, mark) {
                let mark = mark.escape_default();
                let message =
                    format!("a header with `{mark}` between the fields; it takes a comma");
                return Err(self.error(at, message));
            }
            if !known.insert(shown.to_owned()) {
                let message = format!("two columns `{}`; leave one out", message::shown(shown));
                return Err(self.error(at, message));
            }
            if names.len() == limits::FIELDS || shown.len() > limits::SCALAR {
                let message = format!("a header of more than {} fields", limits::FIELDS);
                return Err(self.error(at, message));
            }
            names.push((name, cell.written));
        }
        Ok(Header {
            text,
            line: self.lines.line,
            names,
        })
    }

    fn read_row(&self, length: usize, row: &mut RawRow) -> Result<(), SyntaxError> {
        let text = self.lines.text(length)?;
        let Some(header) = &self.header else {
            return Ok(());
        };
        self.check_count(header.names.len())?;
        let head = header.text.len() as u32;
        row.clear(Written {
            start: self.cells[0].written.behind(head),
            line: self.lines.line,
            head,
            head_line: header.line,
        });
        row.text.push_str(&header.text);
        row.text.push_str(text);
        for (&(name, written_name), cell) in header.names.iter().zip(&self.cells) {
            let cell = cell.behind(head);
            let text = cell.text(&mut row.text);
            if text.len as usize > limits::SCALAR {
                let at = (cell.written.start - head) as usize;
                return Err(self.error(at, limits::SCALAR_MESSAGE));
            }
            row.fields.push(Field {
                name,
                written_name,
                text,
                written: cell.written,
                shape: cell.shape,
            });
        }
        Ok(())
    }

    fn check_count(&self, expected: usize) -> Result<(), SyntaxError> {
        let found = self.cells.len();
        if found == expected {
            return Ok(());
        }
        let at = self.cells.get(expected).unwrap_or(&self.cells[0]);
        let message = format!("a row of {found} fields below a header of {expected}");
        Err(self.error(at.written.start as usize, message))
    }

    /// Passes the record just read.
    fn pass(&mut self, length: usize) {
        let has_quotes = self.cells.iter().any(|it| it.is_quoted());
        let lines = if has_quotes {
            line_ends(&self.lines.source.unread()[..length])
        } else {
            1
        };
        self.lines.pass(length, lines);
    }

    /// An error at a byte of the record.
    fn error(&self, at: usize, message: impl Into<String>) -> SyntaxError {
        self.lines.error(&self.lines.source.unread()[..at], message)
    }
}
