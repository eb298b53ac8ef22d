//! Throw-away PostgreSQL and MariaDB servers, for development and tests: nothing of the product
//! depends on this crate.
//!
//! A [`Server`] runs what the system has installed, in a temporary folder, on a free port of
//! 127.0.0.1, and goes away with its value or its process, whichever ends first. A [`Proxy`] stands
//! before one and makes the network fail at a chosen byte.

mod account;
mod certificates;
mod error;
mod kind;
mod mariadb;
mod place;
mod port;
mod postgres;
mod proxy;
mod server;
mod settings;
mod supervisor;
pub mod testing;

pub use certificates::Certificates;
pub use error::Error;
pub use kind::Kind;
pub use proxy::{Direction, Fault, Moment, Proxy};
pub use server::Server;
pub use settings::Settings;
