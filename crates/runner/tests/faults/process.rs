use std::ffi::OsStr;
use std::io::{BufRead, BufReader, Read, Write};
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use serde_json::Value;

/// Longer than any run takes, even on a busy machine: whoever waits this long has found a hang.
pub const HANG: Duration = Duration::from_secs(120);

/// A run of the program that is still to be started.
pub struct Run(Command);

impl Run {
    pub fn new(program: impl AsRef<OsStr>, folder: &Path, args: &[&str]) -> Self {
        let mut command = Command::new(program);
        command.current_dir(folder).args(args);
        let ours = |name: &OsStr| name.to_string_lossy().starts_with("SEEDBED_");
        for (name, _) in std::env::vars_os().filter(|(name, _)| ours(name)) {
            command.env_remove(name);
        }
        Self(command)
    }

    pub fn set(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.0.env(name, value);
        self
    }

    /// Makes the run fail at places, as `fail_point.rs` has it.
    pub fn fail_at(self, places: &str) -> Self {
        self.set("FAIL_AT", places)
    }

    pub fn start(mut self) -> Running {
        self.0
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = self.0.spawn().unwrap();
        let (stdout, stderr) = (child.stdout.take().unwrap(), child.stderr.take().unwrap());
        let (sender, lines) = mpsc::channel();
        thread::spawn(move || {
            let lines = BufReader::new(stderr).lines().map_while(Result::ok);
            lines.for_each(|line| _ = sender.send(line));
        });
        let stdout = thread::spawn(move || {
            let mut text = String::new();
            BufReader::new(stdout).read_to_string(&mut text).unwrap();
            text
        });
        Running {
            child,
            lines,
            said: String::new(),
            stdout,
            deadline: Instant::now() + HANG,
        }
    }

    /// Runs to the end.
    pub fn finish(self) -> Finished {
        self.start().finish()
    }
}

/// A run that has been started.
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    said: String,
    stdout: JoinHandle<String>,
    deadline: Instant,
}

impl Running {
    /// Waits until the run says something on standard error.
    pub fn wait_for(&mut self, what: &str) {
        while let Some(line) = self.line() {
            if line.contains(what) {
                return;
            }
        }
        panic!("the run ended and never said `{what}`:\n{}", self.said);
    }

    fn line(&mut self) -> Option<String> {
        let left = self.deadline.saturating_duration_since(Instant::now());
        match self.lines.recv_timeout(left) {
            Ok(line) => {
                self.said += &line;
                self.said.push('\n');
                Some(line)
            }
            Err(RecvTimeoutError::Disconnected) => None,
            Err(RecvTimeoutError::Timeout) => {
                self.child.kill().unwrap();
                panic!("the run hangs; it said:\n{}", self.said);
            }
        }
    }

    /// Lets a run go on that is held at a fail point.
    pub fn release(&mut self) {
        let stdin = self.child.stdin.as_mut().unwrap();
        stdin.write_all(b"\n").unwrap();
    }

    /// Sends a signal: `INT`, `TERM` or `KILL`.
    pub fn signal(&self, name: &str) {
        let pid = self.child.id().to_string();
        let sent = Command::new("kill").args(["-s", name, &pid]).status();
        assert!(sent.unwrap().success());
    }

    pub fn finish(mut self) -> Finished {
        while self.line().is_some() {}
        let status = self.child.wait().unwrap();
        Finished {
            code: status.code(),
            signal: status.signal(),
            stdout: self.stdout.join().unwrap(),
            stderr: self.said,
        }
    }
}

/// A run that has ended.
#[derive(Debug)]
pub struct Finished {
    /// `None` if a signal ended it.
    pub code: Option<i32>,
    pub signal: Option<i32>,
    pub stdout: String,
    pub stderr: String,
}

impl Finished {
    /// What it printed with `--format json`.
    pub fn report(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|error| panic!("{error}: {self:#?}"))
    }

    /// The message of its error, empty where there is none.
    pub fn message(&self) -> String {
        let report = self.report();
        let message = report["error"]["message"].as_str();
        message.unwrap_or_default().to_owned()
    }

    /// How often it said that it tries again.
    pub fn retries(&self) -> usize {
        self.stderr.matches("trying again").count()
    }

    #[track_caller]
    pub fn expect(self, code: i32) -> Self {
        assert_eq!(self.code, Some(code), "{self:#?}");
        self
    }

    #[track_caller]
    pub fn expect_outcome(self, code: i32, outcome: &str) -> Self {
        let finished = self.expect(code);
        assert_eq!(finished.report()["outcome"], outcome, "{finished:#?}");
        finished
    }

    /// Fails with code 3 and an error that names the database and contains each of the texts.
    #[track_caller]
    pub fn expect_failure(self, database: &str, texts: &[&str]) -> Self {
        let finished = self.expect(3);
        assert_eq!(
            finished.report()["error"]["database"],
            database,
            "{finished:#?}"
        );
        for text in texts {
            assert!(finished.message().contains(text), "`{text}`: {finished:#?}");
        }
        finished
    }
}
