use std::io;

use super::*;
use crate::SyntaxError;

/// What a reader makes of a text.
#[derive(Debug, PartialEq)]
struct Outcome {
    rows: Vec<String>,
    error: Option<SyntaxError>,
}

/// Where the ways to read `input` differ: by whichever lane is fast, in pieces of few bytes, which keep rows from being
/// read by the layout of the one before, and, for YAML, by the full lane alone. `None` where they all agree.
pub fn disagreement(format: Format, input: &[u8]) -> Option<String> {
    let found = read_all(Reader::new(input, format));
    let others = [
        read_all(Reader::new(Drip(input, 1), format)),
        read_all(Reader::new(Drip(input, 7), format)),
    ];
    let mut others = Vec::from(others);
    if format == Format::Yaml {
        others.push(by_full_lane(input));
    }
    let differs = |other: &&Outcome| !found.agrees_with(other);
    let other = others.iter().find(differs)?;
    Some(format!("{found:?} is not {other:?}"))
}

impl Outcome {
    /// How many rows come before an error may depend on how far a lane looks ahead.
    fn agrees_with(&self, other: &Self) -> bool {
        let mut pairs = self.rows.iter().zip(&other.rows);
        self.error == other.error
            && pairs.all(|(row, other)| row == other)
            && (self.error.is_some() || self.rows.len() == other.rows.len())
    }
}

fn read_all<R: Read>(mut reader: Reader<R>) -> Outcome {
    let mut row = RawRow::new();
    let mut rows = Vec::new();
    loop {
        match reader.read(&mut row) {
            Ok(true) => rows.push(describe(&row)),
            Ok(false) => return Outcome { rows, error: None },
            Err(error) => return failed(rows, error),
        }
    }
}

fn failed(rows: Vec<String>, error: ReadError) -> Outcome {
    match error {
        ReadError::Syntax(error) => Outcome {
            rows,
            error: Some(error),
        },
        ReadError::Io(error) => panic!("bytes in memory can be read: {error}"),
    }
}

fn describe(row: &RawRow) -> String {
    let one_by_one = described(row);
    assert_eq!(described(&row.placed()), one_by_one);
    one_by_one
}

fn described(row: &RawRow) -> String {
    let fields = (0..row.len()).map(|index| {
        let field = (row.name(index), row.name_span(index));
        let value = (row.value(index), row.own_span(index));
        format!("{field:?} {value:?}")
    });
    format!("{:?} {:?}", row.span(), fields.collect::<Vec<_>>())
}

fn by_full_lane(input: &[u8]) -> Outcome {
    let mut source = Source::new(input);
    if let Err(error) = source.pass_byte_order_mark() {
        return failed(Vec::new(), error);
    }
    let lane = Lane::Full(Box::new(FullLane::new(source, 1)));
    read_all(Reader { lane })
}

/// Gives a few bytes a time.
pub(super) struct Drip<'a>(pub(super) &'a [u8], pub(super) usize);

impl Read for Drip<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.1.min(buffer.len());
        self.0.read(&mut buffer[..count])
    }
}
