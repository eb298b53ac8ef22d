use std::fmt::Debug;

use chrono::{DateTime, FixedOffset, NaiveDate};
use rust_decimal::Decimal;
use serde::Deserialize;
use uuid::Uuid;

use super::*;
use crate::{FaultKind, Format, Reader, fields_of};

fn row(input: &str) -> RawRow {
    let mut row = RawRow::new();
    assert!(
        Reader::new(input.as_bytes(), Format::Yaml)
            .read(&mut row)
            .unwrap()
    );
    row
}

/// The field `v` of the row `- v: {text}`, or what is wrong with it.
fn field<T: DeserializeOwned>(text: &str) -> Result<T, String> {
    #[derive(Deserialize)]
    struct Row<T> {
        v: T,
    }
    let read = row(&format!("- v: {text}\n")).deserialize::<Row<T>>();
    read.map(|it| it.v)
        .map_err(|broken| broken.faults[0].message.clone())
}

#[track_caller]
fn check<T: DeserializeOwned + Debug + PartialEq>(text: &str, expected: T) {
    assert_eq!(field(text), Ok(expected), "{text}");
}

#[track_caller]
fn refuse<T: DeserializeOwned + Debug + PartialEq>(text: &str, expected: &str) {
    assert_eq!(field::<T>(text), Err(expected.to_owned()), "{text}");
}

#[test]
fn text() {
    for (text, expected) in [
        ("42", "42"),
        ("no", "no"),
        ("1.0", "1.0"),
        ("true", "true"),
        (".inf", ".inf"),
        ("\"\"", ""),
        ("'null'", "null"),
        ("\"7\"", "7"),
        ("~x", "~x"),
        ("|\n    x", "x\n"),
        ("!!str 7", "7"),
        ("!!str", ""),
    ] {
        check(text, expected.to_owned());
        check(text, Some(expected.to_owned()));
    }
    for (text, word) in [
        ("", "empty"),
        ("~", "null"),
        ("null", "null"),
        ("Null", "null"),
        ("NULL", "null"),
    ] {
        refuse::<String>(text, &format!("`v` must not be {word}"));
        check(text, None::<String>);
    }
    refuse::<String>("[1]", "`v` must be text, not a list");
    refuse::<Option<String>>("{a: 1}", "`v` must be text, not a mapping");
    for text in ["\"\\0\"", "\"a\\u0000b\"", "\"\\x00\""] {
        let message = "`v` holds a NUL character, which not every database can store";
        refuse::<String>(text, message);
        refuse::<Option<String>>(text, message);
    }
    check("x", 'x');
    refuse::<char>("xy", "`v` must be a character, not `xy`");
}

#[test]
fn integers() {
    check("7", 7);
    check("+7", 7u8);
    check("-2147483648", i32::MIN);
    check("0x10", 16i64);
    check("0o17", 15u16);
    check("017", 17);
    check("-128", -128i8);
    check("18446744073709551615", u64::MAX);
    check("340282366920938463463374607431768211455", u128::MAX);
    check("-170141183460469231731687303715884105728", i128::MIN);
    check("!!int \"7\"", 7);
    check("7", Some(7));
    check("~", None::<i32>);
    let whole = "`v` must be a whole number, not";
    for text in ["many", "2.0", "1e3", "1_000", "0b1", ".inf", "true", "1 2"] {
        refuse::<i32>(text, &format!("{whole} `{text}`"));
    }
    refuse::<i32>(
        "\"7\"",
        &format!("{whole} the text `7`; leave the quotes out"),
    );
    refuse::<i32>(
        "'0x10'",
        &format!("{whole} the text `0x10`; leave the quotes out"),
    );
    refuse::<i32>("'1.5'", &format!("{whole} the text `1.5`"));
    refuse::<Option<i32>>("[7]", &format!("{whole} a list"));
    refuse::<i32>("", "`v` must not be empty");
    let range = "`v` must be a whole number from -2147483648 to 2147483647, not";
    for text in ["2147483648", "0x80000000", &"9".repeat(50)] {
        refuse::<i32>(text, &format!("{range} `{text}`"));
    }
    refuse::<i32>("'2147483648'", &format!("{range} the text `2147483648`"));
    refuse::<u8>("-1", "`v` must be a whole number from 0 to 255, not `-1`");
}

#[test]
fn floats_and_booleans() {
    check("1.5", 1.5);
    check(".5e1", 5.0f32);
    check("7", 7.0);
    check("0x10", 16.0);
    for text in [".inf", "-.inf", ".nan", "inf", "NaN", "1e999"] {
        refuse::<f64>(text, &format!("`v` must be a finite number, not `{text}`"));
    }
    refuse::<f64>(
        "'1.5'",
        "`v` must be a finite number, not the text `1.5`; leave the quotes out",
    );
    check("true", true);
    check("FALSE", false);
    for text in ["yes", "1", "tRUE"] {
        refuse::<bool>(text, &format!("`v` must be true or false, not `{text}`"));
    }
    refuse::<f64>("'inf'", "`v` must be a finite number, not the text `inf`");
    refuse::<bool>(
        "'true'",
        "`v` must be true or false, not the text `true`; leave the quotes out",
    );
    refuse::<bool>("'1'", "`v` must be true or false, not the text `1`");
}

#[test]
fn decimals() {
    let decimal = |text: &str| text.parse::<Decimal>().unwrap();
    for (text, expected) in [
        ("1.50", "1.5"),
        ("1e3", "1000"),
        (".5", "0.5"),
        ("5.", "5"),
        ("+7", "7"),
        ("0x10", "16"),
        ("0o17", "15"),
        ("1E-2", "0.01"),
        ("-0.10", "-0.1"),
        ("1.00000000000000000000000000000000000000", "1"),
        ("007", "7"),
        (
            "79228162514264337593543950335",
            "79228162514264337593543950335",
        ),
        ("9999999999.99", "9999999999.99"),
    ] {
        check(text, decimal(expected));
        check(text, Some(decimal(expected)));
    }
    assert_eq!(field::<Decimal>("1.50").unwrap().scale(), 1);
    assert_eq!(field::<Decimal>("1.00").unwrap().scale(), 0);
    for text in [".inf", ".nan", "cheap", "1,5", "1_000", "NaN", "true"] {
        refuse::<Decimal>(text, &format!("`v` must be a number, not `{text}`"));
    }
    refuse::<Decimal>(
        "\"1.5\"",
        "`v` must be a number, not the text `1.5`; leave the quotes out",
    );
    refuse::<Decimal>("'NaN'", "`v` must be a number, not the text `NaN`");
    refuse::<Decimal>("[1]", "`v` must be a number, not a list");
    refuse::<Decimal>("null", "`v` must not be null");
    check("null", None::<Decimal>);
    for text in [
        "1e999999999",
        "1e29",
        "79228162514264337593543950336",
        "0.00000000000000000000000000001",
    ] {
        refuse::<Decimal>(
            text,
            &format!("`v` must be a number that 28 digits hold exactly, not `{text}`"),
        );
    }
}

#[test]
fn other_types() {
    #[derive(Debug, PartialEq, Deserialize)]
    #[serde(rename_all = "lowercase")]
    enum Status {
        Open,
        Paid,
    }
    check("open", Status::Open);
    check("\"paid\"", Status::Paid);
    refuse::<Status>(
        "opne",
        "`v` must be one of `open`, `paid`, not `opne`; did you mean `open`?",
    );
    refuse::<Status>("[]", "`v` must be one of `open`, `paid`, not a list");
    refuse::<Status>("~", "`v` must not be null");

    #[derive(Debug, PartialEq, Deserialize)]
    struct Id(u32);
    check("7", Id(7));
    check("7", Some(Id(7)));

    let uuid = "67e55044-10b1-426f-9247-bb680e5fe0c8";
    check(uuid, uuid.parse::<Uuid>().unwrap());
    assert!(
        field::<Uuid>("x")
            .unwrap_err()
            .starts_with("`v` can't be `x`: UUID parsing failed")
    );
    check("2024-02-29", NaiveDate::from_ymd_opt(2024, 2, 29).unwrap());
    let moment = "2024-02-29T12:00:00+02:00";
    check(
        moment,
        DateTime::<FixedOffset>::parse_from_rfc3339(moment).unwrap(),
    );
    assert!(
        field::<NaiveDate>("2023-02-29")
            .unwrap_err()
            .starts_with("`v` can't be `2023-02-29`: ")
    );
    check("~", ());
    assert!(
        field::<Vec<i32>>("[1]")
            .unwrap_err()
            .contains("can't be read from a fixture")
    );
}

#[test]
fn long_text_is_cut() {
    let long = "é".repeat(100);
    refuse::<bool>(
        &long,
        &format!("`v` must be true or false, not `{}…`", "é".repeat(60)),
    );
}

#[derive(Debug, PartialEq, Deserialize)]
struct User {
    id: i32,
    name: String,
    email: String,
    born: Option<NaiveDate>,
    #[serde(default)]
    active: bool,
    key: Option<Uuid>,
}

/// What is wrong with a row: kind, field, place and message of each fault.
#[track_caller]
fn check_faults(input: &str, expected: &[&str]) -> Broken<User> {
    let broken = row(input).deserialize::<User>().unwrap_err();
    let faults: Vec<_> = broken
        .faults
        .iter()
        .map(|fault| {
            let start = fault.span.start;
            let first = fault
                .first
                .map(|it| format!(" (first {}:{})", it.start.line, it.start.column));
            let first = first.unwrap_or_default();
            format!(
                "{:?} {} {}:{} {}{first}",
                fault.kind, fault.field, start.line, start.column, fault.message
            )
        })
        .collect();
    assert_eq!(faults, expected);
    broken
}

#[test]
fn a_good_row() {
    let user = row("- {id: 1, name: x, email: y}\n")
        .deserialize::<User>()
        .unwrap();
    assert_eq!(
        (user.id, user.born, user.active, user.key),
        (1, None, false, None)
    );
}

#[test]
fn every_fault_is_found() {
    let broken = check_faults(
        "- id: one\n  nmae: x\n  name: [x]\n  name: y\n  zzz: 1\n  born: today\n  active: ~\n  key: k\n  zzz: 2\n",
        &[
            "Type id 1:7 `id` must be a whole number, not `one`",
            "UnknownField nmae 2:3 unknown field `nmae`; did you mean `name`?",
            "Type name 3:9 `name` must be text, not a list",
            "DuplicateField name 4:3 `name` is given twice; the first value is kept (first 3:3)",
            "UnknownField zzz 5:3 unknown field `zzz`",
            "Type born 6:9 `born` can't be `today`: input contains invalid characters; it is written like `2026-01-31`",
            "Required active 7:11 `active` must not be null",
            "Type key 8:8 `key` can't be `k`: UUID parsing failed: invalid character: found `k` at 0; it is written like `123e4567-e89b-12d3-a456-426614174000`",
            "DuplicateField zzz 9:3 `zzz` is given twice; the first value is kept (first 5:3)",
            "Required email 1:3 `email` is missing",
        ],
    );
    assert!(broken.row.is_some());
    check_faults(
        "- ID: 1\n  name: x\n  email: y\n",
        &[
            "UnknownField ID 1:3 unknown field `ID`; did you mean `id`?",
            "Required id 1:3 `id` is missing",
        ],
    );
    assert!(
        ["id", "name", "born", "active", "key", "email"]
            .iter()
            .all(|it| broken.has_stand_in(it))
    );
    assert!(!broken.has_stand_in("nmae") && !broken.has_stand_in("zzz"));
}

#[test]
fn good_fields_keep_their_values() {
    let broken = check_faults(
        "- {id: 7, name:, email: e, name: n}\n",
        &[
            "Required name 1:11 `name` must not be empty",
            "DuplicateField name 1:28 `name` is given twice; the first value is kept (first 1:11)",
        ],
    );
    let row = broken.row.unwrap();
    assert_eq!((row.id, row.email.as_str()), (7, "e"));
    check_faults(
        "- {}\n",
        &[
            "Required id 1:3 `id` is missing",
            "Required name 1:3 `name` is missing",
            "Required email 1:3 `email` is missing",
        ],
    );
    let broken = check_faults(
        "- {id: 7, id: 8, name: n, email: e}\n",
        &["DuplicateField id 1:11 `id` is given twice; the first value is kept (first 1:4)"],
    );
    assert_eq!(broken.row.unwrap().id, 7);
}

#[test]
fn a_row_that_no_value_mends() {
    #[derive(Debug, Deserialize)]
    struct Picky {
        #[serde(rename = "a")]
        _a: Vec<i32>,
        #[serde(rename = "b")]
        _b: i32,
    }
    let broken = row("- {a: 1, b: x}\n").deserialize::<Picky>().unwrap_err();
    assert!(broken.row.is_none());
    assert_eq!(
        broken
            .faults
            .iter()
            .map(|it| it.field.as_str())
            .collect::<Vec<_>>(),
        ["a", "b"]
    );
    let broken = row("- {b: 1}\n").deserialize::<Picky>().unwrap_err();
    assert!(broken.row.is_none());
    assert_eq!(broken.faults[0].kind, FaultKind::Required);
}

#[test]
fn unknown_fields_denied_by_the_type_itself() {
    #[derive(Debug, Deserialize)]
    #[serde(deny_unknown_fields)]
    struct Strict {
        #[serde(rename = "a")]
        _a: i32,
    }
    let broken = row("- {b: 1, a: x, c: 2}\n")
        .deserialize::<Strict>()
        .unwrap_err();
    assert_eq!(
        broken
            .faults
            .iter()
            .map(|it| it.field.as_str())
            .collect::<Vec<_>>(),
        ["b", "a", "c"]
    );
    assert!(broken.row.is_some());
}

#[test]
fn places_of_fields() {
    let row = row("- id: 1\n  name:\n");
    assert_eq!(row.span_of("id"), Span::new(1, 7, 1));
    assert_eq!(row.span_of("name"), Span::new(2, 3, 4));
    assert_eq!(row.span_of("email"), Span::new(1, 3, 2));
}

#[test]
fn fields_of_a_type() {
    #[derive(Deserialize)]
    struct Wrapped(#[allow(dead_code, reason = "only its fields are asked for")] User);
    let expected = ["id", "name", "email", "born", "active", "key"];
    assert_eq!(fields_of::<User>(), expected);
    assert_eq!(fields_of::<Wrapped>(), expected);
    assert!(fields_of::<i32>().is_empty());
}
