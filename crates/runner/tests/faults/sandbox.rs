use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;
use tempfile::TempDir;

use crate::process::Run;
use crate::state::{Content, State, open};

/// The fixtures of the store, 10 rows each.
pub const STORE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// A folder with a configuration, fixtures and databases of its own.
pub struct Sandbox(TempDir);

impl Sandbox {
    pub fn new() -> Self {
        let sandbox = Self(tempfile::tempdir().unwrap());
        sandbox.write(
            "seedbed.toml",
            "[default]\nlock_timeout = '60s'\nretry_for = '30s'\n",
        );
        sandbox
    }

    /// With migrated databases and fixtures that are not loaded yet.
    pub fn migrated(fixtures: &[(&str, String)]) -> Self {
        let sandbox = Self::new();
        sandbox.run("migrate").finish().expect(0);
        sandbox.fixtures(fixtures);
        sandbox
    }

    /// With databases into which these fixtures were loaded.
    pub fn seeded(fixtures: &[(&str, String)]) -> Self {
        let sandbox = Self::migrated(fixtures);
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
        sandbox
    }

    /// The same once more.
    pub fn copy(&self) -> Self {
        let copy = tempfile::tempdir().unwrap();
        copy_folder(self.0.path(), copy.path());
        Self(copy)
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.0.path().join(file)
    }

    pub fn data(&self) -> PathBuf {
        self.path("data")
    }

    pub fn database(&self, alias: &str) -> PathBuf {
        self.path(&format!("data/{alias}.db"))
    }

    pub fn write(&self, file: &str, text: &str) {
        let path = self.path(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Replaces fixtures.
    pub fn fixtures(&self, fixtures: &[(&str, String)]) {
        for (dataset, yaml) in fixtures {
            self.write(&format!("fixtures/{dataset}.yaml"), yaml);
        }
    }

    /// A run with these arguments and JSON for its result.
    pub fn run(&self, args: &str) -> Run {
        let args: Vec<_> = args.split(' ').chain(["--format", "json"]).collect();
        Run::new(env!("CARGO_BIN_EXE_seedbed"), self.0.path(), &args)
    }

    /// The rows of a database that no run has open.
    pub fn rows(&self, alias: &str) -> Option<BTreeMap<i64, Vec<Value>>> {
        Content::at(&self.data(), alias).rows
    }

    pub fn state(&self) -> State {
        State::of(&self.data())
    }

    /// Takes a database's turn as another program would, until this is dropped.
    pub fn lock(&self, alias: &str) -> Connection {
        let db = open(&self.database(alias));
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        db
    }
}

fn copy_folder(from: &Path, to: &Path) {
    for entry in fs::read_dir(from).unwrap() {
        let (entry, to) = {
            let entry = entry.unwrap();
            let to = to.join(entry.file_name());
            (entry, to)
        };
        if entry.file_type().unwrap().is_dir() {
            fs::create_dir(&to).unwrap();
            copy_folder(&entry.path(), &to);
        } else {
            fs::copy(entry.path(), to).unwrap();
        }
    }
}
