//! All ways to read a text agree, and none panics. The first byte chooses the format.

#![no_main]

use fixture_reader::{Format, RawRow, Reader, disagreement};
use libfuzzer_sys::fuzz_target;
use rust_decimal::Decimal;
use serde::Deserialize;

const FORMATS: [Format; 3] = [Format::Yaml, Format::JsonLines, Format::Csv];

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading it is all")]
struct Row {
    a: i64,
    b: Option<Decimal>,
    #[serde(default)]
    c: String,
    d: Option<bool>,
}

fuzz_target!(|data: &[u8]| {
    let Some((first, input)) = data.split_first() else {
        return;
    };
    let format = FORMATS[usize::from(*first) % FORMATS.len()];
    assert_eq!(disagreement(format, input), None);
    let mut reader = Reader::new(input, format);
    let mut row = RawRow::new();
    while matches!(reader.read(&mut row), Ok(true)) {
        if let Err(broken) = row.deserialize::<Row>() {
            assert!(!broken.faults.is_empty());
        }
    }
});
