use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::Duration;

use anyhow::{Context, Result, ensure};

use crate::measure::timed;
use crate::totals::TABLES;

/// GNU time. The peak that a process is told of its child counts what it held itself when it started
/// it, so somebody small has to start it.
const TIME: &str = "time";

/// The program under test, with a configuration of its own.
pub struct Seedbed {
    binary: PathBuf,
    config: PathBuf,
}

impl Seedbed {
    /// The release binary beside the bench's own.
    ///
    /// # Errors
    /// When it has not been built, or the configuration cannot be written into `folder`.
    pub fn new(folder: &Path, url: impl Fn(&str) -> String) -> Result<Self> {
        let binary = std::env::current_exe()?.with_file_name("seedbed");
        ensure!(
            binary.exists(),
            "there is no {}: build it by `cargo build --release`",
            binary.display()
        );
        let databases = TABLES.map(|(alias, _)| format!("{alias}.url = \"{}\"\n", url(alias)));
        let config = folder.join("seedbed.toml");
        let text = format!("[default.databases]\n{}", databases.concat());
        fs::write(&config, text).context("failed to write the configuration")?;
        Ok(Self { binary, config })
    }

    /// On three SQLite files in `folder`.
    ///
    /// # Errors
    /// As `new`.
    pub fn on_files(folder: &Path) -> Result<Self> {
        Self::new(folder, |alias| format!("sqlite:{alias}.db"))
    }

    /// Runs a command; the time of the whole process.
    ///
    /// # Errors
    /// When it does not end in success.
    pub fn run(&self, arguments: &[&str], fixtures: &Path) -> Result<Duration> {
        let mut command = Command::new(&self.binary);
        timed(self.arguments(&mut command, arguments, fixtures), &[0])
    }

    /// Runs a command on the first processor alone. It may find errors in the fixtures.
    ///
    /// # Errors
    /// When it ends in another way.
    pub fn run_on_one_core(&self, arguments: &[&str], fixtures: &Path) -> Result<Duration> {
        let mut command = Command::new("taskset");
        command.args(["--cpu-list", "0"]).arg(&self.binary);
        timed(self.arguments(&mut command, arguments, fixtures), &[0, 1])
    }

    /// Runs a command; the time and the peak of memory, in bytes.
    ///
    /// # Errors
    /// When it does not end in success, or there is no GNU time.
    pub fn run_for_peak(&self, arguments: &[&str], fixtures: &Path) -> Result<(Duration, f64)> {
        let peak = self.config.with_file_name("peak");
        let mut command = Command::new(TIME);
        command.args(["--format", "%M", "--output"]).arg(&peak);
        command.arg(&self.binary);
        let took = timed(self.arguments(&mut command, arguments, fixtures), &[0])?;
        let kibibytes: f64 = fs::read_to_string(peak)?.trim().parse()?;
        Ok((took, kibibytes * 1024.0))
    }

    fn arguments<'a>(
        &self,
        command: &'a mut Command,
        arguments: &[&str],
        fixtures: &Path,
    ) -> &'a mut Command {
        // Whoever runs this may have set the configuration of databases of their own.
        for (name, _) in std::env::vars_os() {
            if name.to_string_lossy().starts_with("SEEDBED_") {
                command.env_remove(name);
            }
        }
        command
            .args(arguments)
            .arg("--config")
            .arg(&self.config)
            .arg("--fixtures")
            .arg(fixtures)
    }
}
