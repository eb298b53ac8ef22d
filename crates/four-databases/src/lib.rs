//! The store of users, products and orders with a fourth database, `reviews`, built through what
//! the kit and the store's crates make public.
//!
//! It stands for whoever adds a database. All there is to write is here: the entities and rules of
//! [`reviews`] and [`votes`], the [`Migrator`], the fixtures, and a line for each in the
//! [`registry`]. No file of the other three is touched.

mod checks;
mod migrator;
mod registry;
pub mod reviews;
pub mod votes;

pub use migrator::Migrator;
pub use registry::registry;
