use std::fs::{self, File, OpenOptions};
use std::path::PathBuf;
use std::process::Command;
use std::sync::mpsc;
use std::thread;

use crate::process::HANG;
use crate::sandbox::Sandbox;

/// A named pipe where a fixture was: what is written to it is what a run reads.
pub struct Pipe(PathBuf);

impl Pipe {
    pub fn of(sandbox: &Sandbox, dataset: &str) -> Self {
        let path = sandbox.path(&format!("fixtures/{dataset}.yaml"));
        fs::remove_file(&path).unwrap();
        let made = Command::new("mkfifo").arg(&path).status().unwrap();
        assert!(made.success());
        Self(path)
    }

    /// Waits until a run has opened it.
    pub fn opened(&self) -> File {
        let (sender, opened) = mpsc::channel();
        let path = self.0.clone();
        thread::spawn(move || sender.send(OpenOptions::new().write(true).open(path)));
        let opened = opened.recv_timeout(HANG);
        opened.expect("the run opens its fixtures").unwrap()
    }
}
