//! What tags say. Only the core schema's are known: what another one means, nobody here can say.

use granit_parser::Tag;

use crate::{message, scalar, shape::Shape};

/// The text and the shape of a tagged scalar.
pub(crate) fn scalar(text: String, tag: &Tag) -> (String, Shape) {
    if is_non_specific(tag) {
        return (text, Shape::Text);
    }
    let fits = match tag.core_suffix() {
        Some("str") => return (text, Shape::Text),
        Some("int") => scalar::is_integer(&text),
        Some("float") if scalar::float(&text).is_none() => false,
        // Written like a whole number, it is none all the same.
        Some("float") if scalar::is_integer(&text) => return (text + ".0", Shape::Plain),
        Some("float") => true,
        Some("bool") => scalar::boolean(&text).is_some(),
        Some("null") => scalar::is_null(&text),
        _ => false,
    };
    match fits {
        true => (text, Shape::Plain),
        false => (format!("{} {text}", tag.original()), Shape::Misfit),
    }
}

/// Refuses a tag of a collection, unless it says what the collection is anyway: `seq` or `map`.
pub(crate) fn check_collection(tag: Option<&Tag>, kind: &str) -> Result<(), String> {
    match tag {
        Some(tag) if !is_non_specific(tag) && tag.core_suffix() != Some(kind) => Err(unknown(tag)),
        _ => Ok(()),
    }
}

/// Whether the tag is a lone `!`.
fn is_non_specific(tag: &Tag) -> bool {
    tag.parts() == ("", "!")
}

fn unknown(tag: &Tag) -> String {
    let tag = tag.original();
    format!(
        "the tag `{}` has no meaning here; leave it out",
        message::shown(&tag)
    )
}
