/// A count as people write it, `1,234,567`.
pub fn thousands(count: u64) -> String {
    let digits = count.to_string();
    let mut grouped = String::with_capacity(digits.len() + digits.len() / 3);
    for (i, digit) in digits.chars().enumerate() {
        if i > 0 && (digits.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(digit);
    }
    grouped
}

/// A count and what is counted, `1 row` or `1,234 rows`.
pub fn counted(count: u64, what: &str) -> String {
    let plural = if count == 1 { "" } else { "s" };
    format!("{} {what}{plural}", thousands(count))
}

/// Milliseconds as people say them, `3.2 ms`, `10.4 s` or `2 min 5 s`.
pub fn duration(milliseconds: f64) -> String {
    let seconds = milliseconds / 1000.0;
    if seconds < 1.0 {
        format!("{milliseconds:.1} ms")
    } else if seconds < 60.0 {
        format!("{seconds:.1} s")
    } else {
        format!(
            "{} min {} s",
            (seconds / 60.0) as u64,
            (seconds % 60.0) as u64
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn thousands_are_separated() {
        let check = |count, written: &str| assert_eq!(thousands(count), written);
        check(0, "0");
        check(999, "999");
        check(1000, "1,000");
        check(123_456, "123,456");
        check(u64::MAX, "18,446,744,073,709,551,615");
    }

    #[test]
    fn one_is_singular() {
        let check = |count, written: &str| assert_eq!(counted(count, "row"), written);
        check(0, "0 rows");
        check(1, "1 row");
        check(14_000_000, "14,000,000 rows");
    }

    #[test]
    fn a_duration_has_the_unit_that_fits() {
        let check = |milliseconds, written: &str| assert_eq!(duration(milliseconds), written);
        check(0.0, "0.0 ms");
        check(3.2491, "3.2 ms");
        check(10_380.0, "10.4 s");
        check(125_000.0, "2 min 5 s");
    }
}
