use std::io::Read;

use crate::{RawRow, ReadError, Span, SyntaxError, full_lane::FullLane, source::Source};

/// Reads the rows of one fixture, one after another.
pub struct Reader<R: Read> {
    lane: Lane<R>,
}

enum Lane<R: Read> {
    New(Source<R>),
    Full(Box<FullLane<R>>),
    Done,
}

impl<R: Read> Reader<R> {
    /// A reader of YAML in UTF-8, with or without a byte order mark. Nothing is read yet.
    pub fn new(input: R) -> Self {
        let lane = Lane::New(Source::new(input));
        Self { lane }
    }

    /// Reads the next row into `row`, whose buffers are reused. `Ok(false)` at the end; `row` is then unspecified.
    ///
    /// # Errors
    /// When the input fails or its text is not a sequence of rows. After that nothing more can be read.
    pub fn read(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        let read = self.read_on(row);
        if !matches!(read, Ok(true)) {
            self.lane = Lane::Done;
        }
        read
    }

    fn read_on(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        loop {
            match std::mem::replace(&mut self.lane, Lane::Done) {
                Lane::New(mut source) => {
                    skip_byte_order_mark(&mut source)?;
                    self.lane = Lane::Full(Box::new(FullLane::new(source, 1)));
                }
                Lane::Full(mut lane) => {
                    let read = lane.read(row);
                    self.lane = Lane::Full(lane);
                    return read;
                }
                Lane::Done => return Ok(false),
            }
        }
    }
}

fn skip_byte_order_mark<R: Read>(source: &mut Source<R>) -> Result<(), ReadError> {
    source.ensure(3)?;
    match source.unread() {
        [0xef, 0xbb, 0xbf, ..] => source.consume(3),
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => {
            let message = "UTF-16; save the fixture as UTF-8";
            return Err(SyntaxError::new(Span::default(), message).into());
        }
        _ => {}
    }
    Ok(())
}

#[cfg(test)]
mod tests;
