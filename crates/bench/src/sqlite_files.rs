use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use rusqlite::Connection;

use crate::seedbed::Seedbed;
use crate::totals::{TABLES, Totals};

/// Three databases in a folder, and how they were when they had just been migrated.
pub struct SqliteFiles {
    folder: PathBuf,
    migrated: PathBuf,
    /// Runs on these files.
    pub seedbed: Seedbed,
}

impl SqliteFiles {
    /// Migrated databases in a new folder below `folder`.
    ///
    /// # Errors
    /// When files cannot be written, or migrating fails.
    pub fn new(folder: &Path, name: &str) -> Result<Self> {
        let folder = folder.join(name);
        let migrated = folder.join("migrated");
        fs::create_dir_all(&migrated)?;
        Seedbed::on_files(&migrated)?.run(&["migrate"], &migrated)?;
        let seedbed = Seedbed::on_files(&folder)?;
        let files = Self {
            folder,
            migrated,
            seedbed,
        };
        files.empty()?;
        Ok(files)
    }

    /// The file of a database.
    pub fn file(&self, alias: &str) -> PathBuf {
        self.folder.join(alias).with_extension("db")
    }

    /// Puts fresh copies of the migrated files in place.
    ///
    /// # Errors
    /// When files cannot be written.
    pub fn empty(&self) -> Result<()> {
        for (alias, _) in TABLES {
            let file = self.file(alias);
            fs::copy(self.migrated.join(alias).with_extension("db"), &file)
                .with_context(|| format!("failed to copy {}", file.display()))?;
            fs::File::open(file)?.sync_all()?;
        }
        Ok(())
    }

    /// Also asks for what a last close leaves: journals that are written back into the files, and gone.
    ///
    /// # Errors
    /// When the tables do not hold the good rows, and only those.
    pub fn check(&self, totals: &Totals) -> Result<()> {
        totals.check(|table, sql| {
            let file = self.file(table);
            let journal = file.with_extension("db-wal");
            ensure!(!journal.exists(), "{} was left behind", journal.display());
            let database = Connection::open(file)?;
            Ok(database.query_row(sql, (), |row| Ok((row.get(0)?, row.get(1)?)))?)
        })
    }
}
