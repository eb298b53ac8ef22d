use std::process;
use std::sync::atomic::{AtomicU32, Ordering};

use servers::testing::{is_here, shared};
use servers::{Kind, Server};

use crate::program::{Done, Place};

/// What keeps a test's database.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    Sqlite,
    Postgres,
    Mariadb,
}

impl On {
    /// Runs a test, unless its server is not installed here. Where it has to be, that fails.
    pub fn run(self, test: fn(Self)) {
        if self.kind().is_none_or(is_here) {
            test(self);
        }
    }

    fn kind(self) -> Option<Kind> {
        match self {
            Self::Sqlite => None,
            Self::Postgres => Some(Kind::Postgres),
            Self::Mariadb => Some(Kind::Mariadb),
        }
    }
}

/// Has tests that take an [`On`] run on these engines.
macro_rules! on_engines {
    ($($module:ident $on:ident: $($test:ident),+;)+) => {
        $(mod $module {
            use crate::club::On;

            $(
                #[test]
                fn $test() {
                    On::$on.run(super::$test);
                }
            )+
        })+
    };
}
pub(crate) use on_engines;

/// The same on each of them.
macro_rules! on_every_engine {
    ($($test:ident),+ $(,)?) => {
        crate::club::on_engines!(
            sqlite Sqlite: $($test),+;
            postgres Postgres: $($test),+;
            mariadb Mariadb: $($test),+;
        );
    };
}
pub(crate) use on_every_engine;

/// The database `club` of a registry of one table, which the test makes.
pub struct Club {
    place: Place,
    server: Option<(&'static Server, String)>,
}

impl Club {
    /// A folder for the registry `shape:TABLE`, and a database to which these statements were said.
    pub fn new(on: On, registry: &'static str, statements: &str) -> Self {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let place = Place::of(registry);
        let club = match on.kind() {
            None => Self {
                place,
                server: None,
            },
            Some(kind) => {
                let number = MADE.fetch_add(1, Ordering::Relaxed);
                let name = format!("club_{}_{number}", process::id());
                let server = shared(kind);
                let created = server.create_databases(std::slice::from_ref(&name));
                created.unwrap_or_else(|error| panic!("{error}"));
                let url = server.url(&name);
                Self {
                    place: place.with_variable("SEEDBED_DATABASES__CLUB__URL", url),
                    server: Some((server, name)),
                }
            }
        };
        club.execute(statements);
        club
    }

    /// Does as another program would that shares the database.
    pub fn execute(&self, statements: &str) {
        match &self.server {
            None => _ = self.place.execute("club", statements),
            Some(_) => _ = self.on_server(statements),
        }
    }

    /// The rows of a query of one text column.
    pub fn rows(&self, query: &str) -> Vec<String> {
        match &self.server {
            None => self.place.rows("club", query),
            Some(_) => self.on_server(query).concat(),
        }
    }

    fn on_server(&self, statements: &str) -> Vec<Vec<String>> {
        let (server, name) = self.server.as_ref().expect("it is on a server");
        let rows = server.sql(name, statements);
        rows.unwrap_or_else(|error| panic!("{error} in {statements}"))
    }

    /// Runs a command, its arguments split at spaces.
    pub fn run(&self, command: &str) -> Done {
        self.place.run(command)
    }

    /// Runs `up` over a fixture.
    pub fn up(&self, fixture: &str, text: &str) -> Done {
        self.place.fixture(fixture, text).run("up")
    }
}

impl Drop for Club {
    fn drop(&mut self) {
        if let Some((server, name)) = &self.server {
            // The server goes away with the tests, and what is left in it.
            _ = server.drop_databases(std::slice::from_ref(name));
        }
    }
}
