//! Migrates several independent databases and seeds them concurrently from fixtures.
//!
//! This is the kit: it knows databases, datasets and rules, but never a table of a store built
//! with it. A store lists its databases and datasets in a [`Registry`] and hands it to [`main`].

// The rules of a store can be tested without any engine.
#![cfg_attr(
    not(any(feature = "sqlite", feature = "postgres", feature = "mysql")),
    allow(dead_code, unused_variables)
)]
// The future of a command holds all that its database calls hold, many layers deep.
#![recursion_limit = "256"]

mod app;
mod arrangement;
mod attempts;
mod cli;
mod command;
mod config;
mod confirm;
mod connection;
mod console;
mod database_url;
mod dataset;
mod digest;
mod engine;
mod error;
mod explain;
mod fail_point;
mod file_id;
mod findings;
mod fixtures;
mod guards;
mod holders;
mod independence;
mod judge;
mod key;
mod ledger;
mod load;
mod load_error;
mod locate;
mod lock;
mod migration;
mod migrations;
mod outlet;
mod output;
mod pass;
mod path;
mod plan;
mod problem;
mod problems;
mod reading;
mod registry;
mod removal;
mod report;
mod retry;
mod rules;
mod run;
mod settle;
mod signals;
mod stand_in;
mod stop;
mod store;
mod stored;
mod suggestion;
mod table;
mod targets;
pub mod testing;
mod turn;
mod verdict;
mod write;

pub use app::main;
pub use arrangement::RegistryError;
pub use key::{Key, KeySet};
pub use problem::{Place, Problem, Related, Severity};
pub use problems::{KEPT, Problems};
pub use registry::{Database, Joined, Registry};
pub use report::{
    DatabaseReport, DatabaseTimeline, DatasetReport, Exit, Failure, LoadTimeline, Outcome, Report,
};
pub use rules::{Check, FixtureEntity, Rules};
