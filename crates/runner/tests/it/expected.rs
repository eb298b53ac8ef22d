use crate::report::Found;

/// Rule, key as JSON, field, and a text of the fixture with `^` before the place.
pub type Expected<'a> = (&'a str, &'a str, &'a str, &'a str);

/// The problems that a fixture is expected to have, by place.
#[track_caller]
pub fn expected(file: &str, text: &str, problems: &[Expected<'_>]) -> Vec<Found> {
    let mut found = Vec::new();
    for (rule, id, field, marked) in problems {
        let (line, column) = place(text, marked);
        found.push(Found {
            file: file.to_owned(),
            line,
            column,
            rule: (*rule).to_owned(),
            id: (*id).to_owned(),
            field: (*field).to_owned(),
        });
    }
    found.sort();
    found
}

/// Line and column, from 1 and in characters, of the `^` in `marked`, which without it is once in `text`.
#[track_caller]
pub fn place(text: &str, marked: &str) -> (u64, u64) {
    let (before, after) = marked.split_once('^').expect("a `^` marks the place");
    let plain = format!("{before}{after}");
    assert_eq!(text.matches(&plain).count(), 1, "`{plain}` in:\n{text}");
    let at = text.find(&plain).expect("it is there once") + before.len();
    let lines: Vec<&str> = text[..at].split('\n').collect();
    let last = lines.last().expect("split gives at least one");
    let column = last.chars().count() + 1;
    (lines.len() as u64, column as u64)
}

/// Line and column of a field's value in a row of a fixture that has a field a line, the key first.
#[track_caller]
pub fn place_in_row(text: &str, id: u64, field: &str) -> (u64, u64) {
    let first = format!("- id: {id}");
    let mut lines = text.lines().zip(1..).skip_while(|(line, _)| *line != first);
    let name = format!("{field}: ");
    let (line, number) = lines
        .find(|(line, _)| line[2..].starts_with(&name))
        .unwrap_or_else(|| panic!("row {id} has no `{field}`"));
    assert!(line.starts_with(if field == "id" { "- " } else { "  " }));
    (number, (2 + name.len() + 1) as u64)
}
