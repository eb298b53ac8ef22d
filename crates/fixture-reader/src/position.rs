/// A place in a fixture: both counted from 1, column in Unicode characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// Line, counted from 1. A line ends with LF, CR LF or CR.
    pub line: u64,
    /// Column in Unicode characters, counted from 1. A byte order mark at the start of the text is not counted.
    pub column: u64,
}

/// A stretch of text on one line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Span {
    /// Where it starts.
    pub start: Position,
    /// How many characters of it stand on that line, at least 1.
    pub width: u64,
}

impl Span {
    #[inline]
    pub(crate) fn new(line: u64, column: u64, width: u64) -> Self {
        Self {
            start: Position { line, column },
            width: width.max(1),
        }
    }
}

impl Span {
    /// One character behind `before`, which starts at the start of line `line`.
    pub(crate) fn behind(line: u64, before: &[u8]) -> Self {
        let start = Position { line, column: 1 }.behind(before);
        Self { start, width: 1 }
    }
}

impl Position {
    /// The position behind `text`, which starts at this one.
    pub(crate) fn behind(self, text: &[u8]) -> Self {
        let characters = |text: &[u8]| text.iter().filter(|it| **it & 0xc0 != 0x80).count() as u64;
        match memchr::memrchr2(b'\n', b'\r', text) {
            Some(end) => Self {
                line: self.line + line_ends(text),
                column: 1 + characters(&text[end + 1..]),
            },
            None => Self {
                line: self.line,
                column: self.column + characters(text),
            },
        }
    }
}

/// How many lines end in `text`: with LF, CR LF or CR.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n'));
    (feeds + returns.count()) as u64
}

impl Default for Position {
    fn default() -> Self {
        Self { line: 1, column: 1 }
    }
}

impl Default for Span {
    fn default() -> Self {
        Self::new(1, 1, 1)
    }
}
