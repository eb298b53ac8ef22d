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
        let small_letters = Self(self.0 | (0x20 * ONES));
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

    /// The number that one to eight decimal digits are.
    ///
    /// Neighbours are put together three times: digits to pairs, pairs to fours, fours to eight.
    #[inline]
    pub(crate) fn number(digits: &[u8]) -> Option<u32> {
        let eight = Self::padded(digits)?;
        if eight.are_within(b'0', b'9') != HIGH {
            return None;
        }
        let digits = eight.0 & (0x0f * ONES);
        let pairs = (digits * 10 + (digits >> 8)) & 0x00ff_00ff_00ff_00ff;
        let fours = (pairs * 100 + (pairs >> 16)) & 0x0000_ffff_0000_ffff;
        Some((fours * 10_000 + (fours >> 32)) as u32)
    }

    /// One to eight bytes behind as many zeros as are lacking.
    #[inline]
    fn padded(bytes: &[u8]) -> Option<Self> {
        let four = |at| Some(u32::from_le_bytes(*bytes.get(at..)?.first_chunk()?));
        let (lowest, len) = match bytes {
            [] => return None,
            // Where they overlap, they are the same.
            [a] => (u64::from(*a), 1),
            [a, .., z] if bytes.len() < 4 => {
                let middle = u64::from(bytes[bytes.len() / 2]) << (8 * (bytes.len() / 2));
                let last = u64::from(*z) << (8 * (bytes.len() - 1));
                (u64::from(*a) | middle | last, bytes.len())
            }
            _ if bytes.len() <= 8 => {
                let last = bytes.len() - 4;
                let (first, second) = (four(0)?, four(last)?);
                (
                    u64::from(first) | u64::from(second) << (8 * last),
                    bytes.len(),
                )
            }
            _ => return None,
        };
        if len == 8 {
            return Some(Self(lowest));
        }
        let zeros = (u64::from(b'0') * ONES) >> (8 * len);
        Some(Self((lowest << (64 - 8 * len)) | zeros))
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
        let difference = self.0 ^ (u64::from(byte) * ONES);
        !(((difference & !HIGH) + 0x7f * ONES) | difference) & HIGH
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
    fn numbers() {
        for digits in [
            "0", "7", "07", "42", "305", "1234", "65536", "987654", "1234567", "99999999",
        ] {
            assert_eq!(
                EightBytes::number(digits.as_bytes()),
                digits.parse().ok(),
                "{digits}"
            );
        }
        for odd in [
            "",
            "123456789",
            "x",
            "1x",
            "x12",
            "1x3",
            "12/4",
            "1:",
            "12345678x",
            "1234\u{b2}",
            "-1",
            "+1",
        ] {
            assert_eq!(EightBytes::number(odd.as_bytes()), None, "{odd}");
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
