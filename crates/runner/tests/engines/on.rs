use servers::Kind;
use servers::testing::is_here;

/// The store's databases, in commit order.
pub const ALIASES: [&str; 3] = ["users", "products", "orders"];

/// What keeps a test's databases.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum On {
    /// Three files.
    Sqlite,
    /// Three databases of one server.
    Postgres,
    /// The same, on a server that counts as one without advisory locks.
    WithoutAdvisoryLocks,
    /// Three databases of one server.
    Mariadb,
    /// Users on PostgreSQL, products on MariaDB, orders in a file.
    Mixed,
}

impl On {
    /// Runs a test, unless its servers are not installed here. Where they have to be, that fails.
    pub fn run(self, test: fn(Self)) {
        let mut kinds = ALIASES.iter().filter_map(|alias| self.kind(alias));
        if let Some(left_out) = kinds.clone().find(|kind| !is_built_in(*kind)) {
            println!("skipped: built without {}", left_out.name());
            return;
        }
        if kinds.all(is_here) {
            test(self);
        }
    }

    /// The server that keeps a database; none for files.
    pub fn kind(self, alias: &str) -> Option<Kind> {
        match (self, alias) {
            (Self::Postgres | Self::WithoutAdvisoryLocks, _) | (Self::Mixed, "users") => {
                Some(Kind::Postgres)
            }
            (Self::Mariadb, _) | (Self::Mixed, "products") => Some(Kind::Mariadb),
            (Self::Sqlite | Self::Mixed, _) => None,
        }
    }
}

fn is_built_in(kind: Kind) -> bool {
    match kind {
        Kind::Postgres => cfg!(feature = "postgres"),
        Kind::Mariadb => cfg!(feature = "mysql"),
    }
}

/// Has tests that take an [`On`] run on every engine, and on several at once.
macro_rules! on_every_engine {
    ($($test:ident),+ $(,)?) => {
        on_every_engine!(sqlite Sqlite: $($test)+);
        on_every_engine!(mixed Mixed: $($test)+);
        crate::on::on_servers!($($test),+);
    };
    ($module:ident $on:ident: $($test:ident)+) => {
        mod $module {
            use crate::on::On;

            $(
                #[test]
                fn $test() {
                    On::$on.run(super::$test);
                }
            )+
        }
    };
}
pub(crate) use on_every_engine;

/// Has tests that take an [`On`] run on each kind of server.
macro_rules! on_servers {
    ($($test:ident),+ $(,)?) => {
        crate::on::on_every_engine!(postgres Postgres: $($test)+);
        crate::on::on_every_engine!(mariadb Mariadb: $($test)+);
    };
}
pub(crate) use on_servers;
