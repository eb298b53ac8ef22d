//! Reads fixtures: bytes in, rows out, each field with its place in the text.
//!
//! A row passes through in two steps. [`Reader`] turns bytes into a [`RawRow`]: names and texts as the fixture
//! writes them, with the [`Span`] of each. [`RawRow::deserialize`] turns that into a typed row, by the types of
//! YAML 1.2's core schema, or into a [`Broken`] row with every [`Fault`] it has.
//!
//! This crate must not know what a database, a dataset or a rule is, and it never waits: it reads from any
//! [`std::io::Read`] on the caller's thread, and its memory does not grow with the number of rows.

mod characters;
mod csv_lane;
mod csv_scan;
mod decimal;
mod eight_bytes;
mod events;
mod fast_lane;
mod fault;
mod fields_of;
mod format;
mod full_lane;
mod json_lane;
mod json_row;
mod layout;
mod limits;
mod lines;
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

#[cfg(feature = "fuzz")]
#[doc(hidden)]
pub use crate::reader::comparison::disagreement;
pub use crate::{
    fault::{Broken, Fault, FaultKind},
    fields_of::fields_of,
    format::Format,
    position::{Position, Span},
    raw_row::RawRow,
    read_error::{ReadError, SyntaxError},
    reader::Reader,
};
