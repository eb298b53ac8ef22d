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
        let before = &text[start..range.start];
        let line_start = before.rfind(is_line_end).map_or(0, |it| it + 1);
        let column = before[line_start..].chars().count() + 1;
        let first_line = text[range].split(is_line_end).next().unwrap_or_default();
        Span::new(
            line + line_ends(before.as_bytes()),
            column as u64,
            first_line.chars().count() as u64,
        )
    }
}

fn is_line_end(character: char) -> bool {
    matches!(character, '\n' | '\r')
}

/// How many lines end in `text`: with LF, CR LF or CR.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n'));
    (feeds + returns.count()) as u64
}
