//! Another parser, saphyr's, finds the same scalars in the same texts.

use proptest::{collection::vec, prelude::*};
use saphyr_parser::{Event, Parser};

use super::{
    lanes::{config, fixture, usual_row},
    *,
};
use crate::shape::Shape;

/// The scalars of a text in their order. Nothing where the text is no YAML, or holds what rows don't give back in this
/// order.
fn by_saphyr(text: &str) -> Option<Vec<String>> {
    let mut scalars = Vec::new();
    let mut depth = 0;
    for event in Parser::new_from_str(text) {
        match event.ok()?.0 {
            Event::Scalar(text, _, 0, _) if depth == 2 => scalars.push(or_tilde(&text)),
            Event::SequenceStart(0, _) if depth == 0 => depth = 1,
            Event::MappingStart(0, _) if depth == 1 => depth = 2,
            Event::MappingEnd | Event::SequenceEnd => depth -= 1,
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentStart(_)
            | Event::DocumentEnd => {}
            _ => return None,
        }
    }
    Some(scalars)
}

fn by_reader(text: &str) -> Option<Vec<String>> {
    let mut reader = Reader::new(text.as_bytes(), Format::Yaml);
    let mut row = RawRow::new();
    let mut scalars = Vec::new();
    while reader.read(&mut row).ok()? {
        for index in 0..row.len() {
            // The text has the tag in it.
            if row.value(index).shape == Shape::Misfit {
                return None;
            }
            scalars.extend([row.name(index), row.value(index).text].map(or_tilde));
        }
    }
    Some(scalars)
}

/// Saphyr writes an empty value as it would a null.
fn or_tilde(text: &str) -> String {
    if text.is_empty() { "~" } else { text }.to_owned()
}

fn check(text: &str) -> Result<(), TestCaseError> {
    if let (Some(found), Some(expected)) = (by_reader(text), by_saphyr(text)) {
        prop_assert_eq!(found, expected, "{:?}", text);
    }
    Ok(())
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn agrees_on_fixtures(text in fixture()) {
        check(&text)?;
    }

    #[test]
    fn agrees_on_usual_rows(rows in vec(usual_row(), 1..5)) {
        let text = rows.concat();
        check(&text)?;
        prop_assert!(by_saphyr(&text).is_some());
    }
}
