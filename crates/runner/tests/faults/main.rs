//! What runs leave behind when they are made to fail: the invariants of ARCHITECTURE.md, each looked
//! at from outside, in the databases and in what the program says.

mod broken;
mod checks;
mod cuts;
#[path = "../engines/databases.rs"]
mod databases;
mod digests;
mod environment;
mod fixtures;
mod interrupts;
#[path = "../engines/on.rs"]
mod on;
mod pipe;
mod process;
mod readers;
mod retries;
mod sandbox;
mod scenario;
mod state;
mod sweep;
mod turns;
