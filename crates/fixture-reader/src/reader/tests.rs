use std::{
    fmt::Write,
    io::{self, Read, repeat},
};

use super::*;
use crate::{Span, shape::Shape};

/// Reads all of `input`; a row a line, each field as `name=text` (`'text'` for text, `[]` and `{}` for collections),
/// then the error, if any, with its place.
fn rows(input: impl Read) -> String {
    rows_of(Format::Yaml, input)
}

pub(super) fn rows_of(format: Format, input: impl Read) -> String {
    let mut reader = Reader::new(input, format);
    let mut row = RawRow::new();
    let mut found = String::new();
    loop {
        match reader.read(&mut row) {
            Ok(true) => found.push_str(&fields(&row)),
            Ok(false) => return found,
            Err(ReadError::Syntax(error)) => {
                let Span { start, width } = error.span;
                let message = &error.message;
                writeln!(found, "{}:{}+{width} {message}", start.line, start.column).unwrap();
                assert!(matches!(reader.read(&mut row), Ok(false)));
                return found;
            }
            Err(ReadError::Io(error)) => panic!("{error}"),
        }
    }
}

fn fields(row: &RawRow) -> String {
    let fields = (0..row.len()).map(|index| {
        let value = row.value(index);
        let text = match value.shape {
            Shape::Plain => value.text.to_owned(),
            Shape::Text => format!("'{}'", value.text),
            Shape::Misfit => format!("<{}>", value.text),
            Shape::List => "[]".to_owned(),
            Shape::Mapping => "{}".to_owned(),
        };
        format!("{}={text}", row.name(index))
    });
    let fields: Vec<_> = fields.collect();
    format!("{}\n", fields.join(" "))
}

/// As `rows`, but each field as `name@place=place`.
fn spans(input: &str) -> String {
    spans_of(Format::Yaml, input)
}

pub(super) fn spans_of(format: Format, input: &str) -> String {
    let mut reader = Reader::new(input.as_bytes(), format);
    let mut row = RawRow::new();
    let mut found = String::new();
    while reader.read(&mut row).unwrap() {
        write!(found, "{}", place(row.span())).unwrap();
        for index in 0..row.len() {
            let (name, value) = (row.name_span(index), row.value_span(index));
            write!(
                found,
                " {}@{}={}",
                row.name(index),
                place(name),
                place(value)
            )
            .unwrap();
        }
        found.push('\n');
    }
    found
}

fn place(Span { start, width }: Span) -> String {
    format!("{}:{}+{width}", start.line, start.column)
}

#[track_caller]
fn check(input: &str, expected: &[&str]) {
    assert_eq!(
        rows(input.as_bytes()).lines().collect::<Vec<_>>(),
        expected,
        "{input:?}"
    );
}

#[track_caller]
fn check_spans(input: &str, expected: &[&str]) {
    assert_eq!(
        spans(input).lines().collect::<Vec<_>>(),
        expected,
        "{input:?}"
    );
}

#[test]
fn no_rows() {
    for input in [
        "",
        "\n\n",
        "# none\n",
        "  # none",
        "null",
        "~\n",
        "[]",
        "--- []\n",
        "---\n",
        "\u{feff}",
        "---\n---\n...\n",
        "\r\n",
    ] {
        check(input, &[]);
    }
}

#[test]
fn rows_in_every_style() {
    check("- id: 1\n  name: x\n- id: 2\n", &["id=1 name=x", "id=2"]);
    check("- {id: 1, name: x}\n- {}\n", &["id=1 name=x", ""]);
    check("[{id: 1}, {\"id\":2}, id: 3]", &["id=1", "id=2", "id=3"]);
    check("  - id: 1\n  -\n    id: 2\n", &["id=1", "id=2"]);
    check("- ? id\n  : 1\n  ? 'the name'\n", &["id=1 the name="]);
    check(
        "\u{feff}# rows\r\n- id: 1\r\n\r\n  # more\r\n  name: x # y\r\n",
        &["id=1 name=x"],
    );
    check(
        "--- # first\n- id: 1\n...\n---\n- id: 2\n---\n[{id: 3}]\n",
        &["id=1", "id=2", "id=3"],
    );
    check(
        "- {id: 1,\n   name: x}\n- {\n    id: 2\n  }\n",
        &["id=1 name=x", "id=2"],
    );
}

#[test]
fn scalars() {
    check(
        "- a: x y  # c\n  b: a#b\n  c: a:b\n",
        &["a=x y b=a#b c=a:b"],
    );
    check(
        "- a: one\n    two\n\n    three\n",
        &["a=one two\nthree"]
            .join("")
            .split('\n')
            .collect::<Vec<_>>(),
    );
    check(
        "- a: 'it''s'\n  b: \"\\u00e9\\t\\\"\"\n  c: ''\n",
        &["a='it's' b='é\t\"' c=''"],
    );
    check(
        "- a: >-\n    one\n    two\n  b: |+\n    x\n  c: y\n",
        &["a='one two' b='x", "' c=y"],
    );
    check("- a:\n  b: ~\n  c: null\n", &["a= b=~ c=null"]);
    check(
        "- a: [1, {b: 2}]\n  b: {c: d}\n  c:\n  - 1\n",
        &["a=[] b={} c=[]"],
    );
}

#[test]
fn tags() {
    check(
        "- a: !!str 7\n  b: !!int \"7\"\n  c: ! 7\n  d: !!str\n",
        &["a='7' b=7 c='7' d=''"],
    );
    check("- !!map {a: !!seq [1]}\n", &["a=[]"]);
    check(
        "- {a: !!int seven, b: !vault x y}\n",
        &["a=<!!int seven> b=<!vault x y>"],
    );
    check(
        "- a: !!binary aGk=\n- a: !!bool yes\n",
        &["a=<!!binary aGk=>", "a=<!!bool yes>"],
    );
    check(
        "- {a: !!float 3, b: !!float 3.5, c: !!float 0x3}\n",
        &["a=3.0 b=3.5 c=<!!float 0x3>"],
    );
    check(
        "- !user {a: 1}\n",
        &["1:9+1 the tag `!user` has no meaning here; leave it out"],
    );
}

#[test]
fn tags_of_names() {
    check("- {!!str a: 1}\n", &["a=1"]);
    check(
        "- {!x a: 1}\n",
        &["1:7+1 `!x a` names no field; leave its tag out"],
    );
}

#[test]
fn anchors_and_merges() {
    check("- a: &x 1\n  b: *x\n- c: *x\n", &["a=1 b=1", "c=1"]);
    check("- &r {a: 1}\n- *r\n- <<: *r\n", &["a=1", "a=1", "a=1"]);
    check(
        "- &p {a: 1, b: 1}\n- &q {b: 2, c: 2}\n- {<<: [*p, *q], c: 3}\n",
        &["a=1 b=1", "b=2 c=2", "c=3 a=1 b=1"],
    );
    check(
        "- &p {a: 1}\n- &q {<<: *p, b: 2}\n- {a: 0, <<: *q, <<: *p}\n",
        &["a=1", "b=2 a=1", "a=0 b=2"],
    );
    check("- {\"<<\": 1}\n", &["<<=1"]);
    check("- {a: 1, a: 2}\n", &["a=1 a=2"]);
    check("- &n a: 1\n  *n : 2\n", &["a=1 a=2"]);
}

#[test]
fn anchors_that_lead_nowhere() {
    check(
        "- a: *x\n",
        &["1:6+1 an alias to an anchor that is not defined before it"],
    );
    check(
        "- &a {<<: *a}\n",
        &["1:11+2 an alias to a node that contains it"],
    );
    check(
        "&all\n- a: 1\n- *all\n",
        &["a=1", "3:3+4 an alias to a node that contains it"],
    );
    check(
        "- a: &x 1\n---\n- a: *x\n",
        &[
            "a=1",
            "3:6+1 an alias to an anchor that is not defined before it",
        ],
    );
    check(
        "- {<<: 1}\n",
        &["1:8+1 `<<` merges a mapping, such as `*base`, or a list of mappings"],
    );
}

#[test]
fn not_rows() {
    check(
        "id: 1\n",
        &["1:1+1 expected a sequence of rows, each beginning with `- `, found a mapping"],
    );
    check(
        "rows\n",
        &["1:1+4 expected a sequence of rows, each beginning with `- `, found the text `rows`"],
    );
    check(
        "- id: 1\n- x\n",
        &[
            "id=1",
            "2:3+1 expected a row, such as `id: 1` or `{id: 1}`, found the text `x`",
        ],
    );
    check(
        "- id: 1\n-\n",
        &[
            "id=1",
            "2:2+1 expected a row, such as `id: 1` or `{id: 1}`, found nothing",
        ],
    );
    check(
        "- - id: 1\n",
        &["1:3+1 expected a row, such as `id: 1` or `{id: 1}`, found a list"],
    );
    check("- {[a]: 1}\n", &["1:4+1 a field's name must be text"]);
}

#[test]
fn not_yaml() {
    check("- a: 'x\n", &["1:6+1 unclosed quote"]);
    check("- {a: 1\n", &["1:3+1 unclosed bracket '{'"]);
    check(
        "- a: 1\n b: 2\n",
        &[
            "a=1",
            "2:2+1 while parsing a block collection, did not find expected '-' indicator; check the indentation",
        ],
    );
    check(
        "- a: @x\n",
        &["1:6+1 unexpected `@`; put quotes around text that begins with it"],
    );
    check(
        "- a: 'it's'\n",
        &[
            "1:10+1 more behind a closing quote; within single quotes, `''` stands for `'`; or an earlier quote is not closed",
        ],
    );
    check(
        "- a: \"x\" y\n",
        &[
            "1:10+1 more behind a closing quote; within double quotes, `\\\"` stands for `\"`; or an earlier quote is not closed",
        ],
    );
    check(
        "- a: \"C:\\dir\"\n",
        &[
            "1:6+1 an escape that YAML does not know; `\\\\` is a backslash, or put single quotes around the text",
        ],
    );
    check(
        "- a: b: c\n",
        &[
            "1:7+1 `: ` begins a value where none can be; check the indentation, or put quotes around text that holds it",
        ],
    );
    check(
        "- a: 1\n   b: 2\n",
        &[
            "2:5+1 `: ` begins a value where none can be; check the indentation, or put quotes around text that holds it",
        ],
    );
    check(
        "- a: - b\n",
        &["1:6+1 `- ` begins a list where none can be; put quotes around text that begins with it"],
    );
    check("- {a: 1 b: 2}\n", &["1:10+1 expected `,` or `}`"]);
    check("[{a: 1} {b: 2}]\n", &["a=1", "1:9+1 expected `,` or `]`"]);
    check(
        "- {a: 1,, b: 2}\n",
        &["1:9+1 expected a field's name and its value"],
    );
    check(
        " - a: 1\n- a: 2\n",
        &[
            "a=1",
            "2:1+1 expected the next row, the end, or `---` after a directive; check the indentation",
        ],
    );
    check(
        "- a: \"C:\\Users\"\n",
        &[
            "1:6+1 an escape that lacks hexadecimal digits; `\\\\` is a backslash, or put single quotes around the text",
        ],
    );
    check("- {a: 1}}\n", &["1:9+1 a bracket that closes none"]);
    check(
        "- a: 1\nb\n",
        &["2:1+1 expected a field's name, `:` and a blank"],
    );
    let tab = "a tab in the indentation; use spaces";
    check("- a: 1\n\tb: 2\n\tc: 3\n", &[&format!("2:1+1 {tab}")]);
    check("- a: 1\n \tb: 2\n", &[&format!("2:2+1 {tab}")]);
    check("-\n\ta: 1\n", &[&format!("2:1+1 {tab}")]);
    check("- a: 1\n# c\n\n\tb: 2\n", &[&format!("4:1+1 {tab}")]);
}

#[test]
fn characters_that_are_not_printable() {
    check(
        "- a: '\u{7f}x'\n  \"\u{80}\": \"\u{fffe} \u{9f}\\n\u{7f}\u{10ffff}\"\n",
        &["a='\u{7f}x' \u{80}='\u{fffe} \u{9f}", "\u{7f}\u{10ffff}'"],
    );
    check(
        "['\u{7f}']",
        &["1:2+3 expected a row, such as `id: 1` or `{id: 1}`, found the text `\u{7f}`"],
    );
    let refused = |input: &str, place: &str, character: &str, escape: &str| {
        let message = format!(
            "{place}+1 the character {character}, which is not printable; write it as `{escape}` in double quotes"
        );
        check(input, &[&message]);
    };
    refused("- a: x\u{7f}\n", "1:7", "U+007F", "\\x7f");
    refused("- a: \u{80}\n", "1:6", "U+0080", "\\x80");
    refused("- a: |\n    x\n    \u{ffff}\n", "3:5", "U+FFFF", "\\uffff");
    refused("- a: 'x' # \u{7f}\n", "1:12", "U+007F", "\\x7f");
    refused("- &\u{7f} a: 1\n", "1:4", "U+007F", "\\x7f");
    refused("- a: 'é\u{1}'\n", "1:8", "U+0001", "\\x01");
    refused("- a: x\u{1}\n", "1:7", "U+0001", "\\x01");
    refused("- a: |\n    x\n    y\u{8}\n", "3:6", "U+0008", "\\x08");
}

#[test]
fn not_text() {
    let check = |input: &[u8], expected: &str| assert_eq!(rows(input).trim_end(), expected);
    check(
        b"- a: \xe9\n",
        "1:6+1 not UTF-8; save the fixture in that encoding",
    );
    check(
        b"# \xc3",
        "1:3+1 not UTF-8; save the fixture in that encoding",
    );
    check(
        b"- a: x\0y\n",
        "1:7+1 a NUL character; fixtures are text in UTF-8",
    );
    check(b"\xff\xfe-\0", "1:1+1 UTF-16; save the fixture as UTF-8");
    check(
        b"-\0 \0a\0",
        "1:2+1 a NUL character; fixtures are text in UTF-8",
    );
}

#[test]
fn places() {
    check_spans(
        "- id: 1\n  name: \"x\" # c\n",
        &["1:3+2 id@1:3+2=1:7+1 name@2:3+4=2:9+3"],
    );
    check_spans(
        "- {id: 1, né: 'ü', x: }\n- {}\n",
        &[
            "1:4+2 id@1:4+2=1:8+1 né@1:11+2=1:15+3 x@1:20+1=1:20+1",
            "2:3+1",
        ],
    );
    check_spans(
        "\u{feff}- id: 1\r\n\r\n- id:\r\n",
        &["1:3+2 id@1:3+2=1:7+1", "3:3+2 id@3:3+2=3:3+2"],
    );
    check_spans(
        "- a: one\n    two\n  b: |\n    xyz  \n    y\n",
        &["1:3+1 a@1:3+1=1:6+3 b@3:3+1=4:5+3"],
    );
    check_spans(
        "- &r {a: &x 1}\n- {b: *x, <<: *r}\n- *r\n",
        &[
            "1:7+1 a@1:7+1=1:13+1",
            "2:4+1 b@2:4+1=2:7+2 a@2:15+2=2:15+2",
            "3:3+2 a@3:3+2=3:3+2",
        ],
    );
    check_spans(
        "- &r {a: 1}\n- {<<: [{b: 2}, *r]}\n- {c: [*r], <<: {<<: *r}}\n",
        &[
            "1:7+1 a@1:7+1=1:10+1",
            "2:4+2 b@2:10+1=2:13+1 a@2:17+2=2:17+2",
            "3:4+1 c@3:4+1=3:7+1 a@3:22+2=3:22+2",
        ],
    );
}

#[test]
fn hostile_nesting_ends_in_an_error() {
    let deep = "[".repeat(200_000);
    check(&deep, &["1:65+1 lists and mappings more than 64 deep"]);
    check(
        &format!("- a: {}", "{a: ".repeat(200_000)),
        &["1:262+1 lists and mappings more than 64 deep"],
    );
    check(
        &"- ".repeat(200_000),
        &["1:129+1 lists and mappings more than 64 deep"],
    );
}

#[test]
fn hostile_sizes_end_in_an_error() {
    let last_line = |input: &mut dyn Read| rows(input).lines().last().unwrap().to_owned();
    let long = |start: &'static str, byte: u8| last_line(&mut start.as_bytes().chain(repeat(byte)));
    for (start, byte, place) in [
        ("- a: ", b'x', "1:4+1"),
        ("- a: \"", b'x', "1:4+1"),
        ("- a: 1\n  b: |\n    ", b'x', "2:4+1"),
        ("- &", b'x', "1:1+1"),
        ("- a: 'x", b'\n', "1:4+1"),
        ("- a: 1\n", b'\n', "1:4+1"),
        ("- a: 1\n- b: &b 2\n- c: ", b'x', "3:4+1"),
    ] {
        let error =
            format!("{place} a value of more than 1 MiB, or more than 8 MiB of blank lines");
        assert_eq!(long(start, byte), error, "{start}");
    }

    let fields: String = (0..100_000).map(|it| format!("  f{it}: 1\n")).collect();
    let error = last_line(&mut format!("-\n{fields}").as_bytes());
    assert_eq!(error, "514:3+4 a row of more than 512 fields");

    let nodes = format!("- a: [{}]", "1,".repeat(1_000_000));
    assert!(last_line(&mut nodes.as_bytes()).ends_with("a row of more than 16 MiB"));
}

#[test]
fn a_scalar_may_be_a_mebibyte() {
    let text = "x".repeat(1 << 20);
    for quote in ["", "'", "\""] {
        assert_eq!(
            rows(format!("- a: {quote}{text}{quote}\n").as_bytes())
                .lines()
                .count(),
            1
        );
        let error = rows(format!("- a: {quote}{text}x{quote}\n").as_bytes());
        assert_eq!(
            error,
            format!(
                "1:6+{} a value of more than 1 MiB\n",
                (1 << 20) + 1 + 2 * quote.len()
            )
        );
    }
}

#[test]
fn alias_bombs_end_in_an_error() {
    let mut lists = String::from("- a0: &a0 [x]\n");
    for level in 1..64 {
        let below = format!("*a{}, ", level - 1).repeat(10);
        writeln!(lists, "  a{level}: &a{level} [{below}]").unwrap();
    }
    assert_eq!(rows(lists.as_bytes()).lines().count(), 1);

    let mut merges = String::from("- &m0 {a: 1}\n");
    for level in 1..64 {
        let below = format!("*m{}, ", level - 1).repeat(10);
        writeln!(merges, "- &m{level} {{b{level}: 1, <<: [{below}]}}").unwrap();
    }
    assert_eq!(rows(merges.as_bytes()).lines().count(), 64);

    let text = format!("- a: &a '{}'\n", "x".repeat(1 << 20));
    let copies: String = (0..20).map(|it| format!("  a{it}: *a\n")).collect();
    let error = "16:3+3 a row of more than 16 MiB once its aliases are written out\n";
    assert_eq!(rows(format!("{text}{copies}").as_bytes()), error);

    let text = format!("- &a {{b: '{}'}}\n", "x".repeat(1 << 20));
    for copy in ["- *a\n", "- <<: *a\n"] {
        let text = format!("{text}{}", copy.repeat(2000));
        let mut reader = Reader::new(text.as_bytes(), Format::Yaml);
        let mut row = RawRow::new();
        let error = (0..2000).find_map(|_| reader.read(&mut row).err());
        let error = error.expect("a gigabyte is too much").to_string();
        assert_eq!(error, "aliases that repeat more than 1 GiB of text");
    }

    let anchored = format!("- &a {{b: [{}]}}\n", "1,".repeat(100_000)).repeat(12);
    let error = "too many anchors: their rows take more than 24 MiB\n";
    assert!(rows(anchored.as_bytes()).ends_with(error));
}

#[test]
fn comments_have_no_limit() {
    let comments =
        "# a comment of some length, as a row that somebody commented out\n".repeat(130_000);
    check(
        &format!("[{{id: 1}},\n{comments}{{id: 2}}]\n"),
        &["id=1", "id=2"],
    );
    let line = format!("#{}\n", "x".repeat(17 << 20));
    for comments in [comments, line, "#\n".repeat(9_000_000)] {
        check(&format!("- id: 1\n{comments}- id: 2\n"), &["id=1", "id=2"]);
        let text = format!("- &a id: 1\n{comments}- id: 2\n");
        check(&text, &["id=1", "id=2"]);
    }
}

#[test]
fn a_failing_input_is_an_error() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::other("unplugged"))
        }
    }
    let mut reader = Reader::new("- a: 1\n- b".as_bytes().chain(Failing), Format::Yaml);
    let mut row = RawRow::new();
    let error = loop {
        match reader.read(&mut row) {
            Ok(more) => assert!(more),
            Err(error) => break error,
        }
    };
    assert!(matches!(error, ReadError::Io(_)));
    assert_eq!(error.to_string(), "unplugged");
    assert!(matches!(reader.read(&mut row), Ok(false)));
}

#[test]
fn readers_can_be_sent() {
    fn check<T: Send>() {}
    check::<Reader<std::fs::File>>();
}

#[test]
fn places_are_exact_far_into_a_file() {
    /// Rows of two lines, made as they are read.
    struct Rows(u64, Vec<u8>);
    impl Read for Rows {
        fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
            if self.1.is_empty() {
                self.0 += 1;
                self.1 = format!("- id: {}\n  name: \"x\"\n", self.0).into_bytes();
            }
            let count = self.1.as_slice().read(buffer)?;
            self.1.drain(..count);
            Ok(count)
        }
    }
    let mut reader = Reader::new(Rows(0, Vec::new()), Format::Yaml);
    let mut row = RawRow::new();
    for id in 1..200_000 {
        assert!(reader.read(&mut row).unwrap());
        assert_eq!(row.value(0).text, id.to_string());
        assert_eq!(row.span_of("name"), Span::new(2 * id, 9, 3));
    }
}
