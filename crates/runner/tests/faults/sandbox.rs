use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use rusqlite::Connection;
use rusqlite::types::Value;
use servers::testing::shared;
use servers::{Kind, Server};
use tempfile::TempDir;

use crate::databases::Databases;
use crate::on::{ALIASES, On};
use crate::process::Run;
use crate::state::{Content, State, open};

/// The fixtures of the store, 10 rows each.
pub const STORE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// A folder with a configuration, fixtures and databases of its own.
pub struct Sandbox {
    on: On,
    folder: TempDir,
    databases: Databases,
}

/// A sandbox of which there are to be more.
pub struct Template {
    sandbox: Sandbox,
    /// What makes the content of the databases that are on servers.
    dumps: Vec<(&'static str, String)>,
}

impl Sandbox {
    pub fn new() -> Self {
        Self::on(On::Sqlite)
    }

    pub fn on(on: On) -> Self {
        let sandbox = Self {
            on,
            folder: tempfile::tempdir().unwrap(),
            databases: Databases::new(on),
        };
        sandbox.write(
            "seedbed.toml",
            "[default]\nlock_timeout = '60s'\nretry_for = '30s'\n",
        );
        sandbox
    }

    /// With migrated databases and fixtures that are not loaded yet.
    pub fn migrated(fixtures: &[(&str, String)]) -> Self {
        Self::new().with_tables(fixtures)
    }

    /// With databases into which these fixtures were loaded.
    pub fn seeded(fixtures: &[(&str, String)]) -> Self {
        Self::new().with_rows(fixtures)
    }

    pub fn with_tables(self, fixtures: &[(&str, String)]) -> Self {
        self.run("migrate").finish().expect(0);
        self.fixtures(fixtures);
        self
    }

    pub fn with_rows(self, fixtures: &[(&str, String)]) -> Self {
        let sandbox = self.with_tables(fixtures);
        sandbox.run("seed").finish().expect_outcome(0, "seeded");
        sandbox
    }

    pub fn path(&self, file: &str) -> PathBuf {
        self.folder.path().join(file)
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
        let run = Run::new(env!("CARGO_BIN_EXE_seedbed"), self.folder.path(), &args);
        let variables = self.databases.variables();
        variables.fold(run, |run, (name, value)| run.set(&name, value))
    }

    /// The rows of a database that no run has open.
    pub fn rows(&self, alias: &str) -> Option<BTreeMap<i64, Vec<Value>>> {
        Content::at(&self.data(), alias).rows
    }

    pub fn state(&self) -> State {
        let mut contents = self.databases.contents();
        for alias in ALIASES {
            let file = || Content::at(&self.data(), alias);
            contents.entry(alias).or_insert_with(file);
        }
        State(contents)
    }

    /// The server that has a database, and the name it goes by there.
    pub fn server(&self, alias: &str) -> Option<(&'static Server, String)> {
        self.databases.server(alias)
    }

    /// Takes a database's turn as another program would, until this is dropped.
    pub fn lock(&self, alias: &str) -> Connection {
        let db = open(&self.database(alias));
        db.execute_batch("BEGIN IMMEDIATE").unwrap();
        db
    }
}

impl Template {
    pub fn of(sandbox: Sandbox) -> Self {
        let dump = |alias| {
            let (server, name) = sandbox.databases.server(alias)?;
            let dump = server.dump(&name);
            Some((alias, dump.unwrap_or_else(|error| panic!("{error}"))))
        };
        let dumps = ALIASES.into_iter().filter_map(dump).collect();
        Self { sandbox, dumps }
    }

    pub fn on(&self) -> On {
        self.sandbox.on
    }

    pub fn state(&self) -> State {
        self.sandbox.state()
    }

    /// The same once more.
    pub fn copy(&self) -> Sandbox {
        let copy = Sandbox::on(self.sandbox.on);
        self.put_into(&copy);
        copy
    }

    /// Makes a copy again of what was one; to make databases takes longer.
    pub fn put_into(&self, copy: &Sandbox) {
        for entry in fs::read_dir(copy.path("")).unwrap() {
            let path = entry.unwrap().path();
            let removed = match path.is_dir() {
                true => fs::remove_dir_all(path),
                false => fs::remove_file(path),
            };
            removed.unwrap();
        }
        copy_folder(self.sandbox.folder.path(), copy.folder.path());
        for kind in Kind::ALL {
            let dump = |alias| &self.dumps.iter().find(|(of, _)| *of == alias).unwrap().1;
            let here = copy.databases.of(kind);
            let dumps: Vec<_> = here
                .map(|(alias, name)| (name, dump(alias).as_str()))
                .collect();
            if !dumps.is_empty() {
                let refilled = shared(kind).refill(&dumps);
                refilled.unwrap_or_else(|error| panic!("{error}"));
            }
        }
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
