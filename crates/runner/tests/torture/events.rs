use std::fs::{File, OpenOptions};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError};
use std::thread;
use std::time::Duration;

/// How often a wait for an event looks whether the program is still there.
const STEP: Duration = Duration::from_millis(5);

/// The fail points that a run passes, told as it passes them: `FAIL_POINTS_PASSED` names a pipe.
pub struct Events {
    pipe: PathBuf,
    passed: Receiver<String>,
}

impl Events {
    /// A pipe in a folder.
    pub fn new(folder: &Path) -> Self {
        let pipe = folder.join("passed");
        let made = Command::new("mkfifo").arg(&pipe).status();
        assert!(made.expect("mkfifo is installed").success());
        // Open for writing as well, so that it neither waits for a writer nor ends with one.
        let file = OpenOptions::new().read(true).write(true).open(&pipe);
        let file = file.expect("a pipe can be opened");
        let (sender, passed) = mpsc::channel();
        thread::spawn(move || tell(file, &sender));
        Self { pipe, passed }
    }

    /// Has a run tell.
    pub fn listen_to(&self, command: &mut Command) {
        while self.passed.try_recv().is_ok() {}
        command.env("FAIL_POINTS_PASSED", &self.pipe);
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
        let pipe = OpenOptions::new().write(true).open(&self.pipe);
        _ = pipe.and_then(|mut pipe| std::io::Write::write_all(&mut pipe, b"\n"));
    }
}

fn tell(file: File, sender: &mpsc::Sender<String>) {
    for line in BufReader::new(file).lines() {
        let line = line.unwrap_or_default();
        if line.is_empty() || sender.send(line).is_err() {
            return;
        }
    }
}
