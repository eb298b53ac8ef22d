//! sqlx, through which all engines are reached.

use std::error::Error as _;
use std::sync::Arc;

use sea_orm::sqlx::{Database, Error as DriverError, Pool, SqlStr};
use sea_orm::{DbErr, RuntimeErr};
use sqlx_core::transaction::TransactionManager;

use super::Fault;
use crate::database_url::Engine;

/// Begins a transaction on the one connection of a session. It stays open when the connection goes
/// back into its pool, and what SeaORM begins there becomes a savepoint in it.
pub(super) async fn begin<DB: Database>(
    session: &Pool<DB>,
    statement: Option<SqlStr>,
) -> Result<(), DbErr> {
    let mut connection = session.acquire().await.map_err(failed)?;
    DB::TransactionManager::begin(&mut connection, statement)
        .await
        .map_err(failed)
}

/// Commits it.
pub(super) async fn commit<DB: Database>(session: &Pool<DB>) -> Result<(), DbErr> {
    let mut connection = session.acquire().await.map_err(failed)?;
    DB::TransactionManager::commit(&mut connection)
        .await
        .map_err(failed)
}

/// Takes it back.
pub(super) async fn roll_back<DB: Database>(session: &Pool<DB>) -> Result<(), DbErr> {
    let mut connection = session.acquire().await.map_err(failed)?;
    DB::TransactionManager::rollback(&mut connection)
        .await
        .map_err(failed)
}

/// A driver's error as SeaORM passes it on.
pub(super) fn failed(error: DriverError) -> DbErr {
    DbErr::Exec(RuntimeErr::SqlxError(Arc::new(error)))
}

/// What the driver said; `None` for errors that do not come from it.
pub(super) fn fault(engine: Engine, error: &DbErr) -> Option<Fault> {
    let (DbErr::Conn(RuntimeErr::SqlxError(error))
    | DbErr::Exec(RuntimeErr::SqlxError(error))
    | DbErr::Query(RuntimeErr::SqlxError(error))) = error
    else {
        return None;
    };
    let cause = match &**error {
        DriverError::Database(error) => error.message().to_owned(),
        other => match other.source() {
            Some(source) => source.to_string(),
            None => other.to_string(),
        },
    };
    Some(Fault {
        cause,
        transient: is_transient(engine, error),
    })
}

fn is_transient(engine: Engine, error: &DriverError) -> bool {
    match error.as_database_error().and_then(|error| error.code()) {
        Some(code) => is_transient_code(engine, &code),
        None if engine == Engine::Sqlite => false,
        None => matches!(error, DriverError::Io(_) | DriverError::PoolTimedOut),
    }
}

/// Whether the engine's own error code speaks of something that passes.
fn is_transient_code(engine: Engine, code: &str) -> bool {
    match engine {
        // SQLite reports extended codes, whose low byte is the code: 5 is BUSY, 6 is LOCKED.
        Engine::Sqlite => code
            .parse::<u32>()
            .is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
        // Serialization failure, deadlock, three kinds of shutdown, too many connections; 08 is a lost connection.
        Engine::Postgres => {
            let codes = ["40001", "40P01", "57P01", "57P02", "57P03", "53300"];
            codes.contains(&code) || code.starts_with("08")
        }
        // Deadlock and serialization failure; a node that lost its cluster.
        Engine::Mysql => matches!(code, "40001" | "08S01"),
    }
}
