use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::SystemTime;

use rusqlite::types::ValueRef;
use rusqlite::{Connection, OpenFlags};
use servers::Server;
use tempfile::TempDir;

use crate::databases::Databases;
use crate::on::On;
use crate::report::Report;

/// The store's own fixtures.
pub const FIXTURES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../fixtures");

/// What is said where it is not known whether a COMMIT took place.
pub const DOUBT: &str = "asking the ledger whether it took place";

/// The tables' rows in the order of their keys, by alias.
pub const ROWS: [(&str, &str); 3] = [
    ("users", "SELECT * FROM users ORDER BY id"),
    ("products", "SELECT * FROM products ORDER BY id"),
    ("orders", "SELECT * FROM orders ORDER BY id"),
];

/// The current folder of a test's commands, and their databases; goes away with it.
pub struct Sandbox {
    folder: TempDir,
    databases: Databases,
}

/// All that a command could change: files as in [`Sandbox::files`], and what is on servers.
#[derive(PartialEq)]
pub struct State {
    files: BTreeMap<String, (SystemTime, Vec<u8>)>,
    tables: BTreeMap<String, Vec<String>>,
}

/// What a command left behind.
#[derive(Debug)]
pub struct Ran {
    pub code: i32,
    pub stdout: String,
    pub stderr: String,
}

impl On {
    /// A folder with nothing in it, and databases with nothing in them.
    pub fn empty(self) -> Sandbox {
        Sandbox::new(self)
    }

    /// A folder with the store's fixtures in it, and databases with nothing in them.
    pub fn store(self) -> Sandbox {
        let sandbox = self.empty();
        sandbox.store_fixtures();
        sandbox
    }

    /// The store, migrated and seeded.
    pub fn seeded(self) -> Sandbox {
        let sandbox = self.store();
        sandbox.run(["up"]).exits(0);
        sandbox
    }

    /// A folder with migrated databases and these fixtures, by dataset.
    pub fn with(self, fixtures: &[(&str, &str)]) -> Sandbox {
        let sandbox = self.empty();
        sandbox.fixtures(fixtures);
        sandbox.run(["migrate"]).exits(0);
        sandbox
    }
}

impl Sandbox {
    /// A folder with nothing in it, and databases with nothing in them.
    pub fn new(on: On) -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder can be made"),
            databases: Databases::new(on),
        }
    }

    /// The same, with SQLite's files.
    pub fn empty() -> Self {
        On::Sqlite.empty()
    }

    /// A folder with the store's fixtures in it, and nothing else.
    pub fn store() -> Self {
        On::Sqlite.store()
    }

    /// The store, migrated and seeded.
    pub fn seeded() -> Self {
        On::Sqlite.seeded()
    }

    /// Copies the store's fixtures.
    pub fn store_fixtures(&self) -> &Self {
        for name in ["users.yaml", "products.yaml", "orders.yaml"] {
            let text = fs::read_to_string(Path::new(FIXTURES).join(name));
            let text = text.expect("the store has its fixtures");
            self.write(&format!("fixtures/{name}"), &text);
        }
        self
    }

    /// Writes `fixtures/DATASET.yaml` for each.
    pub fn fixtures(&self, fixtures: &[(&str, &str)]) -> &Self {
        for (dataset, text) in fixtures {
            self.write(&format!("fixtures/{dataset}.yaml"), text);
        }
        self
    }

    pub fn path(&self, path: &str) -> PathBuf {
        self.folder.path().join(path)
    }

    pub fn write(&self, path: &str, text: impl AsRef<[u8]>) -> &Self {
        let path = self.path(path);
        let folder = path.parent().expect("a file is in a folder");
        fs::create_dir_all(folder).expect("a folder can be made");
        fs::write(path, text).expect("a file can be written");
        self
    }

    pub fn read(&self, path: &str) -> String {
        fs::read_to_string(self.path(path)).expect("the file is there")
    }

    pub fn remove(&self, path: &str) -> &Self {
        fs::remove_file(self.path(path)).expect("the file is there");
        self
    }

    /// Replaces the only occurrence of a text in a file.
    pub fn edit(&self, path: &str, old: &str, new: &str) -> &Self {
        let text = self.read(path);
        assert_eq!(text.matches(old).count(), 1, "`{old}` in {path}");
        self.write(path, text.replace(old, new))
    }

    /// The program, with nothing in its environment that is meant for another.
    pub fn command<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Command {
        let mut command = Command::new(program());
        command
            .args(arguments)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        for (name, _) in env::vars_os() {
            let text = name.to_string_lossy();
            let ours = text.starts_with("SEEDBED_") || text.starts_with("RUST_");
            if ours || text.contains("COLOR") {
                command.env_remove(name);
            }
        }
        command.envs(self.databases.variables());
        command
    }

    pub fn run<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Ran {
        self.run_with(&[], arguments)
    }

    /// Runs it with these environment variables.
    pub fn run_with<'a>(
        &self,
        variables: &[(&str, &str)],
        arguments: impl IntoIterator<Item = &'a str>,
    ) -> Ran {
        let mut command = self.command(arguments);
        command.envs(variables.iter().copied());
        Ran::from(command.output().expect("the program can be started"))
    }

    /// Runs it with `--format json`.
    pub fn json<'a>(&self, arguments: impl IntoIterator<Item = &'a str>) -> Report {
        let arguments = arguments.into_iter().chain(["--format", "json"]);
        Report::of(self.run(arguments))
    }

    /// The rows of a query, each as its values with `|` between them.
    pub fn rows(&self, alias: &str, query: &str) -> Vec<String> {
        if let Some(rows) = self.databases.rows(alias, query) {
            return rows;
        }
        let connection = self.open(&format!("data/{alias}.db"));
        rows(&connection, query)
    }

    /// The rows of all tables.
    pub fn all_rows(&self) -> Vec<Vec<String>> {
        ROWS.map(|(alias, query)| self.rows(alias, query)).into()
    }

    /// Does something to a database behind the program's back.
    pub fn execute(&self, alias: &str, statements: &str) {
        if self.databases.rows(alias, statements).is_some() {
            return;
        }
        let connection = self.open(&format!("data/{alias}.db"));
        connection
            .execute_batch(statements)
            .expect("the statements are right");
    }

    /// Opens a database that is there.
    pub fn open(&self, path: &str) -> Connection {
        let path = self.path(path);
        Connection::open_with_flags(&path, OpenFlags::SQLITE_OPEN_READ_WRITE)
            .unwrap_or_else(|error| panic!("{}: {error}", path.display()))
    }

    /// Every file, with the time of its last change and its bytes.
    pub fn files(&self) -> BTreeMap<String, (SystemTime, Vec<u8>)> {
        let mut files = BTreeMap::new();
        let mut folders = vec![self.folder.path().to_owned()];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).expect("the folder is there") {
                let path = entry.expect("the folder can be read").path();
                let metadata = match fs::metadata(&path) {
                    Ok(metadata) => metadata,
                    Err(error) if error.kind() == ErrorKind::NotFound => continue,
                    Err(error) => panic!("{}: {error}", path.display()),
                };
                if metadata.is_dir() {
                    folders.push(path);
                    continue;
                }
                let name = path
                    .strip_prefix(self.folder.path())
                    .expect("it is in the folder");
                let changed = metadata.modified().expect("the system tells times");
                let bytes = fs::read(&path).expect("the file can be read");
                files.insert(name.to_string_lossy().into_owned(), (changed, bytes));
            }
        }
        files
    }

    /// Everything, to be compared.
    pub fn state(&self) -> State {
        let mut tables = BTreeMap::new();
        for (alias, _) in ROWS {
            if self.server(alias).is_none() {
                continue;
            }
            for table in self.tables(alias) {
                let rows = self.rows(alias, &self.databases.whole(alias, &table));
                tables.insert(format!("{alias}.{table}"), rows);
            }
        }
        State {
            files: self.files(),
            tables,
        }
    }

    /// The tables of a database; its own first, then the bookkeeping's.
    pub fn tables(&self, alias: &str) -> Vec<String> {
        self.rows(alias, &self.databases.tables(alias))
    }

    /// The columns of a table.
    pub fn columns(&self, alias: &str, table: &str) -> Vec<String> {
        self.rows(alias, &self.databases.columns(alias, table))
    }

    /// Where a database is, as the program shows it.
    pub fn location(&self, alias: &str) -> String {
        self.databases.location(alias)
    }

    /// The URL of a database.
    pub fn url(&self, alias: &str) -> String {
        let file = || {
            format!(
                "sqlite://{}",
                self.path(&format!("data/{alias}.db")).display()
            )
        };
        self.databases.url(alias).unwrap_or_else(file)
    }

    /// The server that has a database, and the name it goes by there.
    pub fn server(&self, alias: &str) -> Option<(&'static Server, String)> {
        self.databases.server(alias)
    }

    /// The paths of all files.
    pub fn names(&self) -> Vec<String> {
        self.files().into_keys().collect()
    }
}

/// The program of this build, unless the environment names another.
fn program() -> OsString {
    let named = env::var_os("CARGO_BIN_EXE_seedbed");
    named.unwrap_or_else(|| env!("CARGO_BIN_EXE_seedbed").into())
}

/// The rows of a query, each as its values with `|` between them.
pub fn rows(connection: &Connection, query: &str) -> Vec<String> {
    let mut statement = connection.prepare(query).expect("the query is right");
    let columns = statement.column_count();
    let mut rows = statement.query([]).expect("the query runs");
    let mut lines = Vec::new();
    while let Some(row) = rows.next().expect("a row can be read") {
        let value = |index| match row.get_ref(index).expect("the column is there") {
            ValueRef::Null => "NULL".to_owned(),
            ValueRef::Integer(number) => number.to_string(),
            ValueRef::Real(number) => number.to_string(),
            ValueRef::Text(text) | ValueRef::Blob(text) => {
                String::from_utf8_lossy(text).into_owned()
            }
        };
        let values: Vec<String> = (0..columns).map(value).collect();
        lines.push(values.join("|"));
    }
    lines
}

impl From<Output> for Ran {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("output is UTF-8");
        Self {
            code: output.status.code().expect("the program ends by itself"),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Ran {
    /// Asserts the exit code.
    #[track_caller]
    pub fn exits(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{self:#?}");
        self
    }

    /// Asserts that a text is on standard error.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.stderr.contains(text), "no `{text}` in {self:#?}");
        self
    }

    /// Asserts that a text is on standard output.
    #[track_caller]
    pub fn prints(self, text: &str) -> Self {
        assert!(self.stdout.contains(text), "no `{text}` in {self:#?}");
        self
    }

    /// Asserts that a text is nowhere in the output.
    #[track_caller]
    pub fn hides(self, text: &str) -> Self {
        let shown = self.stdout.contains(text) || self.stderr.contains(text);
        assert!(!shown, "`{text}` in {self:#?}");
        self
    }
}
