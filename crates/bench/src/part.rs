use anyhow::Result;
use clap::ValueEnum;

use crate::bench::Bench;
use crate::finding::Finding;
use crate::mariadb::LOAD_DATA;
use crate::postgres::COPY;
use crate::server::Import;
use crate::{check, django, floor, large, programs, server, small, sqlite_shell};

/// What can be measured by itself, in the order of the document.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Part {
    /// Seeding SQLite files, again, and the least that it can take
    Floor,
    /// Three sqlite3 shells
    Shell,
    /// Django's `loaddata`
    Django,
    /// Memory and time at ten times the rows; the longest part
    Large,
    /// Reading and validating alone
    Check,
    /// The store's own 30 rows
    Small,
    Postgres,
    Mariadb,
}

impl Part {
    /// What it needs and is not installed.
    pub fn missing(self) -> Option<&'static str> {
        let needed: &[_] = match self {
            Self::Floor | Self::Small => &[],
            Self::Shell => &["sqlite3"],
            Self::Django => &["python3"],
            Self::Large => &["time"],
            Self::Check => &["taskset"],
            Self::Postgres => return missing_server(&COPY),
            Self::Mariadb => return missing_server(&LOAD_DATA),
        };
        let missing = |name: &&&str| !programs::is_installed(name);
        needed.iter().find(missing).copied()
    }

    /// # Errors
    /// When anyone fails, or leaves other rows than the good ones.
    pub fn measure(self, bench: &Bench) -> Result<Vec<Finding>> {
        match self {
            Self::Floor => floor::measure(bench),
            Self::Shell => sqlite_shell::measure(bench),
            Self::Django => django::measure(bench),
            Self::Large => large::measure(bench),
            Self::Check => check::measure(bench),
            Self::Small => small::measure(bench),
            Self::Postgres => server::measure(bench, &COPY),
            Self::Mariadb => server::measure(bench, &LOAD_DATA),
        }
    }
}

fn missing_server(import: &Import) -> Option<&'static str> {
    (!import.kind.is_installed()).then(|| import.kind.name())
}
