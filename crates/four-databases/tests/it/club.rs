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

/// A database of a test's own on a shared server.
pub struct OnServer {
    server: &'static Server,
    name: String,
}

impl OnServer {
    /// Makes one; none for files.
    pub fn new(on: On) -> Option<Self> {
        static MADE: AtomicU32 = AtomicU32::new(0);
        let server = shared(on.kind()?);
        let number = MADE.fetch_add(1, Ordering::Relaxed);
        let name = format!("club_{}_{number}", process::id());
        let created = server.create_databases(std::slice::from_ref(&name));
        created.unwrap_or_else(|error| panic!("{error}"));
        Some(Self { server, name })
    }

    /// How the program reaches it.
    pub fn url(&self) -> String {
        self.server.url(&self.name)
    }

    fn sql(&self, statements: &str) -> Vec<Vec<String>> {
        let rows = self.server.sql(&self.name, statements);
        rows.unwrap_or_else(|error| panic!("{error} in {statements}"))
    }
}

impl Drop for OnServer {
    fn drop(&mut self) {
        // The server goes away with the tests, and what is left in it.
        _ = self.server.drop_databases(std::slice::from_ref(&self.name));
    }
}

/// The database `club` of a registry of one table, which the test makes.
pub struct Club {
    place: Place,
    server: Option<OnServer>,
}

impl Club {
    /// A folder for the registry `shape:TABLE`, and a database to which these statements were said.
    pub fn new(on: On, registry: &'static str, statements: &str) -> Self {
        let mut place = Place::of(registry);
        let server = OnServer::new(on);
        if let Some(server) = &server {
            place.variable("SEEDBED_DATABASES__CLUB__URL", &server.url());
        }
        let club = Self { place, server };
        club.execute(statements);
        club
    }

    /// Does as another program would that shares the database.
    pub fn execute(&self, statements: &str) {
        match &self.server {
            None => _ = self.place.execute("club", statements),
            Some(server) => _ = server.sql(statements),
        }
    }

    /// The rows of a query of one text column.
    pub fn rows(&self, query: &str) -> Vec<String> {
        match &self.server {
            None => self.place.rows("club", query),
            Some(server) => server.sql(query).concat(),
        }
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
