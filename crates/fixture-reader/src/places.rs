use crate::{Span, part::Part};

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
        let range = part.range();
        let (start, line) = if part.start < self.head {
            (0, self.head_line)
        } else {
            (self.head as usize, self.line)
        };
        let first_line = text[range.clone()].split(['\n', '\r']).next();
        Span {
            start: Span::behind(line, &text.as_bytes()[start..range.start]).start,
            width: first_line.map_or(1, |it| it.chars().count().max(1) as u64),
        }
    }
}
