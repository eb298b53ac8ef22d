mod error;
mod search;

use std::path::{Path, PathBuf};
use std::sync::Arc;

pub use error::{FixturesError, Stray};

use search::Search;

/// A file that holds rows of a dataset.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fixture {
    /// As one would open it from the current folder; always UTF-8.
    pub path: Arc<Path>,
    /// The dataset it feeds.
    pub dataset: String,
    /// Whether it was asked for; otherwise it is there for others to refer to.
    pub selected: bool,
}

/// All fixtures in the folders, in the order in which they are read: by dataset as these are given, then
/// by folder as these are given, then `users.yaml` before the others, which go by path, bytewise.
///
/// Fails on a folder that cannot be read, and on any file that feeds no dataset.
pub fn discover(folders: &[PathBuf], datasets: &[&str]) -> Result<Vec<Fixture>, FixturesError> {
    let mut search = Search::new(datasets);
    for folder in folders {
        search.folder(folder)?;
    }
    search.select_all();
    search.fixtures()
}

/// As [`discover`], with only what was chosen selected: files, or folders with all that is in them. What
/// does not lie in the folders is added; a file feeds the dataset it is named after, or else the one its
/// folder is named after.
pub fn select(
    folders: &[PathBuf],
    chosen: &[PathBuf],
    datasets: &[&str],
) -> Result<Vec<Fixture>, FixturesError> {
    let mut search = Search::new(datasets);
    for folder in folders {
        search.folder(folder)?;
    }
    for path in chosen {
        search.choose(path)?;
    }
    search.fixtures()
}

#[cfg(test)]
mod tests;
