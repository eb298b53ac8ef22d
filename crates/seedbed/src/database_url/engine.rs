/// The kinds of database seedbed knows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Engine {
    /// One file, in this process.
    Sqlite,
    /// A PostgreSQL server.
    Postgres,
    /// A MySQL or MariaDB server.
    Mysql,
}

impl Engine {
    pub(super) fn from_scheme(scheme: &str) -> Option<Self> {
        match scheme.to_ascii_lowercase().as_str() {
            "sqlite" => Some(Self::Sqlite),
            "postgres" | "postgresql" => Some(Self::Postgres),
            "mysql" | "mariadb" => Some(Self::Mysql),
            _ => None,
        }
    }

    /// `sqlite`, `postgres` or `mysql`: the scheme of its URLs and the cargo feature that builds it in.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sqlite => "sqlite",
            Self::Postgres => "postgres",
            Self::Mysql => "mysql",
        }
    }

    pub(super) fn is_built_in(self) -> bool {
        match self {
            Self::Sqlite => cfg!(feature = "sqlite"),
            Self::Postgres => cfg!(feature = "postgres"),
            Self::Mysql => cfg!(feature = "mysql"),
        }
    }

    /// The port a server listens on unless told otherwise; SQLite has none.
    pub(super) fn default_port(self) -> u16 {
        match self {
            Self::Sqlite => 0,
            Self::Postgres => 5432,
            Self::Mysql => 3306,
        }
    }

    /// The parameters that may follow a URL's `?`: those the driver understands (sqlx 0.9,
    /// `options/parse.rs`). It logs others with their values, and one of those may be a password.
    pub(super) fn parameters(self) -> &'static [&'static str] {
        match self {
            Self::Sqlite => &[],
            Self::Postgres => &[
                "application_name",
                "dbname",
                "host",
                "hostaddr",
                "options",
                "password",
                "port",
                "ssl-ca",
                "ssl-cert",
                "ssl-key",
                "ssl-mode",
                "ssl-root-cert",
                "sslcert",
                "sslkey",
                "sslmode",
                "sslrootcert",
                "statement-cache-capacity",
                "user",
            ],
            Self::Mysql => &[
                "charset",
                "collation",
                "socket",
                "ssl-ca",
                "ssl-cert",
                "ssl-key",
                "ssl-mode",
                "sslca",
                "sslcert",
                "sslkey",
                "sslmode",
                "statement-cache-capacity",
                "time-zone",
                "timezone",
            ],
        }
    }
}
