use std::fmt::Display;
use std::io::{self, Write};

use anstyle::{AnsiColor, Style};
use unicode_width::UnicodeWidthStr;

use super::escape::escape;
use super::excerpt::Excerpt;
use super::spelled;
use crate::problem::Place;

/// What stands around the text of fixtures.
pub const FRAME: Style = AnsiColor::BrightBlue.on_default().bold();

/// How a value is underlined.
pub struct Mark<'a> {
    /// Of the underline and its label.
    pub style: Style,
    /// The underline, a column wide.
    pub glyph: &'static str,
    /// What stands behind the underline, escaped; may be empty.
    pub label: &'a str,
}

/// Draws places one below the other, with the numbers of their lines on the left.
pub struct Frame<'a> {
    digits: usize,
    to: &'a mut dyn Write,
}

impl<'a> Frame<'a> {
    /// A frame whose highest line number is `last_line`.
    pub fn new(last_line: u64, to: &'a mut dyn Write) -> Self {
        Self {
            digits: last_line.to_string().len(),
            to,
        }
    }

    /// Draws nothing, between two places.
    pub fn gap(&mut self) -> io::Result<()> {
        self.left("")?;
        writeln!(self.to)
    }

    /// Draws a place: its name and, where it could be read, its line.
    pub fn place(
        &mut self,
        arrow: &str,
        place: &Place,
        line: Option<&Excerpt>,
        mark: Mark,
    ) -> io::Result<()> {
        let start = place.span.start;
        let file = spelled(&place.file);
        write!(self.to, "{FRAME}{:1$}{arrow}{FRAME:#} ", "", self.digits)?;
        write!(self.to, "{}:{}:{}", escape(&file), start.line, start.column)?;
        match line {
            Some(excerpt) => {
                writeln!(self.to)?;
                self.line(start.line, excerpt, &mark)
            }
            None if mark.label.is_empty() => writeln!(self.to),
            None => writeln!(self.to, ": {}", mark.label),
        }
    }

    fn line(&mut self, number: u64, excerpt: &Excerpt, mark: &Mark) -> io::Result<()> {
        let Excerpt {
            before,
            value,
            after,
        } = excerpt;
        self.gap()?;
        self.left(number)?;
        writeln!(self.to, " {before}{value}{after}")?;

        let Mark {
            style,
            glyph,
            label,
        } = mark;
        let indent = before.width();
        let underline = glyph.repeat(value.width().max(1));
        let space = if label.is_empty() { "" } else { " " };
        self.left("")?;
        writeln!(
            self.to,
            " {:indent$}{style}{underline}{space}{label}{style:#}",
            ""
        )
    }

    fn left(&mut self, number: impl Display) -> io::Result<()> {
        write!(self.to, "{FRAME}{number:>0$} |{FRAME:#}", self.digits)
    }
}
