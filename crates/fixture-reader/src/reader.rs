use std::{io::Read, mem};

use crate::{
    Format, RawRow, ReadError,
    csv_lane::CsvLane,
    fast_lane::{FastLane, Found},
    full_lane::FullLane,
    json_lane::JsonLane,
    source::Source,
};

/// Reads the rows of one fixture, one after another.
pub struct Reader<R: Read> {
    lane: Lane<R>,
}

enum Lane<R: Read> {
    Fast(FastLane<R>),
    Full(Box<FullLane<R>>),
    Json(JsonLane<R>),
    Csv(CsvLane<R>),
    Done,
}

impl<R: Read> Reader<R> {
    /// A reader of text in UTF-8, with or without a byte order mark. Nothing is read yet.
    pub fn new(input: R, format: Format) -> Self {
        let source = Source::new(input);
        let lane = match format {
            Format::Yaml => Lane::Fast(FastLane::new(source)),
            Format::JsonLines => Lane::Json(JsonLane::new(source)),
            Format::Csv => Lane::Csv(CsvLane::new(source)),
        };
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
        let found = match &mut self.lane {
            Lane::Fast(lane) => lane.read(row)?,
            Lane::Full(lane) => return lane.read(row),
            Lane::Json(lane) => return lane.read(row),
            Lane::Csv(lane) => return lane.read(row),
            Lane::Done => return Ok(false),
        };
        match found {
            Found::Row => Ok(true),
            Found::End => Ok(false),
            Found::Other => {
                self.change_lane();
                self.read_on(row)
            }
        }
    }

    fn change_lane(&mut self) {
        if let Lane::Fast(lane) = mem::replace(&mut self.lane, Lane::Done) {
            let (rest, line) = lane.into_rest();
            self.lane = Lane::Full(Box::new(FullLane::new(rest, line)));
        }
    }
}

#[cfg(any(test, feature = "fuzz"))]
pub(crate) mod comparison;
#[cfg(test)]
mod formats;
#[cfg(test)]
mod lanes;
#[cfg(test)]
mod second_opinion;
#[cfg(test)]
mod tests;
