//! Both lanes read the same rows, at the same places, and refuse the same texts.

use proptest::{collection::vec, prelude::*, sample::select};

use super::{comparison::disagreement, *};

fn check(input: &[u8]) -> Result<(), TestCaseError> {
    let disagreement = disagreement(Format::Yaml, input);
    prop_assert_eq!(disagreement, None, "{:?}", String::from_utf8_lossy(input));
    Ok(())
}

/// Rows that the fast lane itself has read.
fn fast_rows(input: &[u8]) -> usize {
    let mut reader = Reader::new(input, Format::Yaml);
    let mut row = RawRow::new();
    let mut rows = 0;
    while matches!(reader.lane, Lane::Fast(_)) && matches!(reader.read(&mut row), Ok(true)) {
        rows += 1;
    }
    rows
}

/// Rows that the fast lane has read by the layout of the row before.
fn rows_by_layout(input: &[u8]) -> usize {
    let mut reader = Reader::new(input, Format::Yaml);
    let mut row = RawRow::new();
    let mut rows = 0;
    loop {
        let by_layout = match &mut reader.lane {
            Lane::Fast(lane) => lane.usual_row(&mut row),
            _ => false,
        };
        if by_layout {
            rows += 1;
        } else if !matches!(reader.read(&mut row), Ok(true)) {
            return rows;
        }
    }
}

/// Scraps of text that mean something in YAML, or nearly do.
const SCRAPS: &[&str] = &[
    "- ",
    "-",
    "- a: 1\n",
    "- {a: 1}\n",
    "  ",
    " ",
    "   b: 2\n",
    "  b: 2\n",
    "a",
    "b: ",
    "id",
    ": ",
    ":",
    "\n",
    "\n",
    "\r\n",
    "\r",
    "'",
    "''",
    "\"",
    "\\",
    "\\\"",
    "\\n",
    "\\u00e9",
    "\\x41",
    "#",
    " #",
    " # c",
    "# c\n",
    "{",
    "}",
    ", ",
    ",",
    "[",
    "]",
    "&a ",
    "*a",
    "<<: *a",
    "---",
    "---\n",
    "...\n",
    "|\n",
    ">-\n",
    "\t",
    "é",
    "名",
    "\u{feff}",
    "\u{85}",
    "\u{a0}",
    "\u{2028}",
    "\u{7f}",
    "\u{80}",
    "\0",
    "1",
    "-1",
    "1.5",
    "0x1",
    "~",
    "null",
    "true",
    "? ",
    "?",
    "!",
    "!!str ",
    "%",
    "@",
    "`",
    "x y",
    "a:b",
    "a #b",
    "a#b",
    "b",
    "\"q\"",
    "'q'",
    "\"q\": ",
    "- - ",
    "=",
    "-a",
    "--",
    ".",
    "..",
];

fn name() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => "[a-z_][a-z0-9_-]{0,5}",
        1 => "'[a-z é]{1,4}'",
        1 => "\"[a-z é]{1,4}\"",
        1 => select(vec!["<<", "né", "a b", "1", "~", "null", "a:b", "a.b", "\"a\\n\"", "? a", "", "\"\"", "-a", "!!str a"])
            .prop_map(String::from),
    ]
}

fn value() -> impl Strategy<Value = String> {
    prop_oneof![
        6 => "-?[0-9]{1,9}",
        6 => "[a-zA-Z0-9._+/()$~-]{1,3}( ?[a-zA-Zéß名0-9:#,\\[\\]{}'\"!&*%@=<>|-]{1,3}){0,3}",
        2 => "'([a-z é:#,{}\\[\\]\"]|''){0,6}'",
        2 => "\"([a-z é:#,{}\\[\\]']|\\\\[nt\"\\\\/]|\\\\u00e9){0,6}\"",
        1 => select(vec![
            "", "~", "null", "0x10", "1e3", ".5", "+7", ".inf", "true", "1_000", "a:b", "a #b", "a#b", "a: b", "a:", "- a",
            "? x", "[1, 2]", "{a: 1}", "|\n    text\n    more", "|", "|+\n", ">1", "|-\n\n", "|2\n\n    x", ">+\n\n  x", ">-\n    text", "one\n    two", "'one\n    two'", "\"one\n\n    two\"",
            "\"open", "'open", "&x 1", "*x", "!!str 7", "!t 7", "\"\\x41\"", "\"\\ud83d\\ude00\"", "\"a\"b", "'a' # c", "a\tb",
            "\ta", "a\t", "a \u{85}", "\u{feff}a", "a\u{feff}", "a\u{7f}", "'a\u{7f}'", "\"\u{80}\\n\u{ffff}\"", "%a", "@a", "`a", ",a", "-", "--- a", "... a", "😀 é",
        ]).prop_map(String::from),
    ]
}

fn comment() -> impl Strategy<Value = String> {
    prop_oneof![
        8 => Just(String::new()),
        2 => " {1,3}# ?[a-zé:#'\"{\\[&-]{0,6}",
        1 => select(vec![" ", "  ", "#c", "\t", "\t# c", " \t# c"]).prop_map(String::from),
    ]
}

fn line_end() -> impl Strategy<Value = String> {
    prop_oneof![
        12 => Just("\n".to_owned()),
        2 => Just("\r\n".to_owned()),
        1 => select(vec!["\n\n", "\n# c\n", "\n  # c\n", "\n  \n", "\r\n\r\n", "\n\t\n", "\r"]).prop_map(String::from),
    ]
}

fn indentation() -> impl Strategy<Value = usize> {
    prop_oneof![20 => Just(0usize), 1 => Just(1usize), 1 => Just(2usize)]
}

fn block_row() -> impl Strategy<Value = String> {
    let field = (
        name(),
        ": {0,2}",
        value(),
        comment(),
        line_end(),
        indentation(),
    );
    let dash = prop_oneof![12 => Just("- "), 1 => Just("-   "), 1 => Just("-\n  "), 1 => Just("- # c\n  "), 1 => Just("-\t")];
    (dash, vec(field, 1..5)).prop_map(|(dash, fields)| {
        let mut row = String::from(dash);
        let indent = if dash.ends_with('\n') || dash.contains('\n') {
            2
        } else {
            dash.len()
        };
        for (index, (name, colon, value, comment, end, extra)) in fields.iter().enumerate() {
            if index > 0 {
                row.push_str(&" ".repeat(indent + extra));
            }
            let colon = if colon == ":" && !value.is_empty() && extra == &0 {
                ": "
            } else {
                colon
            };
            row.extend([name, colon, value, comment, end]);
        }
        row
    })
}

fn flow_row() -> impl Strategy<Value = String> {
    let colon = prop_oneof![8 => Just(": "), 1 => Just(":"), 1 => Just(" : "), 1 => Just(":  ")];
    let comma = prop_oneof![8 => Just(", "), 2 => Just(","), 1 => Just(" , "), 1 => Just(",\n   ")];
    let field = (name(), colon, value(), comma)
        .prop_map(|(name, colon, value, comma)| [&name, colon, &value, comma].concat());
    (vec(field, 0..5), any::<bool>(), comment(), line_end()).prop_map(
        |(fields, trailing, comment, end)| {
            let fields = fields.concat();
            let fields = if trailing {
                &fields
            } else {
                fields.trim_end().trim_end_matches(',')
            };
            format!("- {{{fields}}}{comment}{end}")
        },
    )
}

pub(super) fn fixture() -> impl Strategy<Value = String> {
    let head = prop_oneof![
        8 => Just(""),
        1 => select(vec!["\u{feff}", "# c\n", "\n", "---\n", "--- # c\n# d\n", "---\n---\n", "%YAML 1.2\n---\n", "\t\n", " # c\r\n", "--- \n"]),
    ];
    let between = prop_oneof![
        30 => Just(""),
        1 => select(vec!["---\n", "...\n", "\n", "# c\n", "  # c\n", "x\n", "  x\n", "- \n", "-\n", "- x\n", "&a\n", "- &r {q: 1}\n", "- *r\n", "\t\n"]),
    ];
    let row = prop_oneof![2 => block_row(), 1 => flow_row()];
    (head, vec((row, between), 0..6), any::<bool>()).prop_map(|(head, rows, ends)| {
        let mut text = String::from(head);
        for (row, between) in rows {
            text.extend([row.as_str(), between]);
        }
        if ends {
            text
        } else {
            text.trim_end().to_owned()
        }
    })
}

/// Rows that the fast lane has to take, whatever it does with the rest.
pub(super) fn usual_row() -> impl Strategy<Value = String> {
    let value = prop_oneof![
        "-?[0-9]{1,9}",
        "[a-zé]{1,5}( [a-z:]{1,3}[a-z]){0,2}",
        "'([a-z#]|''){0,5}'",
        "\"([a-z{]|\\\\n){0,5}\""
    ];
    (vec(("[a-z]{1,5}", value), 1..5), any::<bool>()).prop_map(|(fields, in_flow)| {
        let fields: Vec<_> = fields
            .iter()
            .map(|(name, value)| format!("{name}: {value}"))
            .collect();
        if in_flow {
            format!("- {{{}}}\n", fields.join(", "))
        } else {
            format!("- {} # c\n\n", fields.join("\n  "))
        }
    })
}

/// Rows with the same names and, nearly always, the same between the values.
fn rows_alike() -> impl Strategy<Value = String> {
    let names = vec(("[a-z]{1,20}", select(vec!["", "'", "\""])), 1..4);
    let end = prop_oneof![
        12 => line_end(),
        1 => select(vec!["\n  z: 1\n", "\n     z\n", "\n   z: 1\n"]).prop_map(String::from),
    ];
    let comment = prop_oneof![6 => Just(String::new()), 1 => comment()];
    let rows = vec((vec(alike_value(), 4), comment, end), 3..9);
    let style = select(vec![
        ["- ", "\n  ", ""],
        ["- {", ", ", "}"],
        ["-  ", " # c\n   ", ""],
    ]);
    (names, style, rows).prop_map(|(names, [start, between, end], rows)| {
        let row = |(values, comment, line_end): (Vec<String>, String, String)| {
            let field = |((name, quote), value): (&(String, &str), String)| {
                format!("{name}: {quote}{value}{quote}")
            };
            let fields: Vec<_> = names.iter().zip(values).map(field).collect();
            let fields = fields.join(between);
            format!("{start}{fields}{end}{comment}{line_end}")
        };
        rows.into_iter().map(row).collect()
    })
}

fn alike_value() -> impl Strategy<Value = String> {
    prop_oneof![
        10 => "-?[0-9]{1,9}",
        10 => "[a-zA-Z0-9._/-]{1,12}( [a-zA-Z0-9@-]{1,9}){0,2}",
        1 => "-( [a-z]{1,3})?| [a-z]|[@`][a-z]{0,2}|[a-z]{1,3}:( [a-z])?",
        1 => "[a-z0-9é:#,\\[\\]{}'\"\\\\!&*%@=<>|`? -]{0,9}",
        1 => value(),
    ]
}

/// `PROPTEST_CASES` asks for more.
pub(super) fn config() -> ProptestConfig {
    let cases = ProptestConfig::default().cases;
    ProptestConfig {
        cases: if cases == 256 { 2048 } else { cases },
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

proptest! {
    #![proptest_config(config())]

    #[test]
    fn agree_on_fixtures(text in fixture()) {
        check(text.as_bytes())?;
    }

    #[test]
    fn agree_on_rows_alike(text in rows_alike()) {
        check(text.as_bytes())?;
    }

    #[test]
    fn agree_on_scraps(scraps in vec(select(SCRAPS), 0..12)) {
        check(scraps.concat().as_bytes())?;
    }

    #[test]
    fn agree_on_scraps_between_rows(before in usual_row(), scraps in vec(select(SCRAPS), 0..5), after in usual_row()) {
        check(format!("{before}{}{after}", scraps.concat()).as_bytes())?;
        check(format!("{}{}{after}", before.trim_end(), scraps.concat()).as_bytes())?;
    }

    #[test]
    fn agree_on_mutations(text in fixture(), edits in vec((any::<prop::sample::Index>(), 0..3u8, any::<u8>()), 1..4)) {
        let mut bytes = text.into_bytes();
        for (index, kind, byte) in edits {
            let at = index.index(bytes.len() + 1);
            match kind {
                0 => bytes.insert(at, byte),
                1 => drop((at < bytes.len()).then(|| bytes.remove(at))),
                _ => if let Some(it) = bytes.get_mut(at) { *it = byte },
            }
        }
        check(&bytes)?;
    }

    #[test]
    fn usual_rows_are_read_fast(rows in vec(usual_row(), 1..5)) {
        let text = rows.concat();
        check(text.as_bytes())?;
        prop_assert_eq!(fast_rows(text.as_bytes()), rows.len());
    }

}

#[test]
fn rows_alike_are_read_by_their_layout() {
    fn check(rows: &[&str], expected: usize) {
        assert_eq!(
            rows_by_layout(rows.concat().as_bytes()),
            expected,
            "{rows:?}"
        );
    }
    // The first row is learnt from, and behind the last one there are too few bytes to look at eight of them.
    check(&["- a: 1\n  b: x y\n"; 9], 7);
    check(&["- {id: 7, name: \"x, y\"} # c\r\n"; 9], 7);
    check(&["- a: 'x: y'\n\n"; 9], 7);
    check(
        &[
            "- a: 1\n",
            "- a: 22\n",
            "- a: é\n",
            "- a: -3\n",
            "- a: 4444444444\n",
            "- b: 1\n",
            "- b: 1\n",
            "- b: 1\n",
        ],
        3,
    );
    // One row that differs changes nothing; two in a row do.
    let (a, b) = (
        "- a_name_of_some_length: 1\n",
        "- b_name_of_some_length: 1\n",
    );
    check(&[a, a, b, a, b, a, a, a], 4);
    check(&[a, a, b, b, b, b, a, a, a, a], 4);
}
