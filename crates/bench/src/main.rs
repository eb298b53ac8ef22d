//! Measures seedbed beside what it competes with, and writes down what came out.

mod bench;
mod document;
mod files;
mod floor;
mod generate;
mod measure;
mod seedbed;
mod sqlite;
mod sqlite_files;
mod sqlite_shell;
mod totals;

use std::process::ExitCode;

use anyhow::Result;
use clap::{Parser, ValueEnum};

use crate::bench::Bench;
use crate::document::Finding;

/// Measure seedbed beside what it competes with
#[derive(Debug, Parser)]
struct Options {
    /// How often each thing is measured
    #[arg(long, default_value_t = 5, value_name = "N")]
    runs: usize,
    /// Multiplies all numbers of rows
    #[arg(long, default_value_t = 1.0, value_name = "FACTOR")]
    scale: f64,
    /// Measure only these parts, and write no document
    #[arg(long, value_enum, num_args = 1.., value_name = "PART")]
    only: Vec<Part>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Seeding into SQLite, beside the raw floor and sqlite3 shells
    Sqlite,
}

impl Part {
    fn measure(self, bench: &Bench) -> Result<Vec<Finding>> {
        match self {
            Self::Sqlite => sqlite::measure(bench),
        }
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
    let bench = Bench::new(options.runs, options.scale)?;
    for part in Part::value_variants() {
        if options.only.is_empty() || options.only.contains(part) {
            for finding in part.measure(&bench)? {
                println!("{finding}");
            }
        }
    }
    Ok(())
}
