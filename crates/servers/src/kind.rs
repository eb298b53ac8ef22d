use std::path::PathBuf;
use std::process::Command;

use crate::place::Place;
use crate::server::OWNER;
use crate::{Error, mariadb, postgres};

/// Which server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Kind {
    /// PostgreSQL.
    Postgres,
    /// MariaDB.
    Mariadb,
}

impl Kind {
    /// Both.
    pub const ALL: [Self; 2] = [Self::Postgres, Self::Mariadb];

    /// How people call it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Postgres => "PostgreSQL",
            Self::Mariadb => "MariaDB",
        }
    }

    /// Whether this system has it, and its client.
    pub fn is_installed(self) -> bool {
        self.programs().is_some()
    }

    /// The scheme of its URLs.
    pub(crate) fn scheme(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        }
    }

    /// The database that is always there.
    pub(crate) fn own_database(self) -> &'static str {
        match self {
            Self::Postgres => "postgres",
            Self::Mariadb => "mysql",
        }
    }

    /// The system's user that its package makes.
    pub(crate) fn account(self) -> &'static str {
        self.own_database()
    }

    /// The signal that ends it as a crash would, without leaving a part of it alive.
    pub(crate) fn crash(self) -> &'static str {
        match self {
            // Killed alone, the first process leaves the others to finish what they are at.
            Self::Postgres => "QUIT",
            Self::Mariadb => "KILL",
        }
    }

    /// The folder of its programs.
    pub(crate) fn programs(self) -> Option<PathBuf> {
        match self {
            Self::Postgres => postgres::programs(),
            Self::Mariadb => mariadb::programs(),
        }
    }

    /// Makes the data of a new server.
    pub(crate) fn initialise(self, place: &Place) -> Result<(), Error> {
        match self {
            Self::Postgres => postgres::initialise(place),
            Self::Mariadb => mariadb::initialise(place),
        }
    }

    /// The command that is the server.
    pub(crate) fn serve(self, place: &Place) -> Command {
        match self {
            Self::Postgres => postgres::serve(place),
            Self::Mariadb => mariadb::serve(place),
        }
    }

    /// The client: reads statements from standard input, and writes what [`Kind::rows`] reads.
    pub(crate) fn client(self, place: &Place, database: &str) -> Command {
        match self {
            Self::Postgres => postgres::client(place, database),
            Self::Mariadb => mariadb::client(place, database),
        }
    }

    /// The program that writes the statements which make what is in a database.
    pub(crate) fn dump(self, place: &Place, database: &str) -> Command {
        match self {
            Self::Postgres => postgres::dump(place, database),
            Self::Mariadb => mariadb::dump(place, database),
        }
    }

    /// Has the client go on in another database.
    pub(crate) fn enter(self, database: &str) -> String {
        match self {
            Self::Postgres => format!("\\connect {database} {OWNER}\n"),
            Self::Mariadb => format!("USE {database};\n"),
        }
    }

    /// Statements that remove all there is in the database that the client is in.
    pub(crate) fn empty(self, database: &str) -> String {
        match self {
            Self::Postgres => "DROP SCHEMA public CASCADE; CREATE SCHEMA public;\n".to_owned(),
            Self::Mariadb => {
                format!("DROP DATABASE {database}; CREATE DATABASE {database}; USE {database};\n")
            }
        }
    }

    /// The values of the rows that the client wrote.
    pub(crate) fn rows(self, output: &str) -> Vec<Vec<String>> {
        match self {
            Self::Postgres => postgres::rows(output),
            Self::Mariadb => mariadb::rows(output),
        }
    }

    /// Statements that make a user who owns what is in databases of [`Kind::create_database`].
    pub(crate) fn create_owner(self, user: &str, password: &str) -> String {
        match self {
            Self::Postgres => format!("CREATE ROLE {user} LOGIN PASSWORD '{password}';"),
            Self::Mariadb => {
                format!("CREATE USER {user}@'127.0.0.1' IDENTIFIED BY '{password}';")
            }
        }
    }

    /// Statements that make a database.
    pub(crate) fn create_database(self, name: &str, owner: &str) -> String {
        match self {
            Self::Postgres => format!("CREATE DATABASE {name} OWNER {owner};"),
            Self::Mariadb => format!(
                "CREATE DATABASE {name}; GRANT ALL PRIVILEGES ON {name}.* TO {owner}@'127.0.0.1';"
            ),
        }
    }

    /// A statement that removes a database, whoever is connected to it.
    pub(crate) fn drop_database(self, name: &str) -> String {
        match self {
            Self::Postgres => format!("DROP DATABASE IF EXISTS {name} WITH (FORCE);"),
            Self::Mariadb => format!("DROP DATABASE IF EXISTS {name};"),
        }
    }
}
