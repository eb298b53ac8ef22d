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

    /// The parameters that may follow a URL's `?`, each in all spellings that the driver understands
    /// (sqlx 0.9, `options/parse.rs`), the usual one first. It passes over others, and logs their
    /// values.
    pub(super) fn parameters(self) -> &'static [&'static [&'static str]] {
        match self {
            Self::Sqlite => &[],
            Self::Postgres => &[
                &["application_name"],
                &["dbname"],
                &["host", "hostaddr"],
                &["options"],
                &["password"],
                &["port"],
                &["sslcert", "ssl-cert"],
                &["sslkey", "ssl-key"],
                &["sslmode", "ssl-mode"],
                &["sslrootcert", "ssl-root-cert", "ssl-ca"],
                &["statement-cache-capacity"],
                &["user"],
            ],
            Self::Mysql => &[
                &["charset"],
                &["collation"],
                &["socket"],
                &["ssl-ca", "sslca"],
                &["ssl-cert", "sslcert"],
                &["ssl-key", "sslkey"],
                &["ssl-mode", "sslmode"],
                &["statement-cache-capacity"],
            ],
        }
    }
}
