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

/// Whether an error may not come again although its code does not tell: another transaction made a table of the same
/// name at the same time, which is found to be there once that has committed; or a user has all the connections that
/// it may, and not all the statements of an hour.
pub(super) fn passes_this_time(engine: Engine, error: &dyn DatabaseError) -> bool {
    #[cfg(feature = "postgres")]
    if engine == Engine::Postgres {
        let error = error.try_downcast_ref::<sea_orm::sqlx::postgres::PgDatabaseError>();
        return error.is_some_and(|it| match it.code() {
            "23505" => it.schema() == Some("pg_catalog"),
            // The other's table was not there yet when it was looked for, and its type is.
            "42710" => it.routine() == Some("heap_create_with_catalog"),
            _ => false,
        });
    }
    engine == Engine::Mysql
        && of(engine, error) == "1226"
        && error.message().contains("'max_user_connections'")
}

/// What to do about an error with this code, as the end of a sentence; often there is nothing to say.
pub(super) fn advice(engine: Engine, code: &str) -> &'static str {
    match (engine, code) {
        _ if is_lock_timeout(engine, code) => {
            "; another program has locked what this is about; end it, or raise `lock_timeout`"
        }
        (Engine::Sqlite, "1555" | "2067")
        | (Engine::Postgres, "23505")
        | (Engine::Mysql, "1062") => {
            "; the table has something unique of which no rule knows, or takes for one what the rules tell apart, such as \
             texts that differ in case; or another program wrote the same at the same time: then run the command again"
        }
        // Who may not use a database is not told whether it is there.
        (Engine::Mysql, "1044") => {
            "; there is no such database, or the role may not do that: grant it; what changes tables may use a role of its \
             own (`migrate_url`)"
        }
        // Insufficient privilege; access denied to a table, a column.
        (Engine::Postgres, "42501") | (Engine::Mysql, "1142" | "1143") => {
            "; the role may not do that: grant it; what changes tables may use a role of its own (`migrate_url`)"
        }
        (Engine::Mysql, "1665") => "; set the server's `binlog_format` to ROW or MIXED",
        // A prepared statement that is there already, or is not there.
        (Engine::Postgres, "42P05" | "26000") => {
            "; a connection pooler that changes servers between transactions does not keep prepared \
             statements apart: use its session mode, or the server itself"
        }
        _ => "",
    }
}

/// MySQL has no such table, or not even its schema.
#[cfg(feature = "mysql")]
pub(super) const MYSQL_NO_TABLE: [&str; 2] = ["1146", "1049"];

/// The class of errors of connections.
const POSTGRES_CONNECTION: &str = "08";

const POSTGRES: [&str; 9] = [
    "25P03", // idle in a transaction for too long
    "40001", // serialization failure
    "40P01", // deadlock
    "53300", // too many connections
    "55P03", // a lock was waited for too long
    "57P01", // shutdown
    "57P02", // crash of another session
    "57P03", // not accepting connections yet
    "57P05", // idle for too long
];

const MYSQL: [&str; 9] = [
    "1040", // too many connections
    "1047", // a cluster's node that is not ready
    "1053", // shutdown
    "1203", // too many connections of one user
    "1205", // a lock was waited for too long
    "1213", // deadlock
    "1927", // connection killed
    "2006", // server gone
    "2013", // connection lost
];

#[cfg(test)]
mod tests {
    use super::*;

    fn check(engine: Engine, code: &str, advised: &str) {
        let advice = advice(engine, code);
        assert_eq!(advice.is_empty(), advised.is_empty(), "{advice}");
        assert!(advice.contains(advised), "{advice}");
    }

    #[test]
    fn a_lock_that_was_waited_for_is_tried_again_on_each_server() {
        for (engine, code) in [(Engine::Postgres, "55P03"), (Engine::Mysql, "1205")] {
            assert!(is_lock_timeout(engine, code) && passes(engine, code));
        }
    }

    #[test]
    fn some_errors_come_with_advice() {
        check(Engine::Postgres, "55P03", "`lock_timeout`");
        check(Engine::Mysql, "1205", "`lock_timeout`");
        check(Engine::Sqlite, "2067", "at the same time");
        check(Engine::Postgres, "23505", "at the same time");
        check(Engine::Mysql, "1062", "at the same time");
        check(Engine::Mysql, "1044", "no such database");
        check(Engine::Postgres, "42501", "`migrate_url`");
        check(Engine::Mysql, "1142", "`migrate_url`");
        check(Engine::Postgres, "42P05", "session mode");
        check(Engine::Postgres, "26000", "session mode");
        check(Engine::Sqlite, "1205", "");
        check(Engine::Postgres, "40001", "");
    }
}
