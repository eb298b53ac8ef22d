//! Migrates several independent databases and seeds them concurrently from fixtures.
//!
//! This is the kit: it knows databases, datasets and rules, but never a table of a store built
//! with it. A store lists its databases and datasets in a [`Registry`] and hands it to [`main`].

mod config;
mod database_url;
mod digest;
mod fixtures;
mod key;
pub(crate) mod output;
mod path;
mod problem;
mod problems;
mod report;
mod suggestion;

pub use config::{Config, ConfigError, DatabaseConfig, Mistake, Origin, Overrides};
pub use database_url::{DatabaseIdentity, DatabaseUrl, DatabaseUrlError, Engine};
pub use fixtures::{Fixture, FixturesError, Stray, discover, select};
pub use key::{Key, KeySet};
pub use problem::{Place, Problem, Related, Severity};
pub use problems::{KEPT, Problems};
pub use report::{
    DatabaseReport, DatabaseTimeline, DatasetReport, Exit, Failure, LoadTimeline, Outcome, Report,
};
