/// The word somebody may have meant who wrote `word`; `None` where none is near enough to be a slip.
pub(crate) fn closest<'a>(word: &str, among: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let written = word.to_lowercase();
    among
        .into_iter()
        .map(|candidate| {
            (
                strsim::osa_distance(&written, &candidate.to_lowercase()),
                candidate,
            )
        })
        .filter(|(distance, _)| *distance <= plausible_distance(&written))
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, candidate)| candidate)
}

/// One slip in three letters, as compilers count it, and at least one.
fn plausible_distance(word: &str) -> usize {
    (word.chars().count() / 3).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_is_recognised_and_another_word_is_not() {
        let check = |word: &str, expected: Option<&str>| {
            assert_eq!(
                closest(word, ["users", "products", "orders"]),
                expected,
                "{word}"
            );
        };
        check("usres", Some("users"));
        check("ordrs", Some("orders"));
        check("Products", Some("products"));
        check("product", Some("products"));
        check("users", Some("users"));
        check("invoices", None);
        check("", None);
        check("x", None);
    }
}
