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
        let line_start = memchr::memrchr2(b'\n', b'\r', before).map_or(0, |it| it + 1);
        let is_first_byte = |byte: &&u8| **byte & 0xc0 != 0x80;
        let column = before[line_start..].iter().filter(is_first_byte).count() + 1;
        Self::new(line + line_ends(before), column as u64, 1)
    }
}

/// How many lines end in `text`: with LF, CR LF or CR.
pub(crate) fn line_ends(text: &[u8]) -> u64 {
    let feeds = memchr::memchr_iter(b'\n', text).count();
    let returns = memchr::memchr_iter(b'\r', text).filter(|at| text.get(at + 1) != Some(&b'\n'));
    (feeds + returns.count()) as u64
}

impl Default for Span {
    fn default() -> Self {
        Self::new(1, 1, 1)
    }
}
