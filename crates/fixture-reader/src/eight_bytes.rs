/// Eight bytes of a text, looked at in one step each instead of one after another.
///
/// Sums stay below the highest bit of each byte, so that no carry reaches its neighbour.
#[derive(Clone, Copy)]
pub(crate) struct EightBytes(u64);

const ONES: u64 = 0x0101_0101_0101_0101;
const HIGH: u64 = 0x80 * ONES;

impl EightBytes {
    /// The eight bytes of `bytes` from `at` on, if it has as many.
    #[inline]
    pub(crate) fn at(bytes: &[u8], at: usize) -> Option<Self> {
        let eight = bytes.get(at..)?.first_chunk()?;
        Some(Self(u64::from_le_bytes(*eight)))
    }

    /// How many of them, from the first on, are of a number, a word, an address or a name in ASCII:
    /// ``-./ 0-9 @A-Z _ ` a-z`` and spaces.
    #[inline]
    pub(crate) fn usual_ones(self) -> usize {
        let small_letters = Self(self.0 | 0x20 * ONES);
        let usual = self.are_within(b'-', b'9')
            | small_letters.are_within(b'`', b'z')
            | self.are(b' ')
            | self.are(b'_');
        first(!usual)
    }

    /// How many of them, from the first on, are printable ASCII, and neither `mark` nor a backslash.
    #[inline]
    pub(crate) fn quotable_ones(self, mark: u8) -> usize {
        first(!self.are_within(b' ', b'~') | self.are(mark) | self.are(b'\\'))
    }

    /// How many of them, from the first on, are none of these four.
    #[inline]
    pub(crate) fn ones_before(self, any: [u8; 4]) -> usize {
        let [a, b, c, d] = any.map(|it| self.are(it));
        first(a | b | c | d)
    }

    /// The highest bit of each byte that is between these two of ASCII, inclusive.
    #[inline]
    fn are_within(self, lowest: u8, highest: u8) -> u64 {
        let low_bits = self.0 & !HIGH;
        let reach = low_bits + u64::from(0x80 - lowest) * ONES;
        let exceed = low_bits + u64::from(0x7f - highest) * ONES;
        reach & !exceed & !self.0 & HIGH
    }

    /// The highest bit of each byte that is this one of ASCII.
    #[inline]
    fn are(self, byte: u8) -> u64 {
        let difference = self.0 ^ u64::from(byte) * ONES;
        !((difference & !HIGH) + 0x7f * ONES | difference) & HIGH
    }
}

/// How many bytes come before the first whose highest bit is set.
#[inline]
fn first(marks: u64) -> usize {
    ((marks & HIGH).trailing_zeros() / 8) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each byte, in each place, with each of some neighbours.
    fn check(found: impl Fn(EightBytes) -> usize, is_meant: impl Fn(u8) -> bool) {
        for byte in 0..=255 {
            for (at, other) in
                (0..8).flat_map(|at| [0, b' ', b'a', 0x7f, 0x80, 255].map(|it| (at, it)))
            {
                let mut bytes = [other; 8];
                bytes[at] = byte;
                let expected = bytes.iter().take_while(|it| is_meant(**it)).count();
                let eight = EightBytes::at(&bytes, 0).unwrap();
                assert_eq!(found(eight), expected, "{bytes:?}");
            }
        }
    }

    #[test]
    fn classes_hold_what_they_say() {
        check(EightBytes::usual_ones, |it| {
            it.is_ascii_alphanumeric() || b"-./@_` ".contains(&it)
        });
        check(
            |it| it.quotable_ones(b'"'),
            |it| matches!(it, b' '..=b'~') && it != b'"' && it != b'\\',
        );
        check(
            |it| it.ones_before(*b",\"\r\n"),
            |it| !b",\"\r\n".contains(&it),
        );
    }
}
