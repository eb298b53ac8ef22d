use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use sea_orm::{ConnectionTrait, Database, DatabaseConnection, Statement};
use serde_json::Value;
use tempfile::TempDir;
use tokio::runtime::Runtime;

/// A folder in which a program runs: its fixtures, and the databases that it makes in `data`.
pub struct Place {
    folder: TempDir,
    program: PathBuf,
    registry: Option<&'static str>,
    variables: Vec<(&'static str, String)>,
}

impl Place {
    /// An empty folder for the store of four databases.
    pub fn of_the_store() -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_four-databases"));
        Self::new(program, None)
    }

    /// An empty folder for one of the registries of this crate's other program.
    pub fn of(registry: &'static str) -> Self {
        let program = Path::new(env!("CARGO_BIN_EXE_named-registry"));
        Self::new(program, Some(registry))
    }

    fn new(program: &Path, registry: Option<&'static str>) -> Self {
        Self {
            folder: TempDir::new().expect("a temporary folder"),
            program: program.to_owned(),
            registry,
            variables: Vec::new(),
        }
    }

    /// The same folder, for another registry.
    pub fn now_of(self, registry: &'static str) -> Self {
        Self {
            registry: Some(registry),
            ..self
        }
    }

    /// What the program finds in its environment from now on.
    pub fn variable(&mut self, name: &'static str, value: &str) {
        self.variables.push((name, value.to_owned()));
    }

    /// Puts a fixture into the folder `fixtures`.
    pub fn fixture(&self, name: &str, text: &str) -> &Self {
        let folder = self.fixtures();
        fs::create_dir_all(&folder).expect("the fixtures' folder");
        fs::write(folder.join(name), text).expect("a fixture");
        self
    }

    /// The folder `fixtures`.
    pub fn fixtures(&self) -> PathBuf {
        self.folder.path().join("fixtures")
    }

    /// Puts the fixtures of a folder of this workspace there.
    pub fn fixtures_of(&self, folder: &str) -> &Self {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder);
        for entry in fs::read_dir(folder).expect("a folder of the workspace") {
            let path = entry.expect("an entry of it").path();
            let name = path.file_name().expect("a name").to_string_lossy();
            self.fixture(&name, &fs::read_to_string(&path).expect("a fixture"));
        }
        self
    }

    /// Runs a command, its arguments split at spaces.
    pub fn run(&self, command: &str) -> Done {
        let mut process = Command::new(&self.program);
        for (name, _) in env::vars_os() {
            if name.to_string_lossy().starts_with("SEEDBED_") {
                process.env_remove(name);
            }
        }
        process.envs(self.registry.map(|name| ("REGISTRY", name)));
        process.envs(self.variables.iter().map(|(name, value)| (name, value)));
        process.args(command.split(' ')).args(["--format", "json"]);
        let output = process.current_dir(&self.folder).output();
        let output = output.expect("the program runs");
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        Done {
            exit: output.status.code(),
            json: serde_json::from_slice(&output.stdout)
                .unwrap_or_else(|error| panic!("`{command}` printed no JSON: {error}; {said}")),
            said,
        }
    }

    /// Runs a command that is to succeed.
    pub fn runs(&self, command: &str) -> Done {
        let done = self.run(command);
        assert_eq!(done.exit, Some(0), "{command}: {} {}", done.json, done.said);
        done
    }

    /// The rows of a query of one text column.
    pub fn rows(&self, database: &str, sql: &str) -> Vec<String> {
        self.with(database, async |db| {
            let rows = db.query_all_raw(statement(sql)).await.expect(sql);
            let texts = rows.iter().map(|row| row.try_get_by_index::<String>(0));
            texts.collect::<Result<_, _>>().expect(sql)
        })
    }

    /// Does as another program would that shares the database.
    pub fn execute(&self, database: &str, sql: &str) -> &Self {
        self.with(database, async |db| {
            db.execute_unprepared(sql).await.expect(sql);
        });
        self
    }

    fn with<T>(&self, database: &str, work: impl AsyncFnOnce(&DatabaseConnection) -> T) -> T {
        let data = self.folder.path().join("data");
        fs::create_dir_all(&data).expect("the databases' folder");
        let url = format!("sqlite:{}/{database}.db?mode=rwc", data.display());
        let runtime = Runtime::new().expect("a runtime");
        runtime.block_on(async {
            let db = Database::connect(url).await.expect("the database opens");
            let result = work(&db).await;
            db.close().await.expect("the database closes");
            result
        })
    }

    /// The names of the files made in `data`; none where there is no such folder.
    pub fn databases(&self) -> Vec<String> {
        let Ok(entries) = fs::read_dir(self.folder.path().join("data")) else {
            return Vec::new();
        };
        let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
        entries
            .map(|entry| name(entry.expect("an entry")))
            .collect()
    }
}

fn statement(sql: &str) -> Statement {
    Statement::from_string(sea_orm::DbBackend::Sqlite, sql)
}

/// What a program answered.
pub struct Done {
    pub exit: Option<i32>,
    pub json: Value,
    pub said: String,
}

impl Done {
    /// Asserts how the program ended.
    #[track_caller]
    pub fn exits(self, exit: i32) -> Self {
        assert_eq!(self.exit, Some(exit), "{} {}", self.json, self.said);
        self
    }

    pub fn outcome(&self) -> &str {
        self.json["outcome"].as_str().expect("an outcome")
    }

    /// The message of the error that ended it.
    pub fn error(&self) -> &str {
        let message = self.json["error"]["message"].as_str();
        message.unwrap_or_else(|| panic!("no error in {}", self.json))
    }

    /// A line for each dataset: read, accepted, rejected; inserted, updated, unchanged.
    pub fn counts(&self) -> Vec<String> {
        let line = |dataset: &Value| {
            let of = |names: [&str; 3]| names.map(|name| dataset[name].to_string()).join(" ");
            format!(
                "{}: {}; {}",
                dataset["name"].as_str().expect("a name"),
                of(["read", "accepted", "rejected"]),
                of(["inserted", "updated", "unchanged"]),
            )
        };
        list(&self.json["datasets"]).map(line).collect()
    }

    /// The rules broken, each with the row's key.
    pub fn broken(&self) -> Vec<String> {
        let rule = |problem: &Value| {
            let rule = problem["rule"].as_str().expect("a rule");
            format!("{rule} {}", problem["id"])
        };
        list(&self.json["problems"]).map(rule).collect()
    }

    /// A line for each problem of a dataset, and one below it for each place that explains it.
    pub fn problems(&self, dataset: &str) -> Vec<String> {
        let of_dataset = |problem: &&Value| problem["dataset"] == dataset;
        list(&self.json["problems"])
            .filter(of_dataset)
            .flat_map(|problem| {
                let head = format!(
                    "{} {} [{}] {}",
                    problem["rule"].as_str().expect("a rule"),
                    place(problem),
                    problem["id"],
                    problem["message"].as_str().expect("a message"),
                );
                let related = list(&problem["related"]).map(|related| {
                    let message = related["message"].as_str().expect("a message");
                    format!("  {} {message}", place(related))
                });
                [head].into_iter().chain(related).collect::<Vec<_>>()
            })
            .collect()
    }

    /// When a database committed, in milliseconds.
    pub fn committed(&self, database: &str) -> f64 {
        let found = list(&self.json["databases"]).find(|found| found["name"] == database);
        let timeline = &found.expect("the database")["timeline_ms"];
        timeline["committed"].as_f64().expect("a commit")
    }
}

fn place(value: &Value) -> String {
    let file = value["file"].as_str().expect("a file");
    let file = file.strip_prefix("fixtures/").unwrap_or(file);
    format!("{file}:{}:{}", value["line"], value["column"])
}

fn list(value: &Value) -> impl Iterator<Item = &Value> {
    value.as_array().expect("a list").iter()
}
