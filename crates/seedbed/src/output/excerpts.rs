use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::fs::{self, File};
use std::io::{self, BufRead, BufReader};
use std::iter::Peekable;
use std::path::Path;

use fixture_reader::Span;
use memchr::memchr2;

use super::excerpt::{Excerpt, Stretch, Window};

/// A byte order mark in UTF-8; no column counts it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Excerpts of one file.
#[derive(Debug, Default)]
pub struct Excerpts(BTreeMap<Stretch, Excerpt>);

impl Excerpts {
    /// Reads the file once, up to the last line asked for. Whatever cannot be read has no excerpt: the file may have
    /// gone, or have changed since the spans were found in it.
    pub fn read(file: &Path, spans: impl IntoIterator<Item = Span>) -> Self {
        let stretches = spans
            .into_iter()
            .map(|span| (span.start, span.width))
            .collect();
        let mut scan = Scan::new(stretches);
        // A file that breaks off still has the lines before that.
        _ = open(file).and_then(|from| scan.run(from));
        Self(scan.excerpts)
    }

    /// The excerpt around one of the spans asked for.
    pub fn get(&self, span: Span) -> Option<&Excerpt> {
        self.0.get(&(span.start, span.width))
    }
}

/// A pipe is not opened, for it would wait for a writer.
fn open(file: &Path) -> io::Result<BufReader<File>> {
    if !fs::metadata(file)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(BufReader::with_capacity(1 << 16, File::open(file)?))
}

/// Goes through a file byte by byte and keeps the windows around the values asked for, so that neither a long file
/// nor a long line is ever held in memory.
struct Scan {
    line: u64,
    /// Characters seen of the line.
    column: u64,
    after_carriage_return: bool,
    waiting: Peekable<btree_set::IntoIter<Stretch>>,
    open: Vec<Window>,
    excerpts: BTreeMap<Stretch, Excerpt>,
}

impl Scan {
    fn new(stretches: BTreeSet<Stretch>) -> Self {
        Self {
            line: 1,
            column: 0,
            after_carriage_return: false,
            waiting: stretches.into_iter().peekable(),
            open: Vec::new(),
            excerpts: BTreeMap::new(),
        }
    }

    fn run(&mut self, mut from: impl BufRead) -> io::Result<()> {
        if from.fill_buf()?.starts_with(BYTE_ORDER_MARK) {
            from.consume(BYTE_ORDER_MARK.len());
        }
        self.open_windows();
        loop {
            let bytes = from.fill_buf()?;
            if bytes.is_empty() || self.is_through() {
                break;
            }
            self.pass(bytes);
            let length = bytes.len();
            from.consume(length);
        }
        self.close_windows(|_| true, false);
        Ok(())
    }

    fn is_through(&mut self) -> bool {
        self.open.is_empty() && self.waiting.peek().is_none()
    }

    fn pass(&mut self, mut bytes: &[u8]) {
        while !bytes.is_empty() && !self.is_through() {
            if !self.wants_line() {
                let skipped = memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
                self.after_carriage_return &= skipped == 0;
                bytes = &bytes[skipped..];
            }
            if let Some((&byte, rest)) = bytes.split_first() {
                self.pass_byte(byte);
                bytes = rest;
            }
        }
    }

    fn wants_line(&mut self) -> bool {
        let line = self.line;
        !self.open.is_empty()
            || self
                .waiting
                .peek()
                .is_some_and(|(start, _)| start.line == line)
    }

    /// A line ends with LF, CR LF or CR, as the reader of fixtures counts them.
    fn pass_byte(&mut self, byte: u8) {
        let ends_crlf = byte == b'\n' && self.after_carriage_return;
        self.after_carriage_return = byte == b'\r';
        match byte {
            _ if ends_crlf => {}
            b'\n' | b'\r' => self.end_line(),
            _ => self.pass_text(byte),
        }
    }

    fn end_line(&mut self) {
        self.close_windows(|_| true, false);
        while self
            .waiting
            .next_if(|(start, _)| start.line <= self.line)
            .is_some()
        {}
        self.line += 1;
        self.column = 0;
        self.open_windows();
    }

    fn pass_text(&mut self, byte: u8) {
        let starts_character = byte & 0xc0 != 0x80;
        if starts_character {
            self.column += 1;
            let column = self.column;
            self.close_windows(|window| window.last_column() < column, true);
            self.open_windows();
        }
        for window in &mut self.open {
            window.push(byte);
        }
    }

    /// Opens what starts with the character just reached, or with the line.
    fn open_windows(&mut self) {
        let (line, column) = (self.line, self.column.max(1));
        let starts =
            |stretch: &Stretch| stretch.0.line == line && Window::first_column(stretch) <= column;
        while let Some(stretch) = self.waiting.next_if(starts) {
            self.open.push(Window::new(stretch));
        }
    }

    fn close_windows(&mut self, ends: impl Fn(&Window) -> bool, cut: bool) {
        let closed = self.open.extract_if(.., |window| ends(window));
        self.excerpts
            .extend(closed.filter_map(|window| window.close(cut)));
    }
}
