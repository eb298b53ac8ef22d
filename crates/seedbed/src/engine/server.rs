//! What engines behind a network have in common.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::pool::PoolOptions;
use sea_orm::sqlx::{AssertSqlSafe, Connection, Database, Error, Executor};

use super::driver;

/// A path that no socket can have. A session is one connection: where that is lost, so is its
/// transaction, and the pool must not put a new one in its place, on which each statement would count
/// at once. So after the first there is nowhere to connect to, which is found without asking anybody. A
/// path that began with the zero byte would be one of Linux's abstract sockets, at which pools try again.
pub(super) const NOWHERE: &str = "nowhere\0";

/// How long the server keeps a session that says nothing. It has to outlast the loads of all other
/// databases, for which it waits at the barrier; it is there for programs that hang, as the system closes the
/// connections of those that end.
pub(super) const SILENCE: Duration = Duration::from_secs(6 * 60 * 60);

/// Has each connection of a pool begin with statements that set it up.
pub(super) fn with_settings<DB: Database>(
    pool: PoolOptions<DB>,
    settings: String,
) -> PoolOptions<DB>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let settings: Arc<str> = settings.into();
    pool.after_connect(move |connection, _| {
        let settings = AssertSqlSafe(settings.clone());
        Box::pin(async move { connection.execute(settings).await.map(drop) })
    })
}

/// Connects once, alone: a pool goes on trying until its time is over, and then does not say why.
pub(super) async fn reach<C: Connection>(
    connecting: impl Future<Output = Result<C, Error>>,
    timeout: Duration,
) -> Result<(), DbErr> {
    // Nothing has been sent but a greeting, so this future may be dropped half-way.
    let Ok(connected) = tokio::time::timeout(timeout, connecting).await else {
        let silence = format!("no answer within {} s", timeout.as_secs_f64());
        return Err(driver::failed(Error::Io(io::Error::new(
            io::ErrorKind::TimedOut,
            silence,
        ))));
    };
    let connected = connected.map_err(driver::failed)?;
    connected.close().await.map_err(driver::failed)
}
