//! The store's rules, one file a table: pure functions, no I/O.
//!
//! Each `rules()` lists what is asked of a row and of the dataset as a whole. A rule is named after
//! its dataset, its field and the code of its check: `orders.quantity.positive`.

mod checks;
pub mod orders;
pub mod products;
pub mod users;
