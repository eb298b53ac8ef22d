//! What runs leave behind when they are made to fail: the invariants of ARCHITECTURE.md, each looked
//! at from outside, in the files and in what the program says.

mod broken;
mod checks;
mod environment;
mod fixtures;
mod interrupts;
mod pipe;
mod process;
mod readers;
mod retries;
mod sandbox;
mod scenario;
mod state;
mod sweep;
mod turns;
