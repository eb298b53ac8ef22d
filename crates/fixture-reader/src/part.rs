use std::ops::Range;

/// A stretch of a row's text, in bytes. No row is as long as to need more than 32 bits.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Part {
    pub(crate) start: u32,
    pub(crate) len: u32,
}

impl Part {
    #[inline]
    pub(crate) fn new(start: usize, end: usize) -> Self {
        Self {
            start: start as u32,
            len: (end - start) as u32,
        }
    }

    #[inline]
    pub(crate) fn range(self) -> Range<usize> {
        let start = self.start as usize;
        start..start + self.len as usize
    }

    /// The same part of a text with `head` bytes more before it.
    #[inline]
    pub(crate) fn behind(self, head: u32) -> Self {
        Self {
            start: self.start + head,
            ..self
        }
    }

    /// The same part of the text without the first `head` bytes.
    pub(crate) fn before(self, head: usize) -> Self {
        Self {
            start: self.start - head as u32,
            ..self
        }
    }

    /// What stands between the quotes of a part that has some.
    #[inline]
    pub(crate) fn unquoted(self) -> Self {
        Self {
            start: self.start + 1,
            len: self.len - 2,
        }
    }

    /// A part without its quotes, and they.
    #[inline]
    pub(crate) fn quoted(self) -> Self {
        Self {
            start: self.start - 1,
            len: self.len + 2,
        }
    }
}
