//! What seedbed promises, while everything is done to break it: killed at any moment, looked at all the
//! time, fed random rows over random earlier states, and with the disk failing under it.
//!
//! The databases are looked into with rusqlite alone, not with anything seedbed is made of. `BREAK=…`
//! takes a guarantee out of the engine (see `fail_point.rs`) and must turn these tests red:
//! `BREAK=reversed-commits cargo test -p runner --test torture`.

#![cfg(unix)]

mod events;
mod fixture;
mod kills;
mod model;
mod observer;
mod properties;
mod removal;
mod report;
mod sandbox;
mod syscalls;
mod tables;
mod version;
