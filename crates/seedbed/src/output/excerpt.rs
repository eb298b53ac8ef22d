use fixture_reader::Position;

use super::escape::escape;

/// Characters shown before a value at most. With [`AFTER`] this makes 140, the width rustc draws in.
const BEFORE: u64 = 80;

/// Characters shown from the start of a value on at most.
const AFTER: u64 = 60;

/// Where a value starts, and how many characters of it stand on that line.
pub type Stretch = (Position, u64);

/// A line around a value, as it is shown: escaped, tabs as spaces, and with `…` where it was cut.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Excerpt {
    /// What stands before the value.
    pub before: String,
    /// The value, or its beginning.
    pub value: String,
    /// What stands behind it.
    pub after: String,
}

/// The part of a line that becomes an excerpt, while the line passes by.
pub struct Window {
    stretch: Stretch,
    bytes: Vec<u8>,
}

impl Window {
    /// The window around a value; nothing has passed yet.
    pub fn new(stretch: Stretch) -> Self {
        Self {
            stretch,
            bytes: Vec::new(),
        }
    }

    /// The column of the first character the window around a value takes.
    pub fn first_column((start, _): &Stretch) -> u64 {
        start.column.saturating_sub(BEFORE).max(1)
    }

    /// The column of the last character it takes.
    pub fn last_column(&self) -> u64 {
        self.stretch.0.column.saturating_add(AFTER - 1)
    }

    /// Takes the next byte of the line.
    pub fn push(&mut self, byte: u8) {
        self.bytes.push(byte);
    }

    /// The excerpt, if the line is UTF-8 there. `cut` says that the line goes on behind it. A value that
    /// should lie behind the end of the line is an empty one at its end.
    pub fn close(self, cut: bool) -> Option<(Stretch, Excerpt)> {
        let text = String::from_utf8(self.bytes).ok()?;
        let (start, width) = self.stretch;
        let first = Self::first_column(&self.stretch);
        let mut rest = text.chars();
        let mut next = |count: u64| {
            shown(
                rest.by_ref()
                    .take(usize::try_from(count).unwrap_or(usize::MAX)),
            )
        };
        let mut before = next(start.column.saturating_sub(first));
        let value = next(width);
        let mut after = next(u64::MAX);
        if first > 1 {
            before.insert(0, '…');
        }
        if cut {
            after.push('…');
        }
        Some((
            self.stretch,
            Excerpt {
                before,
                value,
                after,
            },
        ))
    }
}

fn shown(text: impl Iterator<Item = char>) -> String {
    let text: String = text.collect();
    escape(&text.replace('\t', "    ")).into_owned()
}
