//! Paths as somebody in the current folder writes them, and as the file system knows them.

use std::ffi::OsStr;
use std::path::{Component, Path, PathBuf};
use std::{env, fs};

/// How many links to files that are not there yet are followed: the limit of Linux (`path_resolution(7)`).
const LINKS: usize = 40;

/// The path that is `path` seen from `folder`, without the parts that go nowhere: `fixtures/users.yaml`,
/// not `./fixtures//users.yaml`.
pub(crate) fn resolve(folder: &Path, path: &Path) -> PathBuf {
    let joined = folder.join(path);
    let parts = joined
        .components()
        .filter(|part| *part != Component::CurDir);
    match parts.collect::<PathBuf>() {
        nowhere if nowhere.as_os_str().is_empty() => PathBuf::from("."),
        path => path,
    }
}

/// The folder a file lies in, relative to the current folder where it is below it; empty for the current folder.
pub(crate) fn folder_of(file: &Path) -> PathBuf {
    let folder = file.parent().unwrap_or(Path::new(""));
    let current = env::current_dir().unwrap_or_default();
    let folder = folder.strip_prefix(current).unwrap_or(folder);
    folder
        .components()
        .filter(|part| *part != Component::CurDir)
        .collect()
}

/// One name for a file, however it is reached: absolute, without links and `..`. The file, and the folders it
/// is to lie in, need not exist yet.
pub(crate) fn canonical(path: &Path) -> PathBuf {
    follow(path, LINKS)
}

fn follow(path: &Path, links: usize) -> PathBuf {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let mut real = PathBuf::new();
    for part in absolute.components() {
        if part == Component::ParentDir {
            real.pop();
            continue;
        }
        real.push(part);
        if let Ok(found) = fs::canonicalize(&real) {
            real = found;
        } else if let Ok(target) = fs::read_link(&real)
            && links > 0
        {
            real.pop();
            real = follow(&real.join(target), links - 1);
        }
    }
    real
}

/// The last part of a path as text; `None` where it has none or it is not UTF-8.
pub(crate) fn name(path: &Path) -> Option<&str> {
    path.file_name().and_then(OsStr::to_str)
}
