//! The engines' own codes for what went wrong.

use sea_orm::sqlx::error::DatabaseError;

use crate::database_url::Engine;

/// An error's code: SQLite's extended one, PostgreSQL's SQLSTATE, MySQL's number, as its SQLSTATE is the
/// same for much that is worth telling apart.
pub(super) fn of(engine: Engine, error: &dyn DatabaseError) -> String {
    #[cfg(feature = "mysql")]
    if engine == Engine::Mysql {
        let error = error.try_downcast_ref::<sea_orm::sqlx::mysql::MySqlDatabaseError>();
        return error.map_or_else(String::new, |error| error.number().to_string());
    }
    let _ = engine;
    error.code().unwrap_or_default().into_owned()
}

/// Whether what it stands for may not come again when the same transaction is tried again.
pub(super) fn passes(engine: Engine, code: &str) -> bool {
    match engine {
        // The low byte of an extended code is the code: 5 is BUSY, 6 is LOCKED.
        Engine::Sqlite => code
            .parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
        Engine::Postgres => code.starts_with(POSTGRES_CONNECTION) || POSTGRES.contains(&code),
        Engine::Mysql => MYSQL.contains(&code),
    }
}

/// Whether a lock was waited for as long as the configuration allows.
pub(super) fn is_lock_timeout(engine: Engine, code: &str) -> bool {
    match engine {
        Engine::Sqlite => false,
        Engine::Postgres => code == "55P03",
        Engine::Mysql => code == "1205",
    }
}

/// The class of errors of connections.
const POSTGRES_CONNECTION: &str = "08";

const POSTGRES: [&str; 8] = [
    "25P03", // idle in a transaction for too long
    "40001", // serialization failure
    "40P01", // deadlock
    "53300", // too many connections
    "57P01", // shutdown
    "57P02", // crash of another session
    "57P03", // not accepting connections yet
    "57P05", // idle for too long
];

const MYSQL: [&str; 8] = [
    "1040", // too many connections
    "1047", // a cluster's node that is not ready
    "1053", // shutdown
    "1205", // a lock was waited for too long
    "1213", // deadlock
    "1927", // connection killed
    "2006", // server gone
    "2013", // connection lost
];
