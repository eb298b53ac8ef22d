use std::collections::{BTreeMap, BTreeSet, btree_set};
use std::io::{self, BufRead};
use std::iter::Peekable;

use memchr::memchr2;

use super::excerpt::{Excerpt, Stretch, Window};

/// A byte order mark in UTF-8; no column counts it.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Goes through a file byte by byte and keeps the windows around the values asked for, so that neither a long file
/// nor a long line is ever held in memory.
pub struct Scan {
    line: u64,
    /// Characters seen of the line.
    column: u64,
    after_carriage_return: bool,
    waiting: Peekable<btree_set::IntoIter<Stretch>>,
    open: Vec<Window>,
    /// Those found so far.
    pub excerpts: BTreeMap<Stretch, Excerpt>,
}

impl Scan {
    /// A scan for the values that stand there.
    pub fn new(stretches: BTreeSet<Stretch>) -> Self {
        Self {
            line: 1,
            column: 0,
            after_carriage_return: false,
            waiting: stretches.into_iter().peekable(),
            open: Vec::new(),
            excerpts: BTreeMap::new(),
        }
    }

    /// Reads up to the last line asked for.
    pub fn run(&mut self, mut from: impl BufRead) -> io::Result<()> {
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

#[cfg(test)]
mod tests {
    use std::io::BufReader;

    use fixture_reader::Position;
    use proptest::prelude::*;

    use super::*;

    fn excerpts(text: &[u8], stretches: &[(u64, u64, u64)], buffer: usize) -> Vec<String> {
        let stretch = |&(line, column, width)| (Position { line, column }, width);
        let mut scan = Scan::new(stretches.iter().map(stretch).collect());
        scan.run(BufReader::with_capacity(buffer, text))
            .expect("memory is readable");
        let excerpts = scan.excerpts.values();
        excerpts
            .map(|shown| format!("{}[{}]{}", shown.before, shown.value, shown.after))
            .collect()
    }

    fn check(text: &str, stretch: (u64, u64, u64), expected: &str) {
        for buffer in [3, 4, 7, 4096] {
            assert_eq!(
                excerpts(text.as_bytes(), &[stretch], buffer),
                [expected],
                "{text:?}"
            );
        }
    }

    #[test]
    fn a_value_is_cut_out_of_its_line() {
        check(
            "- id: 1\n  name: Alice # yes\n",
            (2, 9, 5),
            "  name: [Alice] # yes",
        );
        check("a\r\nb\r\n\r\nc: 7\r\n", (4, 4, 1), "c: [7]");
        check("a\rb\r\rc: 7", (4, 4, 1), "c: [7]");
        check("\u{feff}id: 7", (1, 5, 1), "id: [7]");
        check("名前: 山田 #\n", (1, 5, 2), "名前: [山田] #");
        check(
            "\te\u{301}: 👩‍🚀\n",
            (1, 6, 3),
            "    e\u{301}: [👩\\u{200d}🚀]",
        );
    }

    #[test]
    fn a_span_that_the_file_no_longer_has_is_fitted_in() {
        check("abc\n", (1, 3, 99), "ab[c]");
        check("abc\n", (1, 70, 2), "abc[]");
        check("\n", (1, 1, 1), "[]");
        check("", (1, 1, 1), "[]");
        check("a\n", (2, 1, 1), "[]");
        assert!(
            excerpts(
                b"abc\n",
                &[(3, 1, 1), (1, 9999, 1), (u64::MAX, u64::MAX, u64::MAX)],
                9
            )
            .is_empty()
        );
    }

    #[test]
    fn a_line_that_is_not_utf8_has_no_excerpt_but_its_neighbours_have() {
        let text = b"a: 1\nb: \xff\xfe\nc: 3\n";
        assert_eq!(
            excerpts(text, &[(1, 4, 1), (2, 4, 1), (3, 4, 1)], 5),
            ["a: [1]", "c: [3]"]
        );
    }

    #[test]
    fn a_long_line_is_cut_around_the_value() {
        let long = "é".repeat(1_000_000);
        let (before, after) = ("é".repeat(80), "é".repeat(57));
        check(
            &format!("{long}odd{long}"),
            (1, 1_000_001, 3),
            &format!("…{before}[odd]{after}…"),
        );
        check(
            &format!("{long}odd\n"),
            (1, 1_000_001, 3),
            &format!("…{before}[odd]"),
        );
        check(
            &format!("v: {long}\n"),
            (1, 4, 1_000_000),
            &format!("v: [{}]…", "é".repeat(60)),
        );
        check(
            &format!("v: {}\n", "x".repeat(60)),
            (1, 4, 60),
            &format!("v: [{}]", "x".repeat(60)),
        );
    }

    #[test]
    fn values_on_one_line_have_excerpts_that_overlap() {
        let text = "- {id: 1, id: 2}\n";
        let expected = ["- {[id]: 1, id: 2}", "- {id: 1, [id]: 2}"];
        assert_eq!(
            excerpts(text.as_bytes(), &[(1, 11, 2), (1, 4, 2)], 3),
            expected
        );
    }

    proptest! {
        #[test]
        fn any_span_in_any_bytes_is_survived(
            bytes in prop::collection::vec(any::<u8>(), 0..300),
            spans in prop::collection::vec((0..9_u64, 0..400_u64, 0..400_u64), 0..9),
            buffer in 1..64_usize,
        ) {
            excerpts(&bytes, &spans, buffer);
        }

        #[test]
        fn what_is_shown_is_what_stands_there(
            lines in prop::collection::vec("[ -~é日🦀]{0,70}", 1..9),
            line in any::<prop::sample::Index>(),
            column in 1..60_u64,
            width in 1..60_u64,
        ) {
            let line = line.index(lines.len());
            let shown = excerpts(lines.join("\n").as_bytes(), &[(line as u64 + 1, column, width)], 8);
            let (column, width) = (column as usize, width as usize);
            let part = |from, count| lines[line].chars().skip(from).take(count).collect::<String>();
            let text = part(0, column - 1 + 60);
            let cut = if text == lines[line] { "" } else { "…" };
            let after: String = text.chars().skip(column - 1 + width).collect();
            let expected = format!("{}[{}]{after}{cut}", part(0, column - 1), part(column - 1, width));
            prop_assert_eq!(shown, [expected]);
        }
    }
}
