use crate::{
    RawRow, Span,
    characters::is_printable,
    limits,
    quoted::{self, Quote},
    raw_row::Field,
    shape::Shape,
};

/// Looks through text that begins at the start of a line for one row.
pub(crate) struct RowScan<'a> {
    bytes: &'a [u8],
    /// Whether the input ends with `bytes`.
    is_last: bool,
    at: usize,
    line: u64,
    line_start: usize,
}

/// Why a scan did not come to its end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// The bytes don't suffice to say.
    More,
    /// This is, or may be, something else than it looks for.
    Odd,
}

/// A scalar as it stands in the text.
struct Scalar {
    /// Its bytes, quotes included.
    start: usize,
    end: usize,
    quote: Option<Quote>,
    has_escapes: bool,
}

impl Scalar {
    /// Its bytes without the quotes.
    fn text(&self) -> std::ops::Range<usize> {
        let quote = usize::from(self.quote.is_some());
        self.start + quote..self.end - quote
    }
}

impl<'a> RowScan<'a> {
    pub(crate) fn new(bytes: &'a [u8], is_last: bool, line: u64) -> Self {
        Self {
            bytes,
            is_last,
            at: 0,
            line,
            line_start: 0,
        }
    }

    /// The bytes that were passed, whole lines only, and the line after them.
    pub(crate) fn passed(&self) -> (usize, u64) {
        (self.line_start, self.line)
    }

    /// Passes empty lines and lines with nothing but a comment.
    pub(crate) fn comments(&mut self) -> Result<(), Stop> {
        while !self.is_at_end() {
            self.spaces();
            if !matches!(self.peek()?, b'\n' | b'\r' | b'#') {
                self.at = self.line_start;
                return Ok(());
            }
            self.line_end()?;
        }
        Ok(())
    }

    /// Passes a line with nothing but `---` and the comments after it, if a row follows.
    pub(crate) fn document_start(&mut self) -> Result<(), Stop> {
        for at in 0..3 {
            if self.peek_at(at)? != b'-' {
                return Err(Stop::Odd);
            }
        }
        self.at = 3;
        self.line_end()?;
        self.comments()?;
        if self.is_at_row()? {
            Ok(())
        } else {
            Err(Stop::Odd)
        }
    }

    /// Passes a row and reads it into `row`.
    pub(crate) fn row(&mut self, row: &mut RawRow) -> Result<(), Stop> {
        row.clear(Span::default());
        if self.peek()? != b'-' || self.peek_at(self.at + 1)? != b' ' {
            return Err(Stop::Odd);
        }
        self.at += 1;
        self.spaces();
        let has_escapes = if self.peek()? == b'{' {
            self.flow_row(row)?
        } else {
            self.block_row(row)?
        };
        self.finish(row, has_escapes)
    }

    /// Passes everything up to the next row, whatever it is.
    pub(crate) fn odd_row(&mut self) -> Result<(), Stop> {
        if !self.is_at_row()? {
            return Err(Stop::Odd);
        }
        loop {
            self.any_line()?;
            match self.bytes.get(self.at) {
                None if self.is_last => return Ok(()),
                None => return Err(Stop::More),
                Some(b' ' | b'#' | b'\n' | b'\r') => {}
                Some(_) if self.is_at_row()? => return Ok(()),
                Some(_) => return Err(Stop::Odd),
            }
        }
    }

    fn any_line(&mut self) -> Result<(), Stop> {
        let rest = &self.bytes[self.at..];
        let line = match memchr::memchr(b'\n', rest) {
            Some(length) => &rest[..=length],
            None if self.is_last => rest,
            None => return Err(Stop::More),
        };
        // A CR alone ends a line, too.
        let is_one_line = memchr::memchr(b'\r', line).is_none_or(|at| line[at..] == *b"\r\n");
        if !is_one_line {
            return Err(Stop::Odd);
        }
        self.at += line.len();
        self.new_line();
        Ok(())
    }

    fn block_row(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        let indentation = self.at - self.line_start;
        let mut has_escapes = false;
        loop {
            has_escapes |= self.block_field(row)?;
            if self.is_indented_name(indentation) {
                self.at += indentation;
                continue;
            }
            self.comments()?;
            if self.is_at_end() || self.is_at_row()? {
                return Ok(has_escapes);
            }
            self.spaces();
            if self.at - self.line_start != indentation {
                return Err(Stop::Odd);
            }
        }
    }

    /// Whether this is the most usual line there is; others may be right as well.
    fn is_indented_name(&self, indentation: usize) -> bool {
        let line = &self.bytes[self.at..];
        let is_name = line.get(indentation).is_some_and(u8::is_ascii_alphabetic);
        is_name && line[..indentation].iter().all(|&it| it == b' ')
    }

    /// Passes a line that holds one field, and says whether there are escapes in it.
    fn block_field(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        if self.usual_field(row, b'\n', b'\n') {
            self.at += 1;
            self.new_line();
            return Ok(false);
        }
        let name = self.name()?;
        self.at += 1;
        let after = self.at;
        self.spaces();
        let value = match self.peek()? {
            b'\n' | b'\r' => None,
            b'#' if self.at > after => None,
            _ if self.at == after => return Err(Stop::Odd),
            _ => Some(self.scalar(false)?),
        };
        let has_escapes = self.push(row, name, value)?;
        self.line_end()?;
        Ok(has_escapes)
    }

    fn flow_row(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        row.start = self.span(self.at, self.at + 1);
        self.at += 1;
        self.spaces();
        let mut has_escapes = false;
        while self.peek()? != b'}' {
            has_escapes |= self.flow_field(row)?;
            self.spaces();
            match self.peek()? {
                b',' => self.at += 1,
                b'}' => break,
                _ => return Err(Stop::Odd),
            }
            self.spaces();
        }
        self.at += 1;
        self.line_end()?;
        self.comments()?;
        if self.is_at_end() || self.is_at_row()? {
            Ok(has_escapes)
        } else {
            Err(Stop::Odd)
        }
    }

    fn flow_field(&mut self, row: &mut RawRow) -> Result<bool, Stop> {
        if self.usual_field(row, b',', b'}') {
            return Ok(false);
        }
        let name = self.name()?;
        self.at += 1;
        let after = self.at;
        self.spaces();
        // Only after a quoted name may the value follow at once, as in JSON.
        if self.at == after && name.quote.is_none() {
            return Err(Stop::Odd);
        }
        let value = match self.peek()? {
            b',' | b'}' => None,
            _ => Some(self.scalar(true)?),
        };
        self.push(row, name, value)
    }

    /// Passes the field that nearly all fields are, a plain name and one plain word or number up to one of the two
    /// ends, if it is here. The other methods read it as well, at half the speed.
    fn usual_field(&mut self, row: &mut RawRow, end: u8, other_end: u8) -> bool {
        let rest = &self.bytes[self.at..];
        let name = run_of(rest, &IN_NAME);
        let Some([b':', b' ', value @ ..]) = rest.get(name..) else {
            return false;
        };
        let length = run_of(value, &IN_WORD);
        let is_usual = rest[0].is_ascii_alphabetic()
            && value
                .get(length)
                .is_some_and(|&it| it == end || it == other_end)
            && (1..=limits::SCALAR).contains(&length)
            && (value[0] != b'-' || length > 1 && value[1].is_ascii_digit())
            && name <= limits::FAST_NAME
            && row.fields.len() < limits::FIELDS;
        if is_usual {
            let text = self.at + name + 2;
            row.push_scalar(
                (self.at..self.at + name, self.span(self.at, self.at + name)),
                (text..text + length, self.span(text, text + length)),
            );
            self.at = text + length;
        }
        is_usual
    }

    /// Passes a name and stops at its `:`.
    fn name(&mut self) -> Result<Scalar, Stop> {
        let start = self.at;
        let first = self.peek()?;
        if matches!(first, b'"' | b'\'') {
            let name = self.quoted(first)?;
            // A name with escapes is rare enough to be left to the full lane.
            let is_simple = !name.has_escapes && name.end - start <= limits::FAST_NAME;
            return if is_simple && self.peek()? == b':' {
                Ok(name)
            } else {
                Err(Stop::Odd)
            };
        }
        if !(first.is_ascii_alphabetic() || first == b'_') {
            return Err(Stop::Odd);
        }
        self.pass_while(&IN_NAME);
        if self.peek()? != b':' || self.at - start > limits::FAST_NAME {
            return Err(Stop::Odd);
        }
        Ok(Scalar {
            start,
            end: self.at,
            quote: None,
            has_escapes: false,
        })
    }

    fn scalar(&mut self, in_flow: bool) -> Result<Scalar, Stop> {
        let first = self.peek()?;
        match first {
            b'"' | b'\'' => self.quoted(first),
            // A minus is a number's, or it may be an indicator.
            b'-' if self.peek_at(self.at + 1)?.is_ascii_alphanumeric() => self.plain(in_flow),
            b'a'..=b'z'
            | b'A'..=b'Z'
            | b'0'..=b'9'
            | b'_'
            | b'.'
            | b'+'
            | b'/'
            | b'('
            | b'~'
            | b'$'
            | 0x80.. => self.plain(in_flow),
            _ => Err(Stop::Odd),
        }
    }

    fn plain(&mut self, in_flow: bool) -> Result<Scalar, Stop> {
        let start = self.at;
        let mut end = self.at;
        loop {
            if self.pass_while(&IN_PLAIN) {
                end = self.at;
            }
            match self.peek()? {
                b'\n' | b'\r' => break,
                b',' | b'}' if in_flow => break,
                b'[' | b']' | b'{' if in_flow => return Err(Stop::Odd),
                b' ' => {
                    self.spaces();
                    if self.peek()? == b'#' {
                        break;
                    }
                }
                b':' => {
                    self.at += 1;
                    match self.peek()? {
                        b' ' | b'\t' | b'\n' | b'\r' => return Err(Stop::Odd),
                        b',' | b'[' | b']' | b'{' | b'}' if in_flow => return Err(Stop::Odd),
                        _ => end = self.at,
                    }
                }
                b'#' | b',' | b'[' | b']' | b'{' | b'}' => {
                    self.at += 1;
                    end = self.at;
                }
                _ => return Err(Stop::Odd),
            }
        }
        Ok(Scalar {
            start,
            end,
            quote: None,
            has_escapes: false,
        })
    }

    fn quoted(&mut self, mark: u8) -> Result<Scalar, Stop> {
        let start = self.at;
        let quote = Quote::new(mark);
        let mut has_escapes = false;
        self.at += 1;
        loop {
            match self.peek()? {
                b'\\' if quote == Quote::Double => {
                    has_escapes = true;
                    self.at += 2;
                }
                byte if byte == mark => {
                    self.at += 1;
                    if quote == Quote::Double || self.peek()? != mark {
                        break;
                    }
                    has_escapes = true;
                    self.at += 1;
                }
                b' '..=b'~' | 0x80.. => self.at += 1,
                _ => return Err(Stop::Odd),
            }
        }
        Ok(Scalar {
            start,
            end: self.at,
            quote: Some(quote),
            has_escapes,
        })
    }

    fn push(&self, row: &mut RawRow, name: Scalar, value: Option<Scalar>) -> Result<bool, Stop> {
        let name_span = self.span(name.start, name.end);
        if row.len() == 0 {
            row.start = name_span;
        }
        let value_span = value.as_ref().map(|it| self.span(it.start, it.end));
        let value = value.unwrap_or(Scalar {
            start: name.end,
            end: name.end,
            quote: None,
            has_escapes: false,
        });
        let text = value.text();
        if text.len() > limits::SCALAR || row.len() == limits::FIELDS {
            return Err(Stop::Odd);
        }
        row.fields.push(Field {
            name: name.text(),
            name_span,
            text,
            shape: if value.quote.is_some() {
                Shape::Text
            } else {
                Shape::Plain
            },
            value_span,
        });
        Ok(value.has_escapes)
    }

    /// Gives the row its text.
    fn finish(&self, row: &mut RawRow, has_escapes: bool) -> Result<(), Stop> {
        let text = self.passed_text()?;
        row.text.push_str(text);
        if !text.is_ascii() {
            count_characters(row);
        }
        if has_escapes {
            quoted::unescape(row).ok_or(Stop::Odd)?;
        }
        Ok(())
    }

    /// The text that was passed, if all of it is characters that YAML allows there.
    pub(crate) fn passed_text(&self) -> Result<&'a str, Stop> {
        let text = str::from_utf8(&self.bytes[..self.line_start]).map_err(|_| Stop::Odd)?;
        let is_usual = |it| matches!(it, '\n' | '\r') || is_printable(it) && it != '\u{feff}';
        // The scan has looked at each byte already that is a character of its own.
        if text.is_ascii() || text.chars().all(is_usual) {
            Ok(text)
        } else {
            Err(Stop::Odd)
        }
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(
            self.line,
            (start - self.line_start + 1) as u64,
            (end - start) as u64,
        )
    }

    /// Passes the rest of a line, in which nothing may be left but a comment.
    fn line_end(&mut self) -> Result<(), Stop> {
        self.spaces();
        if self.peek()? == b'#' {
            if self.at > self.line_start && self.bytes[self.at - 1] != b' ' {
                return Err(Stop::Odd);
            }
            while matches!(self.peek()?, b' '..=b'~' | b'\t' | 0x80..) {
                self.at += 1;
            }
        }
        match self.peek()? {
            b'\n' => self.at = self.bytes.len().min(self.at + 1),
            b'\r' if self.bytes.get(self.at + 1) == Some(&b'\n') => self.at += 2,
            b'\r' if !self.is_last => {
                self.peek_at(self.at + 1)?;
                return Err(Stop::Odd);
            }
            _ => return Err(Stop::Odd),
        }
        self.new_line();
        Ok(())
    }

    fn new_line(&mut self) {
        self.line += 1;
        self.line_start = self.at;
    }

    /// Whether a row begins here: a `-` in column 1 and white space.
    fn is_at_row(&self) -> Result<bool, Stop> {
        Ok(self.peek()? == b'-' && matches!(self.peek_at(self.at + 1)?, b' ' | b'\n' | b'\r'))
    }

    fn is_at_end(&self) -> bool {
        self.is_last && self.at == self.bytes.len()
    }

    /// Passes the bytes of a class, and says whether there are any.
    fn pass_while(&mut self, class: &[bool; 256]) -> bool {
        let length = run_of(&self.bytes[self.at..], class);
        self.at += length;
        length > 0
    }

    fn spaces(&mut self) {
        while self.bytes.get(self.at) == Some(&b' ') {
            self.at += 1;
        }
    }

    fn peek(&self) -> Result<u8, Stop> {
        self.peek_at(self.at)
    }

    /// The byte at `at`. The end of the input ends a line.
    fn peek_at(&self, at: usize) -> Result<u8, Stop> {
        match self.bytes.get(at) {
            Some(&byte) => Ok(byte),
            None if self.is_last => Ok(b'\n'),
            None => Err(Stop::More),
        }
    }
}

/// How many bytes of a class `bytes` begins with.
fn run_of(bytes: &[u8], class: &[bool; 256]) -> usize {
    let end = bytes.iter().position(|&it| !class[usize::from(it)]);
    end.unwrap_or(bytes.len())
}

/// Bytes of a plain scalar that need no second look.
static IN_PLAIN: [bool; 256] = class(
    b"!\"$%&'()*+-./0123456789;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ\\^_`abcdefghijklmnopqrstuvwxyz|~",
    true,
);

/// Bytes of a plain name, in nearly all fixtures.
static IN_NAME: [bool; 256] = class(
    b"-0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
    false,
);

/// Bytes of a number or a word, any of which but `-` may begin a plain scalar.
static IN_WORD: [bool; 256] = class(
    b"+-./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz",
    false,
);

const fn class(ascii: &[u8], beyond_ascii: bool) -> [bool; 256] {
    let mut class = [false; 256];
    let mut index = 0;
    while index < ascii.len() {
        class[ascii[index] as usize] = true;
        index += 1;
    }
    let mut byte = 0x80;
    while byte < 0x100 {
        class[byte] = beyond_ascii;
        byte += 1;
    }
    class
}

/// Turns the row's spans, counted in bytes, into spans counted in characters.
fn count_characters(row: &mut RawRow) {
    let text = row.text.as_bytes();
    for field in &mut row.fields {
        let quotes = field.name_span.width as usize - field.name.len();
        let name_start = field.name.start - quotes / 2;
        let line = &text[name_start + 1 - field.name_span.start.column as usize..];
        field.name_span = in_characters(line, field.name_span);
        field.value_span = field.value_span.map(|it| in_characters(line, it));
    }
    if let Some(first) = row.fields.first() {
        row.start = first.name_span;
    }
}

/// `span`, which is counted in bytes of `line`, counted in characters.
fn in_characters(line: &[u8], span: Span) -> Span {
    let characters = |bytes: &[u8]| bytes.iter().filter(|&&it| it & 0xc0 != 0x80).count() as u64;
    let (before, rest) = line.split_at(span.start.column as usize - 1);
    Span::new(
        span.start.line,
        characters(before) + 1,
        characters(&rest[..span.width as usize]),
    )
}
