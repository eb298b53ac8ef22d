use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};

use super::escape::escape;
use super::excerpts::Excerpts;
use super::frame::{FRAME, Frame, Mark};
use super::number::thousands;
use crate::problem::{Place, Problem, Severity};
use crate::problems::{EXAMPLES, Problems};

/// Characters of a message that are shown; a value quoted in it may be far longer.
const MESSAGE: usize = 400;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const TITLE: Style = Style::new().bold();

/// Draws problems as a compiler does, the first [`EXAMPLES`] of each rule, and counts the others. Reads the lines from the
/// fixtures. Always writes styles; `to` strips them where they are not wanted.
///
/// # Errors
/// When `to` takes no more; never because of a fixture.
pub fn problems(problems: &Problems, to: &mut dyn Write) -> io::Result<()> {
    let mut drawn_of_rule: BTreeMap<&str, u64> = BTreeMap::new();
    let mut drawn = Vec::new();
    for problem in &problems.kept {
        let count = drawn_of_rule.entry(&problem.rule).or_default();
        if *count < EXAMPLES {
            *count += 1;
            drawn.push(problem);
        }
    }
    let fixtures = read_fixtures(&drawn);
    for problem in drawn {
        draw(problem, &fixtures, to)?;
    }
    for (rule, count) in &problems.by_rule {
        let more = count.saturating_sub(drawn_of_rule.get(rule.as_str()).copied().unwrap_or(0));
        if more > 0 {
            writeln!(
                to,
                "{FRAME}…{FRAME:#} and {} more of {}",
                thousands(more),
                escape(rule)
            )?;
        }
    }
    Ok(())
}

type Fixtures<'a> = HashMap<&'a Path, Excerpts>;

fn read_fixtures<'a>(drawn: &[&'a Problem]) -> Fixtures<'a> {
    let mut spans: HashMap<&Path, Vec<_>> = HashMap::new();
    for place in drawn.iter().flat_map(|problem| places(problem)) {
        spans.entry(&place.file).or_default().push(place.span);
    }
    spans
        .into_iter()
        .map(|(file, spans)| (file, Excerpts::read(file, spans)))
        .collect()
}

fn places(problem: &Problem) -> impl Iterator<Item = &Place> {
    std::iter::once(&problem.place).chain(problem.related.iter().map(|related| &related.place))
}

fn draw(problem: &Problem, fixtures: &Fixtures, to: &mut dyn Write) -> io::Result<()> {
    let (style, name) = match problem.severity {
        Severity::Error => (ERROR, "error"),
        Severity::Warning => (WARNING, "warning"),
    };
    let (rule, message) = (escape(&problem.rule), shortened(&problem.message));
    writeln!(
        to,
        "{style}{name}[{rule}]{style:#}{TITLE}: {message}{TITLE:#}"
    )?;

    let lines = places(problem).map(|place| place.span.start.line);
    let mut frame = Frame::new(lines.max().unwrap_or(0), to);
    let line = |place: &Place| fixtures.get(&*place.file)?.get(place.span);
    let (place, mark) = (
        &problem.place,
        Mark {
            style,
            glyph: "^",
            label: "",
        },
    );
    frame.place("-->", place, line(place), mark)?;
    for related in &problem.related {
        let label = &shortened(&related.message);
        let (place, mark) = (
            &related.place,
            Mark {
                style: FRAME,
                glyph: "-",
                label,
            },
        );
        frame.gap()?;
        frame.place(":::", place, line(place), mark)?;
    }
    writeln!(to)
}

/// A message in one piece, or its beginning and its end: what is wrong tends to stand at the end.
fn shortened(message: &str) -> String {
    let length = message.chars().count();
    if length <= MESSAGE {
        return escape(message).into_owned();
    }
    let half = MESSAGE / 2;
    let start: String = message.chars().take(half).collect();
    let end: String = message.chars().skip(length - half).collect();
    format!("{}…{}", escape(&start), escape(&end))
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::Arc;

    use anstream::StripStream;
    use fixture_reader::{Position, Span};
    use proptest::prelude::*;
    use tempfile::TempDir;

    use super::super::{escape::is_unprintable, spelled};
    use super::*;
    use crate::problem::Related;

    /// A folder of fixtures, called `fixtures` in the pictures.
    struct Folder(TempDir);

    impl Folder {
        fn new(files: &[(&str, &[u8])]) -> Self {
            let folder = TempDir::new().expect("a temporary folder can be made");
            for (name, text) in files {
                fs::write(folder.path().join(name), text).expect("a fixture can be written");
            }
            Self(folder)
        }

        /// The place of `value` in a line that holds it.
        fn place(&self, name: &str, line: usize, value: &str) -> Place {
            let text = fs::read_to_string(self.0.path().join(name)).expect("the fixture is there");
            let line_text = text.lines().nth(line - 1).expect("the line is there");
            let at = line_text.rfind(value).expect("the value is there");
            let column = line_text[..at].chars().count() as u64 + 1;
            self.at(name, line as u64, column, value.chars().count() as u64)
        }

        fn at(&self, name: &str, line: u64, column: u64, width: u64) -> Place {
            let start = Position { line, column };
            Place {
                file: Arc::from(self.0.path().join(name)),
                span: Span { start, width },
            }
        }

        fn picture(&self, problems: &Problems) -> String {
            let mut plain = StripStream::new(Vec::new());
            super::problems(problems, &mut plain).expect("memory takes every byte");
            let plain = String::from_utf8(plain.into_inner()).expect("pictures are UTF-8");
            plain.replace(&spelled(self.0.path()), "fixtures")
        }
    }

    fn error(rule: &str, place: Place, message: &str) -> Problem {
        let (dataset, _) = rule.split_once('.').unwrap_or((rule, ""));
        Problem {
            severity: Severity::Error,
            rule: rule.to_owned(),
            dataset: dataset.to_owned(),
            key: None,
            field: None,
            place,
            message: message.to_owned(),
            related: Vec::new(),
        }
    }

    fn related(mut problem: Problem, place: Place, message: &str) -> Problem {
        problem.related.push(Related {
            place,
            message: message.to_owned(),
        });
        problem
    }

    fn all(problems: impl IntoIterator<Item = Problem>) -> Problems {
        let mut all = Problems::default();
        problems
            .into_iter()
            .for_each(|problem| _ = all.add(problem));
        all
    }

    /// Rows in block style, a field a line.
    fn block(fields: &[&str], rows: &[&[&str]]) -> String {
        let mut text = String::new();
        for row in rows {
            for (i, (field, value)) in fields.iter().zip(*row).enumerate() {
                let dash = if i == 0 { "- " } else { "  " };
                text += &format!("{dash}{field}: {value}\n");
            }
        }
        text
    }

    fn store() -> Folder {
        let users = block(
            &["id", "name", "email"],
            &[
                &["1", "Alice", "alice@example.com"],
                &["2", "Bob", "bob@example.com"],
                &["8", "Alice", "alice@example.com"],
            ],
        );
        let products = block(
            &["id", "name", "price"],
            &[
                &["1", "Laptop", "1000"],
                &["7", "Laptop", "1000"],
                &["10", "Earbuds", "-50"],
            ],
        );
        let orders = block(
            &["id", "user_id", "product_id", "quantity"],
            &[
                &["8", "8", "8", "0"],
                &["9", "9", "1", "-1"],
                &["10", "10", "11", "2"],
            ],
        );
        Folder::new(&[
            ("users.yaml", users.as_bytes()),
            ("products.yaml", products.as_bytes()),
            ("orders.yaml", orders.as_bytes()),
        ])
    }

    #[test]
    fn the_problems_of_the_store() {
        let folder = store();
        let at = |name, line, value| folder.place(name, line, value);
        let second_alice = at("users.yaml", 9, "alice@example.com");
        let problems = all([
            related(
                error(
                    "users.email.unique",
                    second_alice.clone(),
                    "`alice@example.com` is already the e-mail of user 1",
                ),
                at("users.yaml", 3, "alice@example.com"),
                "first used here",
            ),
            related(
                Problem {
                    severity: Severity::Warning,
                    ..error(
                        "products.repeated",
                        at("products.yaml", 5, "Laptop"),
                        "`Laptop` at 1000 is product 1 already",
                    )
                },
                at("products.yaml", 2, "Laptop"),
                "first given here",
            ),
            error(
                "products.price.non-negative",
                at("products.yaml", 9, "-50"),
                "a price of -50 is below 0",
            ),
            related(
                error(
                    "orders.user_id.exists",
                    at("orders.yaml", 2, "8"),
                    "user 8 was rejected",
                ),
                second_alice,
                "rejected for this",
            ),
            error(
                "orders.quantity.positive",
                at("orders.yaml", 4, "0"),
                "a quantity of 0 is below 1",
            ),
            error(
                "orders.quantity.positive",
                at("orders.yaml", 8, "-1"),
                "a quantity of -1 is below 1",
            ),
            error(
                "orders.product_id.exists",
                at("orders.yaml", 11, "11"),
                "there is no product 11",
            ),
        ]);
        let expected = "\
error[users.email.unique]: `alice@example.com` is already the e-mail of user 1
 --> fixtures/users.yaml:9:10
  |
9 |   email: alice@example.com
  |          ^^^^^^^^^^^^^^^^^
  |
 ::: fixtures/users.yaml:3:10
  |
3 |   email: alice@example.com
  |          ----------------- first used here

warning[products.repeated]: `Laptop` at 1000 is product 1 already
 --> fixtures/products.yaml:5:9
  |
5 |   name: Laptop
  |         ^^^^^^
  |
 ::: fixtures/products.yaml:2:9
  |
2 |   name: Laptop
  |         ------ first given here

error[products.price.non-negative]: a price of -50 is below 0
 --> fixtures/products.yaml:9:10
  |
9 |   price: -50
  |          ^^^

error[orders.user_id.exists]: user 8 was rejected
 --> fixtures/orders.yaml:2:12
  |
2 |   user_id: 8
  |            ^
  |
 ::: fixtures/users.yaml:9:10
  |
9 |   email: alice@example.com
  |          ----------------- rejected for this

error[orders.quantity.positive]: a quantity of 0 is below 1
 --> fixtures/orders.yaml:4:13
  |
4 |   quantity: 0
  |             ^

error[orders.quantity.positive]: a quantity of -1 is below 1
 --> fixtures/orders.yaml:8:13
  |
8 |   quantity: -1
  |             ^^

error[orders.product_id.exists]: there is no product 11
  --> fixtures/orders.yaml:11:15
   |
11 |   product_id: 11
   |               ^^

";
        assert_eq!(folder.picture(&problems), expected);
    }

    #[test]
    fn the_underline_is_under_the_value() {
        let check = |line: &str, value: &str, shown: &str, underline: &str| {
            let folder = Folder::new(&[("a.yaml", line.as_bytes())]);
            let picture = folder.picture(&all([error(
                "a.b",
                folder.place("a.yaml", 1, value),
                "odd",
            )]));
            let lines: Vec<_> = picture.lines().skip(3).take(2).collect();
            assert_eq!(lines, [format!("1 | {shown}"), format!("  | {underline}")]);
        };
        check("email: a", "a", "email: a", "       ^");
        check("name: 山田", "山田", "name: 山田", "      ^^^^");
        check("名前: 山田 # 山", "山田", "名前: 山田 # 山", "      ^^^^");
        check("e\u{301}: e\u{301}x", "x", "e\u{301}: e\u{301}x", "    ^");
        check("🦀: [🦀, 7]", "7", "🦀: [🦀, 7]", "         ^");
        check("\ta:\tb\tc", "b", "    a:    b    c", "          ^");
        check(
            "a: \"b\u{202e}\x1b[2Jc\" # d",
            "c",
            r#"a: "b\u{202e}\u{1b}[2Jc" # d"#,
            "                      ^",
        );
        check(
            "a: \u{200b} # 7",
            "\u{200b}",
            r"a: \u{200b} # 7",
            "   ^^^^^^^^",
        );
    }

    #[test]
    fn a_long_line_is_drawn_around_its_value() {
        let line = format!("- {{a: {}, b: odd}}\n", "x".repeat(5_000_000));
        let folder = Folder::new(&[("a.yaml", line.as_bytes())]);
        let picture = folder.picture(&all([error(
            "a.b",
            folder.place("a.yaml", 1, "odd"),
            "odd",
        )]));
        let expected = format!(
            "error[a.b]: odd\n --> fixtures/a.yaml:1:5000012\n  |\n1 | …{0}, b: odd}}\n  |  {1}^^^\n\n",
            "x".repeat(75),
            " ".repeat(80),
        );
        assert_eq!(picture, expected);
    }

    #[test]
    fn without_the_line_the_place_is_named() {
        let folder = Folder::new(&[("latin1.yaml", b"a: \xe9\n")]);
        let problem = error("a.b", folder.at("latin1.yaml", 1, 4, 1), "odd");
        let problem = related(
            problem,
            folder.at("gone.yaml", 120, 1, 7),
            "first used here",
        );
        let expected = "\
error[a.b]: odd
   --> fixtures/latin1.yaml:1:4
    |
   ::: fixtures/gone.yaml:120:1: first used here

";
        assert_eq!(folder.picture(&all([problem])), expected);
    }

    #[test]
    fn hostile_text_is_spelled_out() {
        let folder = Folder::new(&[("a\x1b.yaml", b"a: 1\n")]);
        let place = || folder.at("a\x1b.yaml", 1, 4, 1);
        let problem = related(
            error("a.b", place(), "`\x1b[2J\n\u{202e}`"),
            place(),
            "\r\u{9b}",
        );
        let picture = folder.picture(&all([problem]));
        assert!(
            !picture.contains(|c| c != '\n' && is_unprintable(c)),
            "{picture:?}"
        );
        assert!(
            picture.starts_with(r"error[a.b]: `\u{1b}[2J\n\u{202e}`"),
            "{picture}"
        );
        assert!(picture.contains(r"fixtures/a\u{1b}.yaml:1:4"), "{picture}");
    }

    #[test]
    fn a_long_message_keeps_its_beginning_and_its_end() {
        let message = format!("`{}` is no e-mail address", "x".repeat(1_000_000));
        let picture = store().picture(&all([error("a.b", store().at("no", 1, 1, 1), &message)]));
        let title = picture.lines().next().unwrap_or_default();
        assert_eq!(title.chars().count(), "error[a.b]: ".len() + MESSAGE + 1);
        assert!(title.starts_with("error[a.b]: `xxx"), "{title}");
        assert!(title.ends_with("xxx` is no e-mail address"), "{title}");
    }

    #[test]
    fn from_the_21st_of_a_rule_on_they_are_counted() {
        let folder = store();
        let place = || folder.at("users.yaml", 1, 3, 2);
        let of_rule = |rule: &'static str, count| (0..count).map(move |_| rule);
        let rules = of_rule("b.full", 20)
            .chain(of_rule("a.one", 1))
            .chain(of_rule("c.many", 1254));
        let picture = folder.picture(&all(rules.map(|rule| error(rule, place(), "odd"))));
        let drawn = |rule| picture.matches(&format!("error[{rule}]: odd\n")).count();
        assert_eq!(
            (drawn("a.one"), drawn("b.full"), drawn("c.many")),
            (1, 20, 20)
        );
        assert!(
            picture.ends_with("^^\n\n… and 1,234 more of c.many\n"),
            "{picture}"
        );
    }

    #[test]
    fn nothing_is_drawn_where_nothing_is_wrong() {
        assert_eq!(store().picture(&Problems::default()), "");
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn any_text_at_any_place_is_drawn(
            text in "(?s).{0,200}",
            spans in prop::collection::vec((0..6_u64, 0..60_u64, 0..60_u64), 1..6),
            message in any::<String>(),
        ) {
            let folder = Folder::new(&[("a.yaml", text.as_bytes())]);
            let problems = all(spans.into_iter().map(|(line, column, width)| {
                let place = folder.at("a.yaml", line, column, width);
                related(error("a.b", place.clone(), &message), place, &message)
            }));
            let picture = folder.picture(&problems);
            prop_assert!(!picture.contains(|c| c != '\n' && is_unprintable(c)));
        }
    }
}
