//! sqlx, through which all engines are reached.

use std::error::Error as _;
use std::io::ErrorKind;
use std::sync::Arc;

use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::{Database, Error as DriverError, Pool, SqlStr};
use sea_orm::{ConnAcquireErr, DbErr, RuntimeErr};
use sqlx_core::transaction::TransactionManager;

use super::{Fault, code};
use crate::config::Config;
use crate::connection::Access;
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

/// A pool whose connections live as long as they are needed: a session is as old as its run, and has
/// nothing to do while it waits at the barrier.
pub(super) fn pool<DB: Database>(access: Access, config: &Config) -> PoolOptions<DB> {
    PoolOptions::new()
        .max_connections(access.connections())
        .acquire_timeout(config.connect_timeout)
        // They are tested when they are given back. A statement that finds its connection lost says so as well.
        .test_before_acquire(false)
        .idle_timeout(None)
        .max_lifetime(None)
}

/// What the driver said; `None` for errors that do not come from it.
pub(super) fn fault(engine: Engine, error: &DbErr) -> Option<Fault> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(read(engine, error)),
        DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
            Some(read(engine, &DriverError::PoolTimedOut))
        }
        DbErr::ConnectionAcquire(ConnAcquireErr::ConnectionClosed) => {
            Some(read(engine, &DriverError::PoolClosed))
        }
        _ => None,
    }
}

/// Whether another transaction's lock is in the way.
#[cfg(feature = "postgres")]
pub(super) fn is_lock_timeout(engine: Engine, error: &DbErr) -> bool {
    code_of(engine, error).is_some_and(|code| code::is_lock_timeout(engine, &code))
}

/// Whether MySQL has no such table.
#[cfg(feature = "mysql")]
pub(super) fn is_no_table(error: &DbErr) -> bool {
    code_of(Engine::Mysql, error).is_some_and(|code| code::MYSQL_NO_TABLE.contains(&&*code))
}

#[cfg(any(feature = "postgres", feature = "mysql"))]
fn code_of(engine: Engine, error: &DbErr) -> Option<String> {
    let (DbErr::Exec(RuntimeErr::SqlxError(error)) | DbErr::Query(RuntimeErr::SqlxError(error))) =
        error
    else {
        return None;
    };
    let said = error.as_database_error();
    said.map(|said| code::of(engine, said))
}

fn read(engine: Engine, error: &DriverError) -> Fault {
    let (cause, transient, unanswered) = match error {
        DriverError::Database(said) => {
            let code = code::of(engine, &**said);
            let cause = format!("{}{}", said.message(), code::advice(engine, &code));
            let passes = code::passes(engine, &code) || code::passes_this_time(engine, &**said);
            (cause, passes, false)
        }
        DriverError::PoolTimedOut => (NO_ROOM.into(), true, true),
        DriverError::PoolClosed => (LOST.into(), true, false),
        DriverError::Io(error) if is_lost(error.kind()) => (LOST.into(), true, false),
        DriverError::Io(error) => (error.to_string(), true, true),
        // An answer that ends where it begins is one that was cut off. Others are no answers of this
        // engine, and in the middle of a run those of a server that is going down.
        DriverError::Protocol(told) if told.contains("from SSLRequest: 0x00") => {
            (LOST.into(), true, false)
        }
        DriverError::Protocol(_) => {
            let cause = "the answer was cut off, or is not one of such a server";
            (cause.into(), true, true)
        }
        // What MySQL 8 asks for where it has not seen the password since its start, and the driver lacks.
        DriverError::Configuration(told) if told.to_string().starts_with("RSA auth") => {
            let cause = "the server takes this password over an encrypted connection only; have it offer TLS, and add \
                         `ssl-mode=REQUIRED` to the URL";
            (cause.into(), false, false)
        }
        other => match other.source() {
            Some(source) => (source.to_string(), false, false),
            None => (other.to_string(), false, false),
        },
    };
    Fault {
        cause,
        // A file answers at once or never.
        transient: transient && !(engine == Engine::Sqlite && unanswered),
        unanswered,
    }
}

/// The driver goes on trying where a server has too many connections, and does not say so in the end.
const NO_ROOM: &str =
    "no connection could be had in time; there may be too many, of this role or of all";

const LOST: &str = "the connection was lost";

fn is_lost(kind: ErrorKind) -> bool {
    use ErrorKind::{BrokenPipe, ConnectionAborted, ConnectionReset, UnexpectedEof};
    let kinds = [
        BrokenPipe,
        ConnectionAborted,
        ConnectionReset,
        UnexpectedEof,
    ];
    kinds.contains(&kind) || is_nowhere(kind)
}

/// What a session meets that has lost its connection; see `server::NOWHERE`.
pub(super) fn is_nowhere(kind: ErrorKind) -> bool {
    matches!(kind, ErrorKind::InvalidInput | ErrorKind::Unsupported)
}
