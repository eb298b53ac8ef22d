use std::fs;
use std::path::PathBuf;
use std::process::Command;

use crate::account::Account;
use crate::{Certificates, Error, Settings};

/// Where a server runs, and as whom.
#[derive(Debug)]
pub(crate) struct Place {
    /// Holds everything; its path is short, as those of sockets have to be.
    pub folder: PathBuf,
    pub port: u16,
    pub account: Account,
    pub settings: Settings,
    pub certificates: Option<Certificates>,
}

impl Place {
    /// The data's folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The last lines of what the server has to say.
    pub fn log(&self) -> String {
        let log = fs::read(self.folder.join("log")).unwrap_or_default();
        let log = String::from_utf8_lossy(&log);
        let lines: Vec<&str> = log.lines().collect();
        lines[lines.len().saturating_sub(15)..].join("\n")
    }

    /// Runs a program of the server's to its end.
    pub fn run(&self, command: &mut Command) -> Result<(), Error> {
        run(self.at_home(command)).map(drop)
    }

    /// Has a command run as the server does, and keep what it keeps for a while in the same folder.
    pub fn at_home<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let command = self.account.runs(command).current_dir(&self.folder);
        command.env("TMPDIR", &self.folder)
    }
}

/// Runs a program to its end; gives its standard output.
pub(crate) fn run(command: &mut Command) -> Result<String, Error> {
    let output = command
        .output()
        .map_err(Error::system("start one of the server's programs"))?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    Err(Error::Failed {
        program: command.get_program().to_string_lossy().into_owned(),
        said: String::from_utf8_lossy(&output.stderr).trim().to_owned(),
    })
}
