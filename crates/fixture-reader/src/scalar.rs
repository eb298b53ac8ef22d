//! The plain scalars of YAML 1.2's core schema (specification 1.2.2, section 10.3.2).

use crate::eight_bytes::EightBytes;

/// Whether a plain scalar is null.
#[inline]
pub(crate) fn is_null(text: &str) -> bool {
    matches!(text, "" | "~" | "null" | "Null" | "NULL")
}

/// The boolean a plain scalar is.
pub(crate) fn boolean(text: &str) -> Option<bool> {
    match text {
        "true" | "True" | "TRUE" => Some(true),
        "false" | "False" | "FALSE" => Some(false),
        _ => None,
    }
}

/// Whether a plain scalar is an integer of any size.
pub(crate) fn is_integer(text: &str) -> bool {
    let (_, radix, digits) = integer_parts(text);
    !digits.is_empty() && digits.chars().all(|it| it.is_digit(radix))
}

/// The integer a plain scalar is: whether it is negative, and its magnitude. `None` as well where that is beyond 128 bits.
#[inline]
pub(crate) fn integer(text: &str) -> Option<(bool, u128)> {
    let (negative, radix, digits) = integer_parts(text);
    // What follows takes a sign, which has been taken already.
    if !digits.starts_with(|it: char| it.is_digit(radix)) {
        return None;
    }
    Some((negative, u128::from_str_radix(digits, radix).ok()?))
}

/// The integer of up to eight decimal digits that a plain scalar is. Most are, and reading those alone is several
/// times faster.
#[inline]
pub(crate) fn short_integer(text: &str) -> Option<i32> {
    let (negative, digits) = match text.as_bytes() {
        [b'-', digits @ ..] => (true, digits),
        digits => (false, digits),
    };
    let magnitude = EightBytes::number(digits)? as i32;
    Some(if negative { -magnitude } else { magnitude })
}

#[inline]
fn integer_parts(text: &str) -> (bool, u32, &str) {
    match text.as_bytes() {
        [b'0', b'x', ..] => (false, 16, &text[2..]),
        [b'0', b'o', ..] => (false, 8, &text[2..]),
        [b'-', ..] => (true, 10, &text[1..]),
        [b'+', ..] => (false, 10, &text[1..]),
        _ => (false, 10, text),
    }
}

/// The parts of a finite decimal number: `-12.50e3` is `-`, `12`, `50`, `3`.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Float<'a> {
    pub(crate) negative: bool,
    pub(crate) whole: &'a str,
    pub(crate) fraction: &'a str,
    pub(crate) exponent: &'a str,
}

/// The decimal number, with or without a point, that a plain scalar is.
pub(crate) fn float(text: &str) -> Option<Float<'_>> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match unsigned.split_once(['e', 'E']) {
        Some((mantissa, exponent)) => (mantissa, Some(exponent)),
        None => (unsigned, None),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |text: &str| text.bytes().all(|it| it.is_ascii_digit());
    let exponent_digits = exponent.map(|it| it.strip_prefix(['-', '+']).unwrap_or(it));
    let is_float = digits(whole)
        && digits(fraction)
        && !(whole.is_empty() && fraction.is_empty())
        && exponent_digits.is_none_or(|it| !it.is_empty() && digits(it));
    is_float.then_some(Float {
        negative: text.starts_with('-'),
        whole,
        fraction,
        exponent: exponent.unwrap_or(""),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn integers() {
        fn check(text: &str, expected: Option<(bool, u128)>) {
            assert_eq!(integer(text), expected, "{text}");
            assert!(expected.is_none() || is_integer(text), "{text}");
            if let Some(short) = short_integer(text) {
                let magnitude = short.unsigned_abs().into();
                assert_eq!(expected, Some((text.starts_with('-'), magnitude)), "{text}");
            }
        }
        check("0", Some((false, 0)));
        check("-0", Some((true, 0)));
        check("+7", Some((false, 7)));
        check("017", Some((false, 17)));
        check("0x1F", Some((false, 31)));
        check("0o17", Some((false, 15)));
        check(
            "340282366920938463463374607431768211455",
            Some((false, u128::MAX)),
        );
        check("340282366920938463463374607431768211456", None);
        for text in [
            "", "-", "+", "+-7", "0x", "0o", "0o8", "-0x1", "0b1", "1_000", "2.0", "1e3", "0x+1",
            "٧",
        ] {
            check(text, None);
            assert!(!is_integer(text), "{text}");
        }
    }

    #[test]
    fn floats() {
        fn check(text: &str, expected: Option<(&str, &str, &str)>) {
            let found = float(text);
            let found = found
                .as_ref()
                .map(|it| (it.whole, it.fraction, it.exponent));
            assert_eq!(found, expected, "{text}");
        }
        check("1", Some(("1", "", "")));
        check("-1.50", Some(("1", "50", "")));
        check(".5", Some(("", "5", "")));
        check("5.", Some(("5", "", "")));
        check("1e3", Some(("1", "", "3")));
        check("1.E-2", Some(("1", "", "-2")));
        check("+.5e+1", Some(("", "5", "+1")));
        for text in [
            "", ".", "-", "e3", ".e3", "1e", "1e+", "1.2.3", "1,5", ".inf", ".nan", "inf", "nan",
            "0x10", "1_0", "--1",
        ] {
            check(text, None);
        }
    }
}
