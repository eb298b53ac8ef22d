use std::fs::OpenOptions;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// How often a wait for an event looks whether the program is still there.
const STEP: Duration = Duration::from_millis(5);

/// The fail points that a run passes, told as it passes them: `FAIL_POINTS_PASSED` names a pipe.
///
/// A run that tells waits for someone who listens, so this must outlive it.
pub struct Events {
    folder: TempDir,
    passed: Receiver<String>,
}

impl Events {
    /// A pipe that nothing was told through yet.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        let made = Command::new("mkfifo").arg(pipe(&folder)).status();
        assert!(made.expect("mkfifo is installed").success());
        let passed = listen(&folder);
        Self { folder, passed }
    }

    /// Has a run tell.
    pub fn listen_to(&self, command: &mut Command) {
        while self.passed.try_recv().is_ok() {}
        command.env("FAIL_POINTS_PASSED", pipe(&self.folder));
    }

    /// Waits until the run has passed a point; false if it ended without.
    pub fn wait_for(&self, point: &str, run: &mut Child) -> bool {
        loop {
            match self.passed.recv_timeout(STEP) {
                Ok(passed) if passed == point => return true,
                Ok(_) => {}
                Err(RecvTimeoutError::Timeout) => {
                    if run.try_wait().expect("a child can be asked").is_some() {
                        return false;
                    }
                }
                Err(RecvTimeoutError::Disconnected) => return false,
            }
        }
    }
}

impl Drop for Events {
    fn drop(&mut self) {
        // The empty line ends the listening thread.
        let mut both = OpenOptions::new();
        let pipe = both.read(true).write(true).open(pipe(&self.folder));
        _ = pipe.and_then(|mut pipe| std::io::Write::write_all(&mut pipe, b"\n"));
    }
}

fn pipe(folder: &TempDir) -> PathBuf {
    folder.path().join("passed")
}

fn listen(folder: &TempDir) -> Receiver<String> {
    // Open for writing as well, so that it neither waits for a writer nor ends with one.
    let file = OpenOptions::new().read(true).write(true).open(pipe(folder));
    let lines = BufReader::new(file.expect("a pipe can be opened")).lines();
    let (sender, passed) = mpsc::channel();
    thread::spawn(move || {
        for line in lines.map_while(Result::ok) {
            if line.is_empty() || sender.send(line).is_err() {
                return;
            }
        }
    });
    passed
}
