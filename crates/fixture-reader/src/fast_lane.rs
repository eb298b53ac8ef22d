use std::io::Read;

use crate::{
    RawRow, ReadError,
    full_lane::FullLane,
    layout::Layout,
    limits,
    row_scan::{RowScan, Stop},
    source::Source,
};

/// Reads what nearly all fixtures are, about twenty times as fast as any YAML: a block sequence in column 1 of flat
/// mappings, in block style or on one line in flow style.
///
/// Whatever it accepts, the full lane reads as the same row, positions included; whatever it is not sure about it
/// leaves to the full lane, a row alone where that is enough.
pub(crate) struct FastLane<R> {
    source: Source<R>,
    /// The line at which `source` stands.
    line: u64,
    has_passed_head: bool,
    layout: Layout,
}

/// What the fast lane found.
pub(crate) enum Found {
    Row,
    End,
    /// Something that only the full lane can read, from here to the end.
    Other,
}

impl<R: Read> FastLane<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self {
            source,
            line: 1,
            has_passed_head: false,
            layout: Layout::default(),
        }
    }

    /// Where the full lane has to read on: the source and its line.
    pub(crate) fn into_rest(self) -> (Source<R>, u64) {
        (self.source, self.line)
    }

    /// Reads the next row into `row`.
    #[inline]
    pub(crate) fn read(&mut self, row: &mut RawRow) -> Result<Found, ReadError> {
        if self.usual_row(row) {
            return Ok(Found::Row);
        }
        self.other_row(row)
    }

    /// Reads a row that is laid out as the one before, if this is one.
    #[inline]
    pub(crate) fn usual_row(&mut self, row: &mut RawRow) -> bool {
        let bytes = self.source.unread();
        let length = self.layout.read(bytes, self.line, row, is_plain);
        // A line that does not begin with the next row may belong to this one.
        let Some(length) = length.filter(|it| bytes[*it..].starts_with(b"- ")) else {
            return false;
        };
        self.source.consume(length);
        self.line += self.layout.lines;
        true
    }

    fn other_row(&mut self, row: &mut RawRow) -> Result<Found, ReadError> {
        if !self.has_passed_head {
            self.pass_head()?;
        }
        if self.source.unread().is_empty() && self.source.at_end() {
            return Ok(Found::End);
        }
        match self.find(|scan| scan.row(row))? {
            Some(passed) => {
                self.layout.learn(row);
                self.pass(passed);
                Ok(Found::Row)
            }
            None => self.odd_row(row),
        }
    }

    /// Has the full lane read the next row alone, if nothing around it can matter.
    fn odd_row(&mut self, row: &mut RawRow) -> Result<Found, ReadError> {
        let Some(passed) = self.find(|scan| scan.odd_row())? else {
            return Ok(Found::Other);
        };
        let alone = Source::of(&self.source.unread()[..passed.0]);
        if !FullLane::new(alone, self.line).read_alone(row) {
            return Ok(Found::Other);
        }
        self.pass(passed);
        Ok(Found::Row)
    }

    /// Passes what may stand before the first row: a byte order mark, comments, `---`.
    fn pass_head(&mut self) -> Result<(), ReadError> {
        self.has_passed_head = true;
        self.source.pass_byte_order_mark()?;
        self.pass_comments()?;
        if let Some(passed) = self.find(|scan| scan.document_start())? {
            self.pass(passed);
        }
        Ok(())
    }

    /// Passes as many comments as there are, without keeping them.
    fn pass_comments(&mut self) -> Result<(), ReadError> {
        loop {
            let mut scan = self.scan();
            let stop = scan.comments();
            if scan.passed_text().is_err() {
                return Ok(());
            }
            let passed = scan.passed();
            self.pass(passed);
            if stop != Err(Stop::More) || !self.read_more()? {
                return Ok(());
            }
        }
    }

    /// What `scan` passes, once there are bytes enough for it. `None` where it finds something odd, or too long.
    fn find(
        &mut self,
        mut scan: impl FnMut(&mut RowScan<'_>) -> Result<(), Stop>,
    ) -> Result<Option<(usize, u64)>, ReadError> {
        loop {
            let mut rows = self.scan();
            match scan(&mut rows) {
                Ok(()) => return Ok(Some(rows.passed())),
                Err(Stop::More) if self.read_more()? => {}
                Err(_) => return Ok(None),
            }
        }
    }

    fn scan(&self) -> RowScan<'_> {
        RowScan::new(self.source.unread(), self.source.at_end(), self.line)
    }

    fn pass(&mut self, (length, line): (usize, u64)) {
        self.source.consume(length);
        self.line = line;
    }

    /// Reads at least as much again as is unread, so that a long row is not scanned too often. `false` where the
    /// row is too long to be kept.
    fn read_more(&mut self) -> Result<bool, ReadError> {
        let unread = self.source.unread().len();
        self.source.ensure((2 * unread).max(1))?;
        Ok(unread <= limits::FAST_ROW)
    }
}

/// Whether a value that holds nothing but letters, digits, spaces and some marks is a plain scalar.
#[inline]
fn is_plain(value: &[u8]) -> bool {
    match value {
        // A minus is a number's, or it may be an indicator.
        [b'-', next, ..] => next.is_ascii_alphanumeric(),
        [b'-' | b'@' | b'`' | b' ', ..] => false,
        _ => true,
    }
}
