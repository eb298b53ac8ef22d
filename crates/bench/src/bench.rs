use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Result;
use tempfile::TempDir;

use crate::files::Files;
use crate::generate::{Edition, Rows, Size};

/// Where generated rows are kept, from the workspace's root.
const FOLDER: &str = "target/bench";

/// What all parts share.
pub struct Bench {
    /// How many samples of each thing.
    pub runs: usize,
    /// By what all numbers of rows are multiplied.
    scale: f64,
    kept: PathBuf,
    temporary: TempDir,
}

impl Bench {
    /// Makes a temporary folder for databases, on the disk that the rows are on.
    ///
    /// # Errors
    /// When the folder cannot be made.
    pub fn new(runs: usize, scale: f64) -> Result<Self> {
        let kept = PathBuf::from(FOLDER);
        fs::create_dir_all(&kept)?;
        let kept = kept.canonicalize()?;
        let temporary = tempfile::tempdir_in(&kept)?;
        Ok(Self {
            runs,
            scale,
            kept,
            temporary,
        })
    }

    /// Where databases may be.
    pub fn folder(&self) -> &Path {
        self.temporary.path()
    }

    /// Where things are that outlive the bench.
    pub fn kept(&self) -> &Path {
        &self.kept
    }

    /// `times` as many rows as usual, in files, which are written anew: those that are there may be another
    /// version's.
    ///
    /// # Errors
    /// When they cannot be written.
    pub fn files(&self, times: f64, edition: Edition) -> Result<Files> {
        let size = Size::times(self.scale * times);
        let folder = self
            .kept
            .join(format!("{}-{edition:?}", size.rows()).to_lowercase());
        Files::write(&folder, Rows { size, edition })
    }
}
