use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use servers::testing::shared;
use servers::{Kind, Server};

use crate::on::{ALIASES, On};

/// Sandboxes made in this process, so that each has names of its own.
static MADE: AtomicU32 = AtomicU32::new(0);

/// A sandbox's databases that are on servers; they go away with it.
pub struct Databases {
    on: On,
    number: u32,
}

impl Databases {
    /// Makes them, empty.
    pub fn new(on: On) -> Self {
        let databases = Self {
            on,
            number: MADE.fetch_add(1, Ordering::Relaxed),
        };
        for kind in Kind::ALL {
            let names: Vec<_> = databases.of(kind).map(|(_, name)| name).collect();
            if !names.is_empty() {
                let created = shared(kind).create_databases(&names);
                created.unwrap_or_else(|error| panic!("{error}"));
            }
        }
        databases
    }

    /// What tells the program where they are, and what to take them for.
    pub fn variables(&self) -> impl Iterator<Item = (String, String)> {
        let urls = ALIASES.into_iter().filter_map(|alias| {
            let name = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
            self.url(alias).map(|url| (name, url))
        });
        let taken_for = (self.on == On::WithoutAdvisoryLocks)
            .then(|| ("BREAK".to_owned(), "no-advisory-locks".to_owned()));
        urls.chain(taken_for)
    }

    /// The URL of a database; none if it is a file.
    pub fn url(&self, alias: &str) -> Option<String> {
        let (server, name) = self.server(alias)?;
        Some(server.url(&name))
    }

    /// The server that has a database, and the name it goes by there; none if it is a file.
    pub fn server(&self, alias: &str) -> Option<(&'static Server, String)> {
        let kind = self.on.kind(alias)?;
        Some((shared(kind), self.name(alias)))
    }

    /// The databases that a kind of server has: their aliases, and the names they go by there.
    pub fn of(&self, kind: Kind) -> impl Iterator<Item = (&'static str, String)> {
        let here = move |alias: &&str| self.on.kind(alias) == Some(kind);
        let aliases = ALIASES.into_iter().filter(here);
        aliases.map(|alias| (alias, self.name(alias)))
    }

    fn name(&self, alias: &str) -> String {
        format!("t{}_{}_{alias}", process::id(), self.number)
    }
}

impl Drop for Databases {
    fn drop(&mut self) {
        for kind in Kind::ALL {
            let names: Vec<_> = self.of(kind).map(|(_, name)| name).collect();
            if names.is_empty() {
                continue;
            }
            if let Err(error) = shared(kind).drop_databases(&names) {
                eprintln!("{error}");
            }
        }
    }
}
