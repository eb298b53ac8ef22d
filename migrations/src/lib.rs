//! The store's migrations: one ordered list per database.
//!
//! A migration is history. It says what a table looked like when it was written and therefore never
//! imports the entities, which say what it looks like now. One that has been released is not
//! edited; the next change is the next file.

mod exact_text;
pub mod orders;
pub mod products;
pub mod users;
