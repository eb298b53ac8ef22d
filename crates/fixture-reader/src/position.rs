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

impl Default for Span {
    fn default() -> Self {
        Self::new(1, 1, 1)
    }
}
