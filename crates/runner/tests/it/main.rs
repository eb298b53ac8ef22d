//! Drives the program from outside. Each test has a folder of its own, writes its fixtures there, and
//! looks into the databases by another driver than the program's.

mod check;
mod config;
mod crashes;
#[path = "../engines/databases.rs"]
mod databases;
mod dry_run;
mod exit;
mod expected;
mod failures;
mod fixtures;
mod guards;
mod independence;
mod json;
mod migrate;
mod network;
#[path = "../engines/on.rs"]
mod on;
mod output;
mod prices;
mod privileges;
mod references;
mod report;
mod rules;
mod sandbox;
mod secrets;
mod seed;
mod status;
mod syntax;
mod tables;
mod testing;
mod tls;
mod turns;
mod types;
mod unique;
mod up;
