use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;
use tempfile::TempDir;

use crate::finding::Target;
use crate::measure::finish;
use crate::programs;
use crate::server::{Server, free_port};

/// A PostgreSQL with the settings that it comes with.
pub struct Postgres {
    folder: TempDir,
    port: u16,
}

impl Postgres {
    /// Starts it in a new folder below `folder`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("postgres-", folder)?;
        let server = Self {
            folder,
            port: free_port()?,
        };
        if is_root()? {
            finish(
                Command::new("chown")
                    .arg("postgres:")
                    .arg(server.folder.path()),
            )?;
        }
        let data = server.data();
        finish(
            server
                .program("initdb")
                .args(["--username=postgres", "--auth=trust", "--pgdata"])
                .arg(&data),
        )?;
        let options = format!(
            "-c listen_addresses=127.0.0.1 -c unix_socket_directories= -p {}",
            server.port
        );
        let log = server.folder.path().join("log");
        let mut start = server.program("pg_ctl");
        start.args(["start", "--wait", "--silent", "--options", &options]);
        finish(start.arg("--log").arg(log).arg("--pgdata").arg(data))?;
        Ok(server)
    }

    fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// The server's programs refuse to run as root.
    fn program(&self, name: &str) -> Command {
        let program = programs::find(name).unwrap_or_else(|| name.into());
        let mut command = if is_root().unwrap_or(false) {
            let mut command = Command::new("runuser");
            command.args(["--user=postgres", "--"]).arg(program);
            command
        } else {
            Command::new(program)
        };
        command.current_dir(self.folder.path());
        command
    }
}

impl Drop for Postgres {
    fn drop(&mut self) {
        let mut stop = self.program("pg_ctl");
        stop.args(["stop", "--silent", "--mode=immediate", "--pgdata"]);
        if let Err(error) = finish(stop.arg(self.data())) {
            eprintln!("failed to stop PostgreSQL: {error:#}");
        }
    }
}

impl Server for Postgres {
    const NAME: &str = "PostgreSQL";
    const IMPORT: &str = "psql `\\copy`";
    const TARGETS: [Option<Target>; 2] = [Some(Target::AtMost(1.3)), Some(Target::AtMost(3.0))];

    fn url(&self, database: &str) -> String {
        format!("postgres://postgres@127.0.0.1:{}/{database}", self.port)
    }

    fn client(&self, database: &str, sql: &str) -> Command {
        let mut psql = Command::new("psql");
        psql.args([
            "--no-psqlrc",
            "--quiet",
            "--tuples-only",
            "--no-align",
            "--field-separator=\t",
        ]);
        psql.args([
            "--set=ON_ERROR_STOP=1",
            "--command",
            sql,
            &self.url(database),
        ]);
        psql
    }

    fn recreate(&self, database: &str) -> Result<()> {
        for what in ["DROP DATABASE IF EXISTS", "CREATE DATABASE"] {
            finish(&mut self.client("postgres", &format!("{what} {database}")))?;
        }
        Ok(())
    }

    fn import(table: &str, csv: &Path) -> String {
        format!(
            "\\copy {table} FROM '{}' WITH (FORMAT csv, HEADER)",
            csv.display()
        )
    }
}

fn is_root() -> Result<bool> {
    Ok(fs::metadata("/proc/self")?.uid() == 0)
}
