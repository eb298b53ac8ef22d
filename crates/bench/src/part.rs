use anyhow::Result;
use clap::ValueEnum;

use crate::bench::Bench;
use crate::finding::Finding;
use crate::mariadb::Mariadb;
use crate::postgres::Postgres;
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
    /// The first program that it needs and that is not installed.
    pub fn missing(self) -> Option<&'static str> {
        let needed: &[_] = match self {
            Self::Floor | Self::Small => &[],
            Self::Shell => &["sqlite3"],
            Self::Django => &["python3"],
            Self::Large => &["time"],
            Self::Check => &["taskset"],
            Self::Postgres => &["initdb", "pg_ctl", "psql"],
            Self::Mariadb => &["mariadb-install-db", "mariadbd", "mariadb"],
        };
        let mut missing = needed.iter().filter(|name| programs::find(name).is_none());
        missing.next().copied()
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
            Self::Postgres => server::measure(bench, &Postgres::start(bench.kept())?),
            Self::Mariadb => server::measure(bench, &Mariadb::start(bench.kept())?),
        }
    }
}
