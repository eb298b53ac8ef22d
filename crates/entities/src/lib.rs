//! The store's tables as SeaORM entities, one file a table.
//!
//! A model is also the shape of its fixture's rows, so a new column is one new field here. The
//! crate knows neither rules nor migrations.

pub mod orders;
mod price;
pub mod products;
pub mod users;

pub use price::Price;
