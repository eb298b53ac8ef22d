use std::io::{self, Empty, ErrorKind, Read};

use crate::{ReadError, Span, SyntaxError};

/// What is asked of the input at once.
const READ_SIZE: usize = 64 * 1024;

/// The bytes of an input, a window at a time.
pub(crate) struct Source<R> {
    input: R,
    buffer: Vec<u8>,
    start: usize,
    end: usize,
    at_end: bool,
}

impl Source<Empty> {
    /// Nothing but `bytes`.
    pub(crate) fn of(bytes: &[u8]) -> Self {
        Self {
            input: io::empty(),
            buffer: bytes.to_vec(),
            start: 0,
            end: bytes.len(),
            at_end: true,
        }
    }
}

impl<R: Read> Source<R> {
    pub(crate) fn new(input: R) -> Self {
        Self {
            input,
            buffer: Vec::new(),
            start: 0,
            end: 0,
            at_end: false,
        }
    }

    /// The bytes that were read from the input and not consumed yet.
    pub(crate) fn unread(&self) -> &[u8] {
        &self.buffer[self.start..self.end]
    }

    pub(crate) fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// Passes a byte order mark of UTF-8.
    pub(crate) fn pass_byte_order_mark(&mut self) -> Result<(), ReadError> {
        self.ensure(3)?;
        match self.unread() {
            [0xef, 0xbb, 0xbf, ..] => self.consume(3),
            [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
                let message = "UTF-16; save the fixture as UTF-8";
                return Err(SyntaxError::new(Span::default(), message).into());
            }
            _ => {}
        }
        Ok(())
    }

    /// Reads until `count` bytes are unread or the input ends, and says whether they are.
    pub(crate) fn ensure(&mut self, count: usize) -> io::Result<bool> {
        while self.end - self.start < count && !self.at_end {
            self.fill()?;
        }
        Ok(self.end - self.start >= count)
    }

    /// Adds to the unread bytes what one read gives.
    pub(crate) fn fill(&mut self) -> io::Result<()> {
        self.buffer.copy_within(self.start..self.end, 0);
        self.end -= self.start;
        self.start = 0;
        if self.buffer.len() < self.end + READ_SIZE {
            self.buffer
                .resize((self.end + READ_SIZE).max(2 * self.end), 0);
        }
        match self.input.read(&mut self.buffer[self.end..]) {
            Ok(0) => self.at_end = true,
            Ok(count) => self.end += count,
            Err(error) if error.kind() == ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
        Ok(())
    }

    /// Whether the unread bytes are the last ones.
    pub(crate) fn at_end(&self) -> bool {
        self.at_end
    }
}
