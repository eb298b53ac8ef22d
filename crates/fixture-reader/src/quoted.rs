use crate::{RawRow, part::Part, shape::Shape};

/// The two kinds of quotes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Quote {
    Single,
    Double,
}

impl Quote {
    pub(crate) fn new(mark: u8) -> Self {
        if mark == b'\'' {
            Self::Single
        } else {
            Self::Double
        }
    }
}

/// Replaces the escapes in the quoted values of a row. `None` where one is not among the usual ones.
pub(crate) fn unescape(row: &mut RawRow) -> Option<()> {
    let mut unescaped = String::new();
    for field in &mut row.fields {
        if field.shape != Shape::Text {
            continue;
        }
        let raw = &row.text[field.text.range()];
        let quote = Quote::new(row.text.as_bytes()[field.written.start as usize]);
        unescaped.clear();
        match quote {
            Quote::Single if raw.contains('\'') => unescaped.push_str(&raw.replace("''", "'")),
            Quote::Double if raw.contains('\\') => unescape_double(raw, &mut unescaped)?,
            _ => continue,
        }
        let start = row.text.len();
        row.text.push_str(&unescaped);
        field.text = Part::new(start, row.text.len());
    }
    Some(())
}

fn unescape_double(raw: &str, unescaped: &mut String) -> Option<()> {
    let mut rest = raw.chars();
    while let Some(character) = rest.next() {
        if character != '\\' {
            unescaped.push(character);
            continue;
        }
        unescaped.push(match rest.next()? {
            'n' => '\n',
            't' => '\t',
            'r' => '\r',
            same @ ('"' | '\\' | '/') => same,
            'u' => {
                let digits = rest
                    .as_str()
                    .get(..4)
                    .filter(|it| it.bytes().all(|it| it.is_ascii_hexdigit()))?;
                let code = u32::from_str_radix(digits, 16).ok()?;
                rest = rest.as_str()[4..].chars();
                // Half of a surrogate pair is no character, and needs the other half.
                char::from_u32(code)?
            }
            _ => return None,
        });
    }
    Some(())
}
