use std::io::{self, Write};
use std::sync::Arc;

use anstream::{AutoStream, ColorChoice};
use anstyle::{AnsiColor, Style};
use serde::Serialize;
use tracing::Level;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::fmt::MakeWriter;
use tracing_subscriber::prelude::*;

use crate::cli::{Color, Format, Global};
use crate::error::Error;
use crate::output::escape::escape;
use crate::output::progress::Progress;
use crate::output::{draw, json, summary};
use crate::problems::EXAMPLES;
use crate::report::{Exit, Failure, Report};

/// The columns of a summary whose terminal does not tell its width.
const WIDTH: usize = 100;

const ERROR: Style = AnsiColor::Red.on_default().bold();

/// Where results, problems and progress go, and in which form.
pub(crate) struct Console {
    format: Format,
    progress: Arc<Progress>,
}

impl Console {
    /// Sets colours and logging up for the whole process.
    pub fn new(global: &Global) -> Self {
        match global.color {
            Color::Auto => ColorChoice::Auto,
            Color::Always => ColorChoice::Always,
            Color::Never => ColorChoice::Never,
        }
        .write_global();
        let shown = global.format == Format::Text && !global.quiet;
        let progress = Arc::new(if shown {
            Progress::shown()
        } else {
            Progress::hidden()
        });
        log(global, progress.clone());
        Self {
            format: global.format,
            progress,
        }
    }

    /// The progress bars.
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// How many problems of one rule are shown, and so worth explaining.
    pub fn explained(&self) -> u64 {
        match self.format {
            Format::Json => u64::MAX,
            Format::Text => EXAMPLES,
        }
    }

    /// Shows what became of a command over fixtures; what cannot be shown has happened all the same.
    pub fn report(&self, report: &Report) -> Exit {
        self.progress.clear();
        shown(self.show(report));
        report.exit
    }

    fn show(&self, report: &Report) -> io::Result<()> {
        match self.format {
            Format::Json => io::stdout().write_all(json::report(report).as_bytes())?,
            Format::Text => {
                let width =
                    terminal_size::terminal_size().map_or(WIDTH, |(width, _)| width.0.into());
                // Standard error would write each piece by itself.
                let choice = AutoStream::choice(&io::stderr());
                let mut drawn = AutoStream::new(Vec::new(), choice);
                draw::problems(&report.problems, &mut drawn)?;
                io::stderr().write_all(&drawn.into_inner())?;
                if let Some(error) = &report.error {
                    self.failure(error);
                }
                // A command that never came to its fixtures has nothing to sum up.
                let came = report.datasets.iter().any(|dataset| dataset.read > 0);
                if report.error.is_none() || came {
                    let summary = summary::summary(report, width);
                    AutoStream::auto(io::stdout().lock()).write_all(summary.as_bytes())?;
                }
            }
        }
        Ok(())
    }

    /// Shows the result of a command that has a JSON of its own.
    pub fn result<T: Serialize>(&self, result: &T, text: &str) {
        shown(match self.format {
            Format::Json => serde_json::to_string(result)
                .map_err(io::Error::other)
                .and_then(|json| writeln!(io::stdout(), "{json}")),
            Format::Text => text
                .lines()
                .try_for_each(|line| writeln!(io::stdout(), "{}", escape(line))),
        });
    }

    /// Shows an error beside a result, whose JSON tells of it.
    pub fn beside_result(&self, failure: &Failure) {
        if self.format == Format::Text {
            self.failure(failure);
        }
    }

    /// Shows an error of a command that has a JSON of its own.
    pub fn error(&self, error: Error) -> Exit {
        let exit = error.exit();
        if let Some(failure) = error.failure() {
            match self.format {
                Format::Json => {
                    let json = serde_json::json!({ "error": failure });
                    shown(writeln!(io::stdout(), "{json}"));
                }
                Format::Text => self.failure(&failure),
            }
        }
        exit
    }

    fn failure(&self, failure: &Failure) {
        for (number, line) in failure.message.lines().enumerate() {
            let line = escape(line);
            self.progress.println(&match number {
                0 => format!("{ERROR}error{ERROR:#}: {line}"),
                _ => line.into_owned(),
            });
        }
    }
}

/// Whoever closed the pipe has seen enough; anything else is told.
fn shown(result: io::Result<()>) {
    if let Err(error) = result
        && error.kind() != io::ErrorKind::BrokenPipe
    {
        tracing::error!("failed to print the result: {error}");
    }
}

/// Sends log lines of seedbed's own to standard error, above the progress bars.
fn log(global: &Global, progress: Arc<Progress>) {
    let level = match (global.quiet, global.verbose) {
        (true, _) => Level::ERROR,
        (_, true) => Level::DEBUG,
        _ => Level::INFO,
    };
    let lines = tracing_subscriber::fmt::layer()
        .without_time()
        .with_target(false)
        .with_ansi(false)
        .with_writer(AboveBars(progress));
    let filter = Targets::new().with_target("seedbed", level);
    // A second command in one process, as in tests, keeps the first one's logging.
    _ = tracing_subscriber::registry()
        .with(lines.with_filter(filter))
        .try_init();
}

struct AboveBars(Arc<Progress>);

impl<'a> MakeWriter<'a> for AboveBars {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(&self.0)
    }
}

struct Line<'a>(&'a Progress);

impl Write for Line<'_> {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        self.0.println(&escape(text.trim_end()));
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
