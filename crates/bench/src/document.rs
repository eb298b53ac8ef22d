use std::fmt::{self, Display};
use std::fs;
use std::process::Command;

use anyhow::{Context, Result};
use clap::ValueEnum;

use crate::finding::Finding;
use crate::measure::finish;
use crate::part::Part;

const START: &str = "\
# Performance

Written by `just bench`, which measures seedbed and others in turns, so that what slows the machine down slows down all. A
figure is the median; a ratio is the median of the ratios of each turn, with the least and the greatest. Times are those of
whole processes, with start, connections, commits and closing; only what writes from memory is a part of the bench, and timed
from opening to closing. Rows are generated, as people write them, 3 users and 1 product to 10 orders; one in a thousand is
bad. The others get the good rows alone and do not check them. Durability is the same for both sides: WAL and full
synchronisation on SQLite, what servers come with. A figure counts only if the tables then hold exactly the good rows.

";

const HEAD: &str = "\
| what | measured | least–most | ratio | target | |
|---|---|---|---|---|---|
";

/// All that came out.
pub struct Document {
    machine: String,
    runs: u16,
    findings: Vec<Finding>,
    notes: Vec<String>,
}

impl Document {
    /// Nothing yet, measured on this machine.
    ///
    /// # Errors
    /// When the system does not say what machine it is.
    pub fn new(runs: u16) -> Result<Self> {
        Ok(Self {
            machine: machine()?,
            runs,
            findings: Vec::new(),
            notes: Vec::new(),
        })
    }

    /// Adds lines to the table.
    pub fn add(&mut self, findings: Vec<Finding>) {
        self.findings.extend(findings);
    }

    /// Says that a part was left out, and why.
    pub fn leave_out(&mut self, part: Part, why: &str) {
        let name = part.to_possible_value();
        let name = name.as_ref().map_or("", |value| value.get_name());
        self.notes.push(format!("`{name}` was left out, {why}."));
    }
}

impl Display for Document {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{START}{}; {} turns.\n\n{HEAD}", self.machine, self.runs)?;
        for finding in &self.findings {
            writeln!(f, "{finding}")?;
        }
        for note in &self.notes {
            writeln!(f, "\n{note}")?;
        }
        Ok(())
    }
}

/// Processor, memory and system, and how busy they are.
fn machine() -> Result<String> {
    let processor = field("/proc/cpuinfo", "model name")?;
    let kilobytes: f64 = field("/proc/meminfo", "MemTotal")?
        .trim_end_matches(" kB")
        .parse()?;
    let cores = std::thread::available_parallelism()?;
    let system = finish(Command::new("uname").args(["-s", "-r", "-m"]))?;
    let memory = kilobytes / 1024.0 / 1024.0;
    // What else the machine had to do makes figures less certain.
    let load = fs::read_to_string("/proc/loadavg")?;
    let load = load.split(' ').next().unwrap_or_default();
    Ok(format!(
        "{processor}, {cores} cores, {memory:.0} GiB, {}, load {load} at the start",
        system.trim()
    ))
}

fn field(file: &str, name: &str) -> Result<String> {
    let text = fs::read_to_string(file)?;
    let line = text.lines().find(|line| line.starts_with(name));
    let value = line.and_then(|line| line.split_once(':'));
    let (_, value) = value.with_context(|| format!("{file} has no {name}"))?;
    Ok(value.trim().to_owned())
}
