//! Measures seedbed beside what it competes with, and writes down what came out.

mod bench;
mod check;
mod django;
mod document;
mod files;
mod finding;
mod floor;
mod generate;
mod large;
mod mariadb;
mod measure;
mod part;
mod postgres;
mod programs;
mod seedbed;
mod server;
mod small;
mod sqlite_files;
mod sqlite_shell;
mod totals;

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result};
use clap::{Parser, ValueEnum};

use crate::bench::Bench;
use crate::document::Document;
use crate::part::Part;

/// Measure seedbed beside what it competes with
#[derive(Debug, Parser)]
struct Options {
    /// How often each thing is measured
    #[arg(long, default_value_t = 5, value_name = "N", value_parser = clap::value_parser!(u16).range(1..))]
    runs: u16,
    /// Multiplies all numbers of rows
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    scale: f64,
    /// Measure only these parts
    #[arg(long, value_enum, num_args = 1.., value_name = "PART")]
    only: Vec<Part>,
    /// Leave these parts out
    #[arg(long, value_enum, num_args = 1.., value_name = "PART")]
    skip: Vec<Part>,
    /// Where to write what came out [default: docs/performance.md, if nothing was left out]
    #[arg(long, value_name = "FILE")]
    output: Option<PathBuf>,
}

impl Options {
    fn has(&self, part: Part) -> bool {
        (self.only.is_empty() || self.only.contains(&part)) && !self.skip.contains(&part)
    }

    /// Part of the measurements must not take the place of all of them.
    fn document(&self) -> Option<PathBuf> {
        let whole = self.only.is_empty() && self.skip.is_empty() && self.scale == 1.0;
        let usual = whole.then(|| "docs/performance.md".into());
        self.output.clone().or(usual)
    }
}

fn main() -> ExitCode {
    match run(&Options::parse()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(options: &Options) -> Result<()> {
    let bench = Bench::new(options.runs.into(), options.scale)?;
    let mut document = Document::new(options.runs)?;
    let measured = measure(options, &bench, &mut document);
    // What was measured before something failed took long enough.
    print!("{document}");
    measured?;
    if let Some(path) = options.document() {
        std::fs::write(&path, document.to_string())
            .with_context(|| format!("failed to write {}", path.display()))?;
    }
    Ok(())
}

fn measure(options: &Options, bench: &Bench, document: &mut Document) -> Result<()> {
    for &part in Part::value_variants() {
        match part.missing() {
            _ if !options.has(part) => document.leave_out(part, "as was asked for"),
            Some(missing) => document.leave_out(part, &format!("as {missing} is not installed")),
            None => document.add(part.measure(bench)?),
        }
    }
    Ok(())
}
