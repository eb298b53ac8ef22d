use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use tempfile::TempDir;

use crate::finding::Target;
use crate::measure::finish;
use crate::programs;
use crate::server::{Server, free_port};

/// How long it may take to start.
const PATIENCE: Duration = Duration::from_secs(60);

/// A MariaDB with the settings that it comes with.
pub struct Mariadb {
    server: Child,
    port: u16,
    _folder: TempDir,
}

impl Mariadb {
    /// Starts it in a new folder below `folder`.
    ///
    /// # Errors
    /// When it does not start.
    pub fn start(folder: &Path) -> Result<Self> {
        let folder = TempDir::with_prefix_in("mariadb-", folder)?;
        let data = folder.path().join("data");
        let data_option = format!("--datadir={}", data.display());
        let mut install = Command::new("mariadb-install-db");
        install.args(["--no-defaults", "--auth-root-authentication-method=normal"]);
        install.args(["--skip-test-db", "--user=mysql", &data_option]);
        finish(&mut install)?;
        finish(Command::new("chown").arg("mysql:").arg(folder.path()))?;

        let port = free_port()?;
        let program = programs::find("mariadbd").context("there is no mariadbd")?;
        let server = Command::new(program)
            .args([
                "--no-defaults",
                "--user=mysql",
                "--bind-address=127.0.0.1",
                &data_option,
            ])
            .arg(format!("--port={port}"))
            .arg(format!(
                "--socket={}",
                folder.path().join("socket").display()
            ))
            .stderr(Stdio::null())
            .spawn()?;
        let mut server = Self {
            server,
            port,
            _folder: folder,
        };
        server.wait()?;
        Ok(server)
    }

    fn wait(&mut self) -> Result<()> {
        let deadline = Instant::now() + PATIENCE;
        while let Err(error) = finish(&mut self.client("mysql", "SELECT 1")) {
            if self.server.try_wait()?.is_some() || Instant::now() > deadline {
                bail!("MariaDB did not start: {error:#}");
            }
            thread::sleep(Duration::from_millis(50));
        }
        Ok(())
    }
}

impl Drop for Mariadb {
    fn drop(&mut self) {
        let stopped = self.server.kill().and_then(|()| self.server.wait());
        if let Err(error) = stopped {
            eprintln!("failed to stop MariaDB: {error}");
        }
    }
}

impl Server for Mariadb {
    const NAME: &str = "MariaDB";
    const IMPORT: &str = "mariadb `LOAD DATA LOCAL INFILE`";
    const TARGETS: [Option<Target>; 2] = [Some(Target::AtMost(1.5)), None];

    fn url(&self, database: &str) -> String {
        format!("mysql://root@127.0.0.1:{}/{database}", self.port)
    }

    fn client(&self, database: &str, sql: &str) -> Command {
        let mut client = Command::new("mariadb");
        client.args([
            "--no-defaults",
            "--batch",
            "--skip-column-names",
            "--local-infile=1",
        ]);
        client.args([
            "--user=root",
            "--host=127.0.0.1",
            &format!("--port={}", self.port),
        ]);
        client.args(["--execute", sql, database]);
        client
    }

    fn recreate(&self, database: &str) -> Result<()> {
        let sql = format!("CREATE OR REPLACE DATABASE {database}");
        finish(&mut self.client("mysql", &sql)).map(drop)
    }

    fn import(table: &str, csv: &Path) -> String {
        format!(
            "LOAD DATA LOCAL INFILE '{}' INTO TABLE {table} FIELDS TERMINATED BY ',' IGNORE 1 LINES",
            csv.display()
        )
    }
}
