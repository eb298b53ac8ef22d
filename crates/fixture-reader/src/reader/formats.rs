//! JSON Lines and CSV: what is read of them, where it stands, and that other readers read the same.

use std::io;

use proptest::{collection::vec, prelude::*, sample::select};
use serde_json::Value as Json;

use super::{
    comparison::disagreement,
    lanes::config,
    tests::{rows_of, spans_of},
    *,
};
use crate::shape::Shape;

#[track_caller]
fn check(format: Format, input: impl AsRef<[u8]>, expected: &[&str]) {
    let input = input.as_ref();
    let found = rows_of(format, input);
    let text = String::from_utf8_lossy(input);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{text:?}");
}

#[track_caller]
fn check_spans(format: Format, input: &str, expected: &[&str]) {
    let found = spans_of(format, input);
    assert_eq!(found.lines().collect::<Vec<_>>(), expected, "{input:?}");
}

#[test]
fn json_rows() {
    let check = |input: &str, expected: &[&str]| check(Format::JsonLines, input, expected);
    for none in ["", "\n", "\u{feff}", " \t\r\n\r\n\n  "] {
        check(none, &[]);
    }
    check(
        "\u{feff}{\"a\":1,\"b\":\"x\"}\r\n\n{\"a\": 2.50 , \"b\": null}\r{}",
        &["a=1 b='x'", "a=2.50 b=null", ""],
    );
    check(
        r#"{"a": "\"\u00e9\n\ud83d\ude00", "b\t": true, "c": [1, {}], "d": {"e": 1}, "f": -1e3}"#,
        &["a='\"é", "😀' b\t=true c=[] d={} f=-1e3"],
    );
    check("{\"a\": 1, \"a\": \"7\"}\n", &["a=1 a='7'"]);
}

#[test]
fn json_places() {
    check_spans(
        Format::JsonLines,
        "\u{feff}{\"id\": 1, \"né\": \"ü\"}\n\n  {\"a\\u0062\": \"\\n\", \"c\": [1, 2]}\n{}\n",
        &[
            "1:2+4 id@1:2+4=1:8+1 né@1:11+4=1:17+3",
            "3:4+9 ab@3:4+9=3:15+4 c@3:21+3=3:26+6",
            "4:1+1",
        ],
    );
    let rows = "{\"id\": 1, \"name\": \"x\"}\n".repeat(3);
    let row = |line: u64| {
        format!("{line}:2+4 id@{line}:2+4=1:8+1 name@{line}:11+6={line}:19+3")
            .replace("=1:8", &format!("={line}:8"))
    };
    let expected: Vec<_> = (1..=3).map(row).collect();
    let expected: Vec<_> = expected.iter().map(String::as_str).collect();
    check_spans(Format::JsonLines, &rows, &expected);
}

#[test]
fn json_that_is_no_row() {
    let check = |input: &[u8], expected: &[&str]| check(Format::JsonLines, input, expected);
    let no_row = "expected a row, such as `{\"id\": 1}`";
    check(b"  [1]\n", &[&format!("1:3+1 {no_row}")]);
    check("{}\né\n".as_bytes(), &["", &format!("2:1+1 {no_row}")]);
    let unended = "a row that does not end on its line; each takes one line, from `{` to `}`";
    check(b"{\n\"a\": 1}\n", &[&format!("1:2+1 {unended}")]);
    check(b"{\"a\": 1", &[&format!("1:8+1 {unended}")]);
    check(b"{\"a\": \"x", &[&format!("1:9+1 {unended}")]);
    check(
        "{\"é\": 1} x\n".as_bytes(),
        &["1:10+1 more after the end of the row"],
    );
    check(
        b"{\"a\": 1} {\"a\": 2}\n",
        &["1:10+1 more after the end of the row"],
    );
    check(b"{\"a\": 01}\n", &["1:8+1 invalid number"]);
    check(
        b"{\"a\": x}\n",
        &["1:7+1 a value that JSON does not know; put text in double quotes"],
    );
    check(
        b"{\"a\": tru}\n",
        &["1:10+1 a value that JSON does not know; put text in double quotes"],
    );
    check(
        b"{\"a\": \"b\tc\"}\n",
        &["1:9+1 control character (\\u0000-\\u001F) found while parsing a string"],
    );
    check(b"{\"a\": 1,}\n", &["1:9+1 trailing comma"]);
    check(b"{a: 1}\n", &["1:2+1 a name without double quotes"]);
    check(
        b"{\"a\": \"\\ud800\"}\n",
        &["1:7+1 an escape that is half a character: `\\ud800` to `\\udfff` go in pairs"],
    );
    check(
        b"{\"a\": \"\xe9\"}\n",
        &["1:8+1 not UTF-8; save the fixture in that encoding"],
    );
    check(
        b"{\"a\": \"\0\"}\n",
        &["1:8+1 a NUL character; fixtures are text in UTF-8"],
    );
    check(b"\xff\xfe{\0", &["1:1+1 UTF-16; save the fixture as UTF-8"]);
}

#[test]
fn csv_rows() {
    let check = |input: &str, expected: &[&str]| check(Format::Csv, input, expected);
    for none in ["", "\n", "\u{feff}", "id,name", "\r\nid,name\r\n\r\n\n"] {
        check(none, &[]);
    }
    check(
        "\u{feff}id,name\r\n1,Ada\r\n\r\n2,\"x, \"\"y\"\"\"\n3,\r4,\"\"",
        &[
            "id=1 name=Ada",
            "id=2 name='x, \"y\"'",
            "id=3 name=",
            "id=4 name=''",
        ],
    );
    check(
        "\"a \"\"b\"\"\",é\n \"\n",
        &["2:2+1 a quote inside a field without quotes; quote the field and double the quote"],
    );
    check("\"a \"\"b\"\"\",é\n 7 ,ß\n", &["a \"b\"= 7  é=ß"]);
    check("a,b\n\"one\ntwo\",\"\r\n\"\n", &["a='one", "two' b='", "'"]);
}

#[test]
fn csv_places() {
    check_spans(
        Format::Csv,
        "\u{feff}id,\"né\"\n1,ü\n\n\"é\r\né\",x\n,\"\"\n",
        &[
            "2:1+1 id@1:1+2=2:1+1 né@1:4+4=2:3+1",
            "4:1+2 id@1:1+2=4:1+2 né@1:4+4=5:4+1",
            "6:1+1 id@1:1+2=6:1+1 né@1:4+4=6:2+2",
        ],
    );
    check_spans(
        Format::Csv,
        "\n\"a\"\"\nb\",c\n\"x\ny\",1\n2,3\n",
        &[
            "4:1+2 a\"",
            "b@2:1+4=4:1+2 c@3:4+1=5:4+1",
            "6:1+1 a\"",
            "b@2:1+4=6:1+1 c@3:4+1=6:3+1",
        ],
    );
}

#[test]
fn csv_that_is_no_row() {
    let check = |input: &[u8], expected: &[&str]| check(Format::Csv, input, expected);
    check(
        b"id;name\n1;x\n",
        &["1:1+1 a header with `;` between the fields; it takes a comma"],
    );
    check(
        b"a,b\n1\n",
        &["2:1+1 a row of 1 fields below a header of 2"],
    );
    check(
        b"a,b\n1,2\n1,2,\xc3\xa9\n",
        &["a=1 b=2", "3:5+1 a row of 3 fields below a header of 2"],
    );
    check(b"a,b,a\n1,2,3\n", &["1:5+1 two columns `a`; leave one out"]);
    check(
        b"a,,b\n",
        &["1:3+1 a column without a name; each must have one in the header"],
    );
    check("é,b\n\"é\n\",\"x\n".as_bytes(), &["3:3+1 unclosed quote"]);
    check(
        "a,b\n\"é\"x,1\n".as_bytes(),
        &["2:4+1 text after a closing quote; double a quote that belongs to the text"],
    );
    check(
        b"a\n\xe9\n",
        &["2:1+1 not UTF-8; save the fixture in that encoding"],
    );
    check(
        b"a\n\"\n\0\"\n",
        &["3:1+1 a NUL character; fixtures are text in UTF-8"],
    );
    check(b"\xff\xfea\0", &["1:1+1 UTF-16; save the fixture as UTF-8"]);
}

/// Bytes that never end, and how many were asked for.
struct Endless<'a> {
    start: &'a [u8],
    again: &'a [u8],
    at: usize,
}

impl Read for Endless<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        for byte in &mut *buffer {
            let again = self.at.saturating_sub(self.start.len()) % self.again.len();
            *byte = *self.start.get(self.at).unwrap_or(&self.again[again]);
            self.at += 1;
        }
        Ok(buffer.len())
    }
}

/// The last line of `start` followed by `again` for ever is an error, known after less than 64 MiB.
#[track_caller]
fn check_endless(format: Format, start: &str, again: &str, expected: &str) {
    let (start, again) = (start.as_bytes(), again.as_bytes());
    let mut input = Endless {
        start,
        again,
        at: 0,
    };
    let found = rows_of(format, &mut input);
    assert_eq!(found.lines().last(), Some(expected));
    assert!(input.at < 64 << 20, "{} bytes read", input.at);
}

#[test]
fn rows_without_an_end_are_errors() {
    let row = "1:1+1 a row of more than 16 MiB";
    for (start, again) in [
        ("", " "),
        ("{\"a\": \"", "x"),
        ("{\"a\": [", "["),
        ("{", "\"a\":1,"),
    ] {
        check_endless(Format::JsonLines, start, again, row);
    }
    check_endless(Format::Csv, "a", "x", row);
    check_endless(Format::Csv, "a\n1", "x", "2:1+1 a row of more than 16 MiB");
    let value = "2:3+1 a value of more than 1 MiB";
    check_endless(Format::Csv, "a,b\n1,\"", "x\n", value);
    check_endless(Format::Csv, "a,b\n1,\"", "\"\"", value);
    check_endless(
        Format::Csv,
        "a,b\n1",
        ",",
        "2:1026+1 a row of far too many fields",
    );
    check_endless(
        Format::Csv,
        "a",
        ",a",
        "1:2050+1 a row of far too many fields",
    );
}

#[test]
fn limits_hold_in_every_format() {
    let text = "x".repeat((1 << 20) + 1);
    let check = |format, input: String, expected: &str| {
        assert_eq!(
            rows_of(format, input.as_bytes()).lines().last(),
            Some(expected)
        );
    };
    let value = "1:7+1 a value of more than 1 MiB";
    check(Format::JsonLines, format!("{{\"a\": \"{text}\"}}\n"), value);
    check(
        Format::Csv,
        format!("a,b\n1,{text}\n"),
        "2:3+1 a value of more than 1 MiB",
    );
    check(
        Format::Csv,
        format!("a,b\n1,\"{text}\"\n"),
        "2:3+1 a value of more than 1 MiB",
    );

    let members: String = (0..100_000).map(|it| format!("\"f{it}\": 1, ")).collect();
    let fields = "1:5524+1 a row of more than 512 fields";
    check(
        Format::JsonLines,
        format!("{{{members}\"f\": 1}}\n"),
        fields,
    );
    let names: Vec<_> = (0..100_000).map(|it| format!("f{it}")).collect();
    check(
        Format::Csv,
        names.join(",") + "\n",
        "1:5040+1 a row of far too many fields",
    );

    let (open, close) = ("[".repeat(200_000), "]".repeat(200_000));
    let deep = "1:7+1 lists and mappings more than 64 deep";
    check(
        Format::JsonLines,
        format!("{{\"a\": {open}{close}}}\n"),
        deep,
    );
    check(
        Format::JsonLines,
        format!("{{\"a\": {}{}}}\n", &open[..64], &close[..64]),
        "a=[]",
    );
    let rows = "{\"a\": \"\\u0000\"}\n";
    check(Format::JsonLines, rows.into(), "a='\0'");
}

/// Names and texts of all rows, strings in quotes; `None` where there is an error.
fn texts(format: Format, input: impl Read) -> Option<Vec<Vec<(String, String)>>> {
    let mut reader = Reader::new(input, format);
    let mut row = RawRow::new();
    let mut rows = Vec::new();
    while reader.read(&mut row).ok()? {
        let fields = row.fields().map(|(name, value)| {
            let text = match value.shape {
                Shape::Plain => value.text.to_owned(),
                Shape::Text => format!("{:?}", value.text),
                Shape::Misfit => unreachable!("neither format has tags"),
                Shape::List => "[]".to_owned(),
                Shape::Mapping => "{}".to_owned(),
            };
            (name.to_owned(), text)
        });
        rows.push(fields.collect());
    }
    Some(rows)
}

/// As `texts`, by serde_json alone. Its maps keep the last of two members of a name.
fn by_serde_json(input: &str) -> Option<Vec<Vec<(String, String)>>> {
    let lines = input
        .split(['\n', '\r'])
        .filter(|it| !it.trim_ascii().is_empty());
    let rows = lines.map(|line| {
        let members: serde_json::Map<String, Json> = serde_json::from_str(line).ok()?;
        let field = |(name, value): (String, Json)| {
            let text = match value {
                Json::String(text) => format!("{text:?}"),
                Json::Array(_) => "[]".to_owned(),
                Json::Object(_) => "{}".to_owned(),
                other => other.to_string(),
            };
            (name, text)
        };
        Some(members.into_iter().map(field).collect())
    });
    rows.collect()
}

fn by_csv(input: &str) -> Option<Vec<Vec<(String, String)>>> {
    let mut reader = csv::Reader::from_reader(input.as_bytes());
    let names: Vec<_> = reader.headers().ok()?.iter().map(str::to_owned).collect();
    let row = |record: csv::Result<csv::StringRecord>| {
        let record = record.ok()?;
        let values = record.iter().map(str::to_owned);
        Some(names.iter().cloned().zip(values).collect())
    };
    reader.records().map(row).collect()
}

fn json_text() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        6 => "-?[0-9]{1,9}",
        2 => "-?[0-9]{1,4}\\.[0-9]{0,3}",
        6 => "\"[a-z A-Z0-9é,:'{}]{0,12}\"",
        1 => "\"([a-z]|\\\\[nt\"\\\\/]|\\\\u00e9){0,6}\"",
        1 => select(vec!["null", "true", "false", "[]", "[1, \"]\"]", "{\"a\": {}}", "tru", "-", "1 ", "1 2", "\"a\"b", "\"", ""]).prop_map(String::from),
    ];
    let colon = prop_oneof![8 => Just(": "), 1 => Just(":"), 1 => Just(" :\t")];
    let end =
        prop_oneof![8 => Just("\n"), 1 => select(vec!["\r\n", "\r", "\n\n", " \n", "x\n", ""])];
    let row = (vec(value, 3), end);
    (vec("[a-z]{1,4}", 1..4), colon, vec(row, 1..7)).prop_map(|(names, colon, rows)| {
        let row = |(values, end): (Vec<String>, &str)| {
            let field = |(name, value): (&String, String)| format!("\"{name}\"{colon}{value}");
            let fields: Vec<_> = names.iter().zip(values).map(field).collect();
            format!("{{{}}}{end}", fields.join(", "))
        };
        rows.into_iter().map(row).collect()
    })
}

fn csv_text() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        6 => "[a-z0-9é. ]{0,12}",
        3 => "\"([a-z,\r\né]|\"\"){0,6}\"",
        1 => select(vec!["\"", "\"a\"b", "a\"b", "a,b", "\n"]).prop_map(String::from),
    ];
    let end = prop_oneof![8 => Just("\n"), 2 => Just("\r\n"), 1 => select(vec!["\r", "\n\n", ""])];
    let row = (vec(value, 2), end);
    vec(row, 1..7).prop_map(|rows| {
        let row = |(values, end): (Vec<String>, &str)| format!("{}{end}", values.join(","));
        format!("a,b\n{}", rows.into_iter().map(row).collect::<String>())
    })
}

/// Names and texts, duplicates of a name and the ways to write a number aside.
fn comparable(rows: Vec<Vec<(String, String)>>) -> Vec<Vec<(String, String)>> {
    let row = |fields: Vec<(String, String)>| {
        let mut members = std::collections::BTreeMap::new();
        for (name, text) in fields {
            let number = serde_json::from_str::<serde_json::Number>(&text);
            members.insert(name, number.map_or(text, |it| it.to_string()));
        }
        members.into_iter().collect()
    };
    rows.into_iter().map(row).collect()
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn json_agrees_with_serde_json(text in json_text()) {
        let found = texts(Format::JsonLines, text.as_bytes());
        prop_assert_eq!(disagreement(Format::JsonLines, text.as_bytes()), None);
        prop_assert_eq!(found.map(comparable), by_serde_json(&text).map(comparable));
    }

    #[test]
    fn csv_agrees_with_csv(text in csv_text()) {
        let found = texts(Format::Csv, text.as_bytes());
        prop_assert_eq!(disagreement(Format::Csv, text.as_bytes()), None);
        // What the other lets pass: quotes where none may be, and none where one must be.
        if let Some(found) = found {
            let unquoted = found.into_iter().map(|row| row.into_iter().map(|(name, text)| {
                let text = serde_json::from_str::<String>(&text.replace("\\'", "'")).ok().filter(|_| text.starts_with('"')).unwrap_or(text);
                (name, text)
            }).collect()).collect();
            prop_assert_eq!(Some(unquoted), by_csv(&text));
        }
    }
}
