//! What the faults of a row say.

use std::fmt::Write;

use granit_parser::ErrorKind;

use crate::{limits, mismatch::Mismatch, shape::Shape, value::Value};

/// Characters of the fixture's text that a message shows.
const SHOWN: usize = 60;

pub(crate) fn missing(name: &str) -> String {
    format!("`{name}` is missing")
}

pub(crate) fn duplicate(name: &str) -> String {
    format!("`{}` is given twice; the first value is kept", shown(name))
}

pub(crate) fn unknown(name: &str, known: &[&str]) -> String {
    let mut message = format!("unknown field `{}`", shown(name));
    suggest(&mut message, name, known);
    message
}

pub(crate) fn of_value(name: &str, value: Value<'_>, mismatch: &Mismatch) -> String {
    match mismatch {
        Mismatch::Null => format!("`{name}` must not be {}", null(value)),
        Mismatch::HoldsNul => format!("`{name}` {mismatch}"),
        Mismatch::Not(expected) => format!("`{name}` must be {expected}, not {}", found(value)),
        Mismatch::Quoted(expected) => {
            let found = found(value);
            format!("`{name}` must be {expected}, not {found}; leave the quotes out")
        }
        Mismatch::NoVariant(variants) => no_variant(name, value, variants),
        other => format!("`{name}` can't be {}: {other}", found(value)),
    }
}

/// What follows the message of a value whose type reads the example.
pub(crate) fn written_like(example: &str) -> String {
    format!("; it is written like `{example}`")
}

fn null(value: Value<'_>) -> &'static str {
    if value.text.is_empty() {
        "empty"
    } else {
        "null"
    }
}

fn no_variant(name: &str, value: Value<'_>, variants: &[&str]) -> String {
    let mut message = format!("`{name}` must be one of ");
    for (index, variant) in variants.iter().enumerate() {
        let comma = if index == 0 { "" } else { ", " };
        // Writing to a string can't fail.
        let _ = write!(message, "{comma}`{variant}`");
    }
    let _ = write!(message, ", not {}", found(value));
    suggest(&mut message, value.text, variants);
    message
}

fn found(value: Value<'_>) -> String {
    match value.shape {
        Shape::Plain => format!("`{}`", shown(value.text)),
        Shape::Text => format!("the text `{}`", shown(value.text)),
        Shape::Misfit => format!(
            "`{}`, whose tag does not fit; leave it out",
            shown(value.text)
        ),
        Shape::List => "a list".into(),
        Shape::Mapping => "a mapping".into(),
    }
}

/// `text`, cut where it is too long to show.
pub(crate) fn shown(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
    }
}

fn suggest(message: &mut String, text: &str, known: &[&str]) {
    // A third of the letters wrong is a typo; more is another word.
    let tolerated = text.chars().take(SHOWN + 1).count().div_ceil(3);
    if tolerated > SHOWN / 3 {
        return;
    }
    let text = text.to_lowercase();
    let distance = |name: &str| strsim::osa_distance(&text, &name.to_lowercase());
    let distances = known.iter().map(|it| (distance(it), it));
    let closest = distances.min_by_key(|(distance, _)| *distance);
    if let Some((distance, name)) = closest
        && distance <= tolerated
    {
        let _ = write!(message, "; did you mean `{name}`?");
    }
}

pub(crate) fn kind_of(value: Value<'_>) -> String {
    match value.shape {
        _ if value.is_null() => "nothing".into(),
        Shape::Plain | Shape::Text => format!("the text `{}`", shown(value.text)),
        Shape::Misfit => format!("`{}`", shown(value.text)),
        Shape::List => "a list".into(),
        Shape::Mapping => "a mapping".into(),
    }
}

/// What an error of JSON on one line means to somebody who writes fixtures.
pub(crate) fn of_json_error(error: &serde_json::Error) -> String {
    if error.is_eof() {
        return "a row that does not end on its line; each takes one line, from `{` to `}`".into();
    }
    let message = error.to_string();
    match message.split_once(" at line ") {
        Some(("trailing characters", _)) => "more after the end of the row".into(),
        Some(("expected ident" | "expected value", _)) => {
            "a value that JSON does not know; put text in double quotes".into()
        }
        Some(("key must be a string", _)) => "a name without double quotes".into(),
        Some((what, _)) => what.to_owned(),
        None => message,
    }
}

/// That `character` is none that YAML allows where it stands.
pub(crate) fn not_printable(character: char) -> String {
    let code = u32::from(character);
    let escape = if code < 0x100 {
        format!("\\x{code:02x}")
    } else {
        format!("\\u{code:04x}")
    };
    format!(
        "the character U+{code:04X}, which is not printable; write it as `{escape}` in double quotes"
    )
}

/// What a parser's error means to somebody who writes fixtures.
pub(crate) fn of_scan_error(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::UnknownAnchor => "an alias to an anchor that is not defined before it".into(),
        ErrorKind::RecursionLimitExceeded => limits::DEPTH_MESSAGE.into(),
        ErrorKind::SimpleKeyExpected => "expected a field's name, `:` and a blank".into(),
        ErrorKind::MappingValueNotAllowed => {
            "`: ` begins a value where none can be; check the indentation, or put quotes around text that holds it".into()
        }
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::ExpectedBlockMappingKey => {
            format!("{kind}; check the indentation")
        }
        ErrorKind::BlockSequenceEntryNotAllowed => {
            "`- ` begins a list where none can be; put quotes around text that begins with it".into()
        }
        ErrorKind::MappingKeyNotAllowed => {
            "`? ` begins a name where none can be; put quotes around text that begins with it".into()
        }
        ErrorKind::ExpectedDocumentStart => "expected the next row, the end, or `---` after a directive; check the indentation".into(),
        ErrorKind::UnexpectedEofImplicitFlowMapping => "expected a field's name and its value".into(),
        ErrorKind::ExpectedFlowMappingSeparator => "expected `,` or `}`".into(),
        ErrorKind::ExpectedFlowSequenceSeparator => "expected `,` or `]`".into(),
        ErrorKind::MisplacedFlowCollectionEnd => "a bracket that closes none".into(),
        tab if is_about_indenting_tab(tab) => "a tab in the indentation; use spaces".into(),
        ErrorKind::UnexpectedCharacter { character } => {
            format!("unexpected `{character}`; put quotes around text that begins with it")
        }
        ErrorKind::InvalidTrailingSingleQuotedScalar => {
            "more behind a closing quote; within single quotes, `''` stands for `'`; or an earlier quote is not closed".into()
        }
        ErrorKind::InvalidTrailingDoubleQuotedScalar => {
            "more behind a closing quote; within double quotes, `\\\"` stands for `\"`; or an earlier quote is not closed".into()
        }
        ErrorKind::InvalidQuotedScalarHexEscape => {
            "an escape that lacks hexadecimal digits; `\\\\` is a backslash, or put single quotes around the text".into()
        }
        ErrorKind::UnknownQuotedScalarEscape => {
            "an escape that YAML does not know; `\\\\` is a backslash, or put single quotes around the text".into()
        }
        other => other.to_string(),
    }
}

/// Whether a tab stands where spaces have to.
pub(crate) fn is_about_indenting_tab(kind: &ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::TabInPlainScalar
            | ErrorKind::TabInIndentation
            | ErrorKind::TabInBlockIndentation
    )
}
