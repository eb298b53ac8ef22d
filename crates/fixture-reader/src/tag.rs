//! What tags say. Only the core schema's are known: what another one means, nobody here can say.

use granit_parser::Tag;

use crate::{message, scalar, shape::Shape};

/// The shape that a tag gives to a scalar, or why it can't.
pub(crate) fn shape_of_scalar(text: &str, tag: &Tag) -> Result<Shape, String> {
    if is_non_specific(tag) {
        return Ok(Shape::Text);
    }
    let is_right = match tag.core_suffix() {
        Some("str") => return Ok(Shape::Text),
        Some("int") => scalar::is_integer(text),
        Some("float") => scalar::is_integer(text) || scalar::float(text).is_some(),
        Some("bool") => scalar::boolean(text).is_some(),
        Some("null") => scalar::is_null(text),
        Some(_) => false,
        None => return Err(unknown(tag)),
    };
    if is_right {
        return Ok(Shape::Plain);
    }
    let (text, tag) = (message::shown(text), tag.original());
    Err(format!("`{text}` is not what the tag `{tag}` says"))
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
