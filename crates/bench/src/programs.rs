use std::env;
use std::path::PathBuf;

/// Where Debian keeps programs that are not in everybody's path.
const ELSEWHERE: &str = "/usr/lib/postgresql";

/// Where a program is, if it is installed.
pub fn find(name: &str) -> Option<PathBuf> {
    let path = env::var_os("PATH").unwrap_or_default();
    let versions = std::fs::read_dir(ELSEWHERE).into_iter().flatten().flatten();
    env::split_paths(&path)
        .chain(["/usr/sbin".into()])
        .chain(versions.map(|version| version.path().join("bin")))
        .map(|folder| folder.join(name))
        .find(|program| program.is_file())
}
