use std::borrow::Cow;

use crate::scalar;

/// The most digits behind the point that a decimal of 96 bits, as `rust_decimal` has, can hold.
const MAX_SCALE: i64 = 28;

/// The largest number such a decimal can hold without its point.
const MAX_MANTISSA: u128 = (1 << 96) - 1;

/// Why a plain scalar has no decimal text.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum NoDecimal {
    /// It is not a finite number.
    NotANumber,
    /// It has more digits than a decimal can hold exactly.
    Inexact,
}

/// The number a plain scalar is, written out without exponent, plus sign, or zeros that say nothing: `12.5` for
/// `+1.250E1`.
///
/// # Errors
/// When the scalar is not a number, or a decimal would have to round it.
pub(crate) fn decimal_text(text: &str) -> Result<Cow<'_, str>, NoDecimal> {
    if let Some(short) = written_out(text) {
        return Ok(Cow::Borrowed(short));
    }
    let (negative, mantissa, scale) = match scalar::float(text) {
        Some(float) => exact(&float)?,
        None if scalar::is_integer(text) => integer(text)?,
        None => return Err(NoDecimal::NotANumber),
    };
    let sign = if negative && mantissa != 0 { "-" } else { "" };
    let digits = format!("{mantissa:0>width$}", width = scale + 1);
    let (whole, fraction) = digits.split_at(digits.len() - scale);
    let point = if fraction.is_empty() { "" } else { "." };
    Ok(Cow::Owned(format!("{sign}{whole}{point}{fraction}")))
}

/// The part of `text` that is its decimal text already, as it is in most prices.
fn written_out(text: &str) -> Option<&str> {
    let bytes = text.as_bytes();
    let digits = |from: usize| {
        bytes[from..]
            .iter()
            .take_while(|it| it.is_ascii_digit())
            .count()
    };
    let whole = digits(0);
    let is_number = match bytes.get(whole) {
        None => true,
        Some(b'.') => whole + 1 + digits(whole + 1) == bytes.len(),
        Some(_) => false,
    };
    let is_short = bytes.len() <= MAX_SCALE as usize;
    let is_led_by_zeros = whole > 1 && bytes[0] == b'0';
    if !is_number || !is_short || is_led_by_zeros || whole == 0 {
        return None;
    }
    let zeros = bytes[whole..]
        .iter()
        .rev()
        .take_while(|&&it| it == b'0')
        .count();
    let end = bytes.len() - zeros;
    Some(&text[..if end == whole + 1 { whole } else { end }])
}

fn integer(text: &str) -> Result<(bool, u128, usize), NoDecimal> {
    match scalar::integer(text) {
        Some((negative, mantissa)) if mantissa <= MAX_MANTISSA => Ok((negative, mantissa, 0)),
        _ => Err(NoDecimal::Inexact),
    }
}

fn exact(float: &scalar::Float<'_>) -> Result<(bool, u128, usize), NoDecimal> {
    let fraction = float.fraction.trim_end_matches('0');
    let digits = || float.whole.bytes().chain(fraction.bytes());
    let trailing_zeros = digits().rev().take_while(|&it| it == b'0').count();
    let significant = digits().count() - trailing_zeros;
    let mut mantissa = 0u128;
    for digit in digits().take(significant) {
        mantissa = shift(mantissa)? + u128::from(digit - b'0');
    }
    if mantissa == 0 {
        return Ok((false, 0, 0));
    }
    let exponent = exponent(float.exponent)?;
    let mut scale = fraction.len() as i64 - trailing_zeros as i64 - exponent;
    while scale < 0 {
        mantissa = shift(mantissa)?;
        scale += 1;
    }
    if scale > MAX_SCALE || mantissa > MAX_MANTISSA {
        return Err(NoDecimal::Inexact);
    }
    Ok((float.negative, mantissa, scale as usize))
}

/// Stops at the first digit too many, so that neither a long number nor a large exponent costs time.
fn shift(mantissa: u128) -> Result<u128, NoDecimal> {
    if mantissa > MAX_MANTISSA {
        return Err(NoDecimal::Inexact);
    }
    Ok(mantissa * 10)
}

fn exponent(text: &str) -> Result<i64, NoDecimal> {
    if text.is_empty() {
        return Ok(0);
    }
    let exponent: i32 = text.parse().map_err(|_| NoDecimal::Inexact)?;
    Ok(exponent.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: Result<&str, NoDecimal>) {
        assert_eq!(
            decimal_text(text).as_deref(),
            expected.as_ref().map(|it| *it),
            "{text}"
        );
    }

    #[test]
    fn numbers_are_written_out() {
        check("12", Ok("12"));
        check("1.50", Ok("1.5"));
        check("1.00000000000000000000000000000000000000", Ok("1"));
        check("100", Ok("100"));
        check("1e3", Ok("1000"));
        check("1E-2", Ok("0.01"));
        check("120e-1", Ok("12"));
        check(".5", Ok("0.5"));
        check("5.", Ok("5"));
        check("+7", Ok("7"));
        check("-0.10", Ok("-0.1"));
        check("-0.0", Ok("0"));
        check("0e999999999999", Ok("0"));
        check("0x10", Ok("16"));
        check("000000000000000000000000000000000000001", Ok("1"));
        check(
            "79228162514264337593543950335",
            Ok("79228162514264337593543950335"),
        );
        check(
            "0.0000000000000000000000000001",
            Ok("0.0000000000000000000000000001"),
        );
    }

    #[test]
    fn numbers_that_would_be_rounded_are_refused() {
        check("79228162514264337593543950336", Err(NoDecimal::Inexact));
        check("0.00000000000000000000000000001", Err(NoDecimal::Inexact));
        check("1e999999999", Err(NoDecimal::Inexact));
        check("1e-999999999", Err(NoDecimal::Inexact));
        check("1e99999999999999999999", Err(NoDecimal::Inexact));
        check(&"9".repeat(1_000_000), Err(NoDecimal::Inexact));
        check(&format!("0x{}", "f".repeat(40)), Err(NoDecimal::Inexact));
    }

    #[test]
    fn other_text_is_no_number() {
        for text in [
            "", "abc", ".inf", "-.inf", ".nan", "1_000", "0b1", "1 000", "1,5", "NaN",
        ] {
            check(text, Err(NoDecimal::NotANumber));
        }
    }
}
