//! Drives the programs of this crate, each test in a folder of its own.

mod club;
mod columns;
mod fourth_database;
mod optional_column;
mod own_transactions;
mod program;
mod refused_registries;
mod reverting;
mod seed_only;
mod shapes;
mod throw_away;
