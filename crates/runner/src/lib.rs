//! The store: users, products and orders, each in a database of its own.
//!
//! The binary `seedbed` runs it; tests of services that use these databases get at it by
//! [`registry`].

mod registry;

pub use registry::registry;
