use std::collections::{BTreeMap, HashMap};
use std::io::{self, Write};
use std::path::Path;

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::escape::escape;
use super::excerpts::Excerpts;
use super::number::thousands;
use super::spelled;
use crate::problem::{Place, Problem, Severity};
use crate::problems::Problems;

/// How many problems of one rule are drawn; whoever has more mends these first.
const DRAWN: u64 = 20;

/// Characters of a message that are shown; a value quoted in it may be far longer.
const MESSAGE: usize = 400;

const ERROR: Style = AnsiColor::BrightRed.on_default().bold();
const WARNING: Style = AnsiColor::Yellow.on_default().bold();
const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();
const TITLE: Style = Style::new().bold();

/// Draws problems as a compiler does, the first [`DRAWN`] of each rule, and counts the others. Reads the lines from the
/// fixtures. Always writes styles; `to` strips them where they are not wanted.
///
/// # Errors
/// When `to` takes no more; never because of a fixture.
pub fn problems(problems: &Problems, to: &mut dyn Write) -> io::Result<()> {
    let mut drawn_of_rule: BTreeMap<&str, u64> = BTreeMap::new();
    let mut drawn = Vec::new();
    for problem in &problems.kept {
        let count = drawn_of_rule.entry(&problem.rule).or_default();
        if *count < DRAWN {
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

    let last_line = places(problem)
        .map(|place| place.span.start.line)
        .max()
        .unwrap_or(0);
    let gutter = last_line.to_string().len();
    let mut frame = Frame {
        gutter,
        fixtures,
        to,
    };
    frame.place(
        "-->",
        &problem.place,
        Mark {
            style,
            glyph: "^",
            label: "",
        },
    )?;
    for related in &problem.related {
        let label = &shortened(&related.message);
        frame.empty()?;
        frame.place(
            ":::",
            &related.place,
            Mark {
                style: FRAME,
                glyph: "-",
                label,
            },
        )?;
    }
    writeln!(frame.to)
}

/// How a value is underlined.
struct Mark<'a> {
    style: Style,
    glyph: &'static str,
    label: &'a str,
}

/// Draws places one below the other, with the numbers of their lines on the left.
struct Frame<'a> {
    gutter: usize,
    fixtures: &'a Fixtures<'a>,
    to: &'a mut dyn Write,
}

impl Frame<'_> {
    fn empty(&mut self) -> io::Result<()> {
        writeln!(self.to, "{FRAME}{:1$} |{FRAME:#}", "", self.gutter)
    }

    fn place(&mut self, arrow: &str, place: &Place, mark: Mark) -> io::Result<()> {
        let Mark {
            style,
            glyph,
            label,
        } = mark;
        let start = place.span.start;
        let file = spelled(&place.file);
        write!(self.to, "{FRAME}{:1$}{arrow}{FRAME:#} ", "", self.gutter)?;
        write!(self.to, "{}:{}:{}", escape(&file), start.line, start.column)?;
        let excerpts = self.fixtures.get(&*place.file);
        let Some(excerpt) = excerpts.and_then(|excerpts| excerpts.get(place.span)) else {
            let colon = if label.is_empty() { "" } else { ": " };
            return writeln!(self.to, "{colon}{label}");
        };
        writeln!(self.to)?;
        self.empty()?;

        let (before, value, after) = (&excerpt.before, &excerpt.value, &excerpt.after);
        write!(
            self.to,
            "{FRAME}{:>1$} |{FRAME:#} ",
            start.line, self.gutter
        )?;
        writeln!(self.to, "{before}{value}{after}")?;

        let indent = before.width();
        let underline = glyph.repeat(value.width().max(1));
        let space = if label.is_empty() { "" } else { " " };
        write!(self.to, "{FRAME}{:1$} |{FRAME:#} ", "", self.gutter)?;
        writeln!(
            self.to,
            "{:indent$}{style}{underline}{space}{label}{style:#}",
            ""
        )
    }
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
