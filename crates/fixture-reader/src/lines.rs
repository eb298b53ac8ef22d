use std::io::Read;

use crate::{ReadError, Span, SyntaxError, limits, source::Source};

/// A source that is read a record at a time, and the line at which it stands.
pub(crate) struct Lines<R> {
    pub(crate) source: Source<R>,
    pub(crate) line: u64,
    has_passed_mark: bool,
}

impl<R: Read> Lines<R> {
    pub(crate) fn new(source: Source<R>) -> Self {
        Self {
            source,
            line: 1,
            has_passed_mark: false,
        }
    }

    /// Passes a byte order mark, the first time.
    pub(crate) fn start(&mut self) -> Result<(), ReadError> {
        if !self.has_passed_mark {
            self.has_passed_mark = true;
            self.source.pass_byte_order_mark()?;
        }
        Ok(())
    }

    /// Reads at least as much again as is unread; a record that has not ended by then may be too long.
    pub(crate) fn read_more(&mut self) -> Result<(), ReadError> {
        let unread = self.source.unread().len();
        if unread > limits::ROW {
            let span = Span::new(self.line, 1, 1);
            return Err(SyntaxError::new(span, "a row of more than 16 MiB").into());
        }
        self.source.ensure((2 * unread).clamp(1, limits::ROW) + 1)?;
        Ok(())
    }

    /// The next `length` bytes, which begin a line.
    pub(crate) fn text(&self, length: usize) -> Result<&str, SyntaxError> {
        let bytes = &self.source.unread()[..length];
        let text = str::from_utf8(bytes).map_err(|error| {
            let message = "not UTF-8; save the fixture in that encoding";
            self.error(&bytes[..error.valid_up_to()], message)
        })?;
        match memchr::memchr(0, bytes) {
            Some(at) => {
                let message = "a NUL character; fixtures are text in UTF-8";
                Err(self.error(&bytes[..at], message))
            }
            None => Ok(text),
        }
    }

    /// An error behind the text `before`, which begins a line.
    pub(crate) fn error(&self, before: &[u8], message: impl Into<String>) -> SyntaxError {
        SyntaxError::new(Span::behind(self.line, before), message)
    }

    pub(crate) fn pass(&mut self, length: usize, lines: u64) {
        self.source.consume(length);
        self.line += lines;
    }
}
