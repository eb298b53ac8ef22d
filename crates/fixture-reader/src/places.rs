use crate::{Position, Span, part::Part};

/// Where a row and its fields stand.
#[derive(Clone, Debug)]
pub(crate) enum Places {
    /// Where the row's text says, which is the source's.
    Written(Written),
    /// Elsewhere: the row itself, and the name and the value, unless that is empty, of each field.
    Given(Span, Vec<(Span, Option<Span>)>),
}

/// How a row's text stands in its source.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Written {
    /// What to point at for the row itself.
    pub(crate) start: Part,
    /// The line at whose start the row's text begins.
    pub(crate) line: u64,
    /// How many bytes before that come from another line, the header.
    pub(crate) head: u32,
    pub(crate) head_line: u64,
}

impl Default for Places {
    fn default() -> Self {
        Self::Written(Written::default())
    }
}

impl Written {
    /// The place of a part of the row's `text`. Counting it out when it is asked for costs good rows nothing.
    pub(crate) fn span(&self, text: &str, part: Part) -> Span {
        self.span_behind(&mut Spot::default(), text, part)
    }

    /// As `span`; counts on from `spot`, the last part's start, and moves it here.
    pub(crate) fn span_behind(&self, spot: &mut Spot, text: &str, part: Part) -> Span {
        let range = part.range();
        let (start, line) = if part.start < self.head {
            (0, self.head_line)
        } else {
            (self.head as usize, self.line)
        };
        if !(start..=range.start).contains(&spot.at) || spot.position.line < line {
            let position = Position { line, column: 1 };
            *spot = Spot {
                at: start,
                position,
            };
        }
        let before = &text.as_bytes()[spot.at..range.start];
        spot.position = spot.position.behind(before);
        spot.at = range.start;
        let first_line = text[range].split(['\n', '\r']).next();
        Span {
            start: spot.position,
            width: first_line.map_or(1, |it| it.chars().count().max(1) as u64),
        }
    }
}

/// A byte of a row's text, and its place.
pub(crate) struct Spot {
    at: usize,
    position: Position,
}

impl Default for Spot {
    fn default() -> Self {
        let position = Position { line: 0, column: 1 };
        Self { at: 0, position }
    }
}
