use std::env;
use std::fs::{self, File};
use std::os::fd::AsRawFd;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::sync::LazyLock;

use tempfile::TempDir;

use crate::report::Report;

/// The store's databases, in commit order.
pub const ALIASES: [&str; 3] = ["users", "products", "orders"];

/// The program of this build, unless the environment names another. It is held open: a build that
/// replaces the file while a long test runs does not change what is tested.
static PROGRAM: LazyLock<(File, PathBuf)> = LazyLock::new(|| {
    let named = env::var_os("CARGO_BIN_EXE_seedbed");
    let path = named.unwrap_or_else(|| env!("CARGO_BIN_EXE_seedbed").into());
    let file = File::open(&path).expect("the program was built");
    let held = PathBuf::from(format!(
        "/proc/{}/fd/{}",
        std::process::id(),
        file.as_raw_fd()
    ));
    let path = if held.exists() { held } else { path.into() };
    (file, path)
});

/// The current folder of a test's commands, with built-in configuration: `fixtures` and `data`.
pub struct Sandbox(TempDir);

impl Sandbox {
    /// A folder with no fixtures and no databases.
    pub fn new() -> Self {
        let folder = TempDir::new().expect("a temporary folder can be made");
        fs::create_dir(folder.path().join("fixtures")).expect("a folder can be made");
        Self(folder)
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        self.0.path()
    }

    /// The file of a database.
    pub fn database(&self, alias: &str) -> PathBuf {
        self.path().join(format!("data/{alias}.db"))
    }

    /// Writes a fixture.
    pub fn fixture(&self, name: &str, text: &str) {
        let path = self.path().join("fixtures").join(name);
        fs::write(path, text).expect("a fixture can be written");
    }

    /// The program, to be told more. Of the environment it gets what it needs, and `BREAK`.
    pub fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(&PROGRAM.1);
        self.settle(command.args(arguments));
        command
    }

    /// The program under `strace`, which is told what to do to it.
    pub fn traced(&self, strace: &[String], arguments: &[&str]) -> Command {
        let mut command = Command::new("strace");
        self.settle(command.args(strace).arg(&PROGRAM.1).args(arguments));
        command
    }

    fn settle(&self, command: &mut Command) {
        command.current_dir(self.path()).stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            let name = name.to_string_lossy();
            if name.starts_with("SEEDBED_") || name.starts_with("FAIL_") {
                command.env_remove(&*name);
            }
        }
    }

    /// Runs the program to its end.
    pub fn run(&self, arguments: &[&str]) -> Output {
        let output = self.command(arguments).output();
        output.expect("the program can be started")
    }

    /// Runs a command that reports in JSON and must succeed.
    pub fn succeeds(&self, arguments: &[&str]) -> Report {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        assert!(output.status.success(), "{arguments:?}: {output:?}");
        Report::of(&output)
    }

    /// Copies the databases as they are, to be put back.
    pub fn keep_databases(&self, name: &str) {
        copy(&self.path().join("data"), &self.path().join(name));
    }

    /// Puts databases back.
    pub fn restore_databases(&self, name: &str) {
        self.copy_databases_from(&self.path().join(name));
    }

    /// Takes over the databases in another folder.
    pub fn copy_databases_from(&self, folder: &Path) {
        copy(folder, &self.path().join("data"));
    }
}

/// Makes the second folder the same as the first, which may be missing.
fn copy(from: &Path, to: &Path) {
    if to.exists() {
        fs::remove_dir_all(to).expect("a folder can be removed");
    }
    let Ok(files) = fs::read_dir(from) else {
        return;
    };
    fs::create_dir_all(to).expect("a folder can be made");
    for file in files {
        let file = file.expect("a folder can be listed");
        fs::copy(file.path(), to.join(file.file_name())).expect("a file can be copied");
    }
}
