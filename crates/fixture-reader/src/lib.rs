//! Reads fixtures: bytes in, rows out, each field with its place in the text.
//!
//! A row passes through in two steps. [`Reader`] turns bytes into a [`RawRow`]: names and texts as the fixture
//! writes them, with the [`Span`] of each. [`RawRow::deserialize`] turns that into a typed row, by the types of
//! YAML 1.2's core schema, or into a [`Broken`] row with every [`Fault`] it has.
//!
//! This crate must not know what a database, a dataset or a rule is, and it never waits: it reads from any
//! [`std::io::Read`] on the caller's thread, and its memory does not grow with the number of rows.

mod characters;
mod decimal;
mod eight_bytes;
mod events;
mod fast_lane;
mod fault;
mod fields_of;
mod full_lane;
mod layout;
mod limits;
mod message;
mod mismatch;
mod node;
mod part;
mod places;
mod position;
mod quoted;
mod raw_row;
mod read_error;
mod reader;
mod repair;
mod row_access;
mod row_scan;
mod scalar;
mod shape;
mod source;
mod tag;
mod value;

pub use crate::{
    fault::{Broken, Fault, FaultKind},
    fields_of::fields_of,
    position::{Position, Span},
    raw_row::RawRow,
    read_error::{ReadError, SyntaxError},
    reader::Reader,
};
