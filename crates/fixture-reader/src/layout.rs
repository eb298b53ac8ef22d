use crate::{
    RawRow,
    eight_bytes::EightBytes,
    limits,
    part::Part,
    places::{Places, Written},
    position::line_ends,
    raw_row::Field,
    shape::Shape,
};

/// How a row was laid out, which is how the next one will be, nearly always.
///
/// Where everything between the values is the same byte for byte, and the values hold nothing that could mean
/// something there, the text is a row of the same fields; it needs no other look.
#[derive(Default)]
pub(crate) struct Layout {
    /// What stands before the text of each row: in CSV, the header, with the names.
    head: String,
    head_line: u64,
    fields: Vec<Laid>,
    end: Gap,
    /// Lines that a row takes.
    pub(crate) lines: u64,
    /// Rows laid out otherwise, one after the other.
    misses: u32,
}

/// A field, and what stands between it and the one before.
struct Laid {
    gap: Gap,
    /// The name, without and with its quotes, counted from the start of the gap; from that of the head, if there is one.
    name: Part,
    written_name: Part,
    /// The value's mark of quotation.
    quote: Option<u8>,
}

impl Layout {
    /// Reads the row that `bytes` begin with into `row`, if it is laid out like this, and gives its length.
    ///
    /// `is_plain` says whether a value of ``-./ 0-9 @A-Z _ ` a-z`` and, in between, spaces stands for itself.
    #[inline]
    pub(crate) fn read(
        &mut self,
        bytes: &[u8],
        line: u64,
        row: &mut RawRow,
        is_plain: impl Fn(&[u8]) -> bool,
    ) -> Option<usize> {
        let end = self.read_fields(bytes, row, is_plain)?;
        let text = str::from_utf8(&bytes[..end]).ok()?;
        row.text.clear();
        row.text.push_str(&self.head);
        row.text.push_str(text);
        let first = row.fields.first()?;
        row.places = Places::Written(Written {
            start: if self.head.is_empty() {
                first.written_name
            } else {
                first.written
            },
            line,
            head: self.head.len() as u32,
            head_line: self.head_line,
        });
        self.misses = 0;
        Some(end)
    }

    #[inline]
    fn read_fields(
        &self,
        bytes: &[u8],
        row: &mut RawRow,
        is_plain: impl Fn(&[u8]) -> bool,
    ) -> Option<usize> {
        row.fields.clear();
        let mut at = 0;
        for laid in &self.fields {
            let start = laid.gap.pass(bytes, at)?;
            let end = match laid.quote {
                Some(mark) => run(bytes, start, |it| it.quotable_ones(mark))?,
                None => plain_end(bytes, start, &is_plain)?,
            };
            if end - start > limits::SCALAR {
                return None;
            }
            row.fields.push(laid.field(self.head.len(), at, start, end));
            at = end;
        }
        let end = self.end.pass(bytes, at)?;
        (!self.fields.is_empty() && end <= limits::FAST_ROW).then_some(end)
    }

    /// Takes over the layout of `row`, which was read otherwise, if the last one proves to be past.
    pub(crate) fn learn(&mut self, row: &RawRow) {
        self.misses += 1;
        if self.fields.is_empty() || self.misses > 1 {
            self.misses = 0;
            self.fields.clear();
            if row.text.ends_with('\n') && row.fields.iter().all(stands_for_itself) {
                self.take_over(row);
            }
        }
    }

    fn take_over(&mut self, row: &RawRow) {
        let Places::Written(written) = row.places else {
            return;
        };
        let text = row.text.as_bytes();
        let mut at = written.head as usize;
        self.head = row.text[..at].to_owned();
        self.head_line = written.head_line;
        self.lines = 0;
        for field in &row.fields {
            let value = field.text.range();
            let before = if self.head.is_empty() { at } else { 0 };
            self.lines += line_ends(&text[at..value.start]);
            self.fields.push(Laid {
                gap: Gap::new(&text[at..value.start]),
                name: field.name.before(before),
                written_name: field.written_name.before(before),
                quote: (field.shape == Shape::Text).then(|| text[value.start - 1]),
            });
            at = value.end;
        }
        self.end = Gap::new(&text[at..]);
        self.lines += line_ends(&text[at..]);
    }
}

/// Whether a name and a value are scalar text as it is written.
fn stands_for_itself(field: &Field) -> bool {
    let (name, written_name) = (field.name, field.written_name);
    if name != written_name && written_name.unquoted() != name {
        return false;
    }
    let (text, written) = (field.text, field.written);
    match field.shape {
        Shape::Plain => written.len > 0 && written == text,
        Shape::Text => written.unquoted() == text,
        Shape::Misfit | Shape::List | Shape::Mapping => false,
    }
}

/// Where the plain value that starts at `start` ends.
#[inline]
fn plain_end(bytes: &[u8], start: usize, is_plain: impl Fn(&[u8]) -> bool) -> Option<usize> {
    let mut end = run(bytes, start, EightBytes::usual_ones)?;
    while end > start && bytes[end - 1] == b' ' {
        end -= 1;
    }
    let value = &bytes[start..end];
    (!value.is_empty() && is_plain(value)).then_some(end)
}

/// Where the run ends that starts at `start`, eight bytes a step. Nothing where that is at the end of the bytes.
#[inline]
fn run(bytes: &[u8], start: usize, ones: impl Fn(EightBytes) -> usize) -> Option<usize> {
    let mut at = start;
    loop {
        let count = ones(EightBytes::at(bytes, at)?);
        at += count;
        if count < 8 {
            return Some(at);
        }
    }
}

impl Laid {
    #[inline]
    fn field(&self, head: usize, gap: usize, start: usize, end: usize) -> Field {
        let text = Part::new(head + start, head + end);
        let gap = if head == 0 { gap as u32 } else { 0 };
        let (written, shape) = match self.quote {
            Some(_) => (text.quoted(), Shape::Text),
            None => (text, Shape::Plain),
        };
        Field {
            name: self.name.behind(gap),
            written_name: self.written_name.behind(gap),
            text,
            written,
            shape,
        }
    }
}

/// Bytes that stand between values.
#[derive(Default)]
struct Gap {
    /// The first sixteen, and a bit set for each that there is.
    first: u128,
    mask: u128,
    /// Those after them.
    rest: Vec<u8>,
    len: usize,
}

impl Gap {
    fn new(bytes: &[u8]) -> Self {
        let (first, rest) = bytes.split_at(bytes.len().min(16));
        let (mut padded, mut mask) = ([0; 16], [0; 16]);
        padded[..first.len()].copy_from_slice(first);
        mask[..first.len()].fill(0xff);
        Self {
            first: u128::from_le_bytes(padded),
            mask: u128::from_le_bytes(mask),
            rest: rest.to_vec(),
            len: bytes.len(),
        }
    }

    /// Where this ends in `bytes`, if it is there at `at`. Nothing as well where there are too few bytes to tell.
    #[inline]
    fn pass(&self, bytes: &[u8], at: usize) -> Option<usize> {
        let (first, rest) = bytes.get(at..)?.split_first_chunk()?;
        let is_same = (u128::from_le_bytes(*first) ^ self.first) & self.mask == 0
            && (self.rest.is_empty() || rest.starts_with(&self.rest));
        is_same.then_some(at + self.len)
    }
}
