use std::borrow::Cow;

/// Text from outside, safe to show on a terminal: what a terminal would obey or hide is spelled as in a Rust
/// string, `\n` or `\u{202e}`. All other text, backslashes too, stays as it is.
pub fn escape(text: &str) -> Cow<'_, str> {
    if !text.contains(is_unprintable) {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 16);
    for c in text.chars() {
        if is_unprintable(c) {
            shown.extend(c.escape_default());
        } else {
            shown.push(c);
        }
    }
    Cow::Owned(shown)
}

/// Whether a terminal would obey the character or hide it: controls, line and paragraph separators, and Unicode's
/// format characters that are invisible or change the order of what surrounds them (general category Cf).
pub(super) fn is_unprintable(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '\u{ad}'
                | '\u{61c}'
                | '\u{180e}'
                | '\u{200b}'..='\u{200f}'
                | '\u{2028}'..='\u{202e}'
                | '\u{2060}'..='\u{206f}'
                | '\u{feff}'
                | '\u{fff9}'..='\u{fffb}'
                | '\u{e0000}'..='\u{e007f}'
        )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_a_terminal_obeys_or_hides_is_spelled_out() {
        let check = |text: &str, shown: &str| assert_eq!(escape(text), shown);
        check("", "");
        check("Alice", "Alice");
        check("Zoë 日本 🦀 e\u{301}", "Zoë 日本 🦀 e\u{301}");
        check(r"C:\data\n", r"C:\data\n");
        check("a\tb\r\nc\0", r"a\tb\r\nc\u{0}");
        check("\x1b[2J\x1b]0;owned\x07", r"\u{1b}[2J\u{1b}]0;owned\u{7}");
        check("\u{9b}31m\x7f", r"\u{9b}31m\u{7f}");
        check("user\u{202e}nimda\u{2066}", r"user\u{202e}nimda\u{2066}");
        check(
            "\u{feff}a\u{200b}b\u{200d}c\u{2028}d\u{2029}",
            r"\u{feff}a\u{200b}b\u{200d}c\u{2028}d\u{2029}",
        );
        check(
            "\u{61c}\u{200e}\u{200f}\u{e0041}",
            r"\u{61c}\u{200e}\u{200f}\u{e0041}",
        );
    }

    proptest! {
        #[test]
        fn nothing_a_terminal_obeys_is_left(text in any::<String>()) {
            let shown = escape(&text);
            prop_assert!(!shown.contains(is_unprintable));
            prop_assert_eq!(escape(&shown), shown.as_ref());
        }
    }
}
