use super::{RowScan, Stop};
use crate::{limits, part::Part, quoted::Quote};

/// A scalar as it stands in the text.
pub(super) struct Scalar {
    /// Its bytes, quotes included.
    pub(super) start: usize,
    pub(super) end: usize,
    pub(super) quote: Option<Quote>,
    pub(super) has_escapes: bool,
}

impl Scalar {
    pub(super) fn plain(start: usize, end: usize) -> Self {
        Self {
            start,
            end,
            quote: None,
            has_escapes: false,
        }
    }

    /// Its bytes without the quotes.
    pub(super) fn text(&self) -> Part {
        let written = Part::new(self.start, self.end);
        match self.quote {
            Some(_) => written.unquoted(),
            None => written,
        }
    }
}

impl RowScan<'_> {
    /// Passes a name and stops at its `:`.
    pub(super) fn name(&mut self) -> Result<Scalar, Stop> {
        let start = self.at;
        let first = self.peek()?;
        if matches!(first, b'"' | b'\'') {
            return self.quoted_name(first);
        }
        if !(first.is_ascii_alphabetic() || first == b'_') {
            return Err(Stop::Odd);
        }
        self.pass_while(&IN_NAME);
        if self.peek()? != b':' || self.at - start > limits::FAST_NAME {
            return Err(Stop::Odd);
        }
        Ok(Scalar::plain(start, self.at))
    }

    fn quoted_name(&mut self, mark: u8) -> Result<Scalar, Stop> {
        let name = self.quoted(mark)?;
        // A name with escapes is rare enough to be left to the full lane.
        if name.has_escapes || name.end - name.start > limits::FAST_NAME || self.peek()? != b':' {
            return Err(Stop::Odd);
        }
        Ok(name)
    }

    pub(super) fn scalar(&mut self, in_flow: bool) -> Result<Scalar, Stop> {
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
        Ok(Scalar::plain(start, end))
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

    /// Passes the bytes of a class, and says whether there are any.
    fn pass_while(&mut self, class: &[bool; 256]) -> bool {
        let length = run_of(&self.bytes[self.at..], class);
        self.at += length;
        length > 0
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
