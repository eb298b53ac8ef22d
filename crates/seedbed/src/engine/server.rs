//! What engines behind a network have in common.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions, Connection, Database, Error, Executor, Pool};

use super::driver;
use crate::config::Config;
use crate::connection::Access;

/// A path that no socket can have. A session is one connection: where that is lost, so is its
/// transaction, and the pool must not put a new one in its place, on which each statement would count
/// at once. So after the first there is nowhere to connect to, which is found without asking anybody. A
/// path that began with the zero byte would be one of Linux's abstract sockets, at which pools try again.
pub(super) const NOWHERE: &str = "nowhere\0";

/// How long the server keeps a session that says nothing. It has to outlast the loads of all other
/// databases, for which it waits at the barrier; it is there for programs that hang, as the system closes the
/// connections of those that end.
pub(super) const SILENCE: Duration = Duration::from_secs(6 * 60 * 60);

/// Opens a pool whose connections begin with statements that set them up.
pub(super) async fn open<DB: Database>(
    options: Options<DB>,
    settings: String,
    access: Access,
    config: &Config,
) -> Result<Pool<DB>, DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let settings: Arc<str> = settings.into();
    reach::<DB>(&options, settings.clone(), config.connect_timeout).await?;
    let pool = driver::pool::<DB>(access, config).after_connect(move |connection, _| {
        let settings = AssertSqlSafe(settings.clone());
        Box::pin(async move { connection.execute(settings).await.map(drop) })
    });
    pool.connect_with(options).await.map_err(driver::failed)
}

type Options<DB> = <<DB as Database>::Connection as Connection>::Options;

/// Connects once, alone: a pool goes on trying until its time is over, and then does not say why.
async fn reach<DB: Database>(
    options: &Options<DB>,
    settings: Arc<str>,
    timeout: Duration,
) -> Result<(), DbErr>
where
    for<'c> &'c mut DB::Connection: Executor<'c, Database = DB>,
{
    let reached = async {
        let mut connection = options.connect().await?;
        connection.execute(AssertSqlSafe(settings)).await?;
        connection.close().await
    };
    // Nothing is written, so this future may be dropped half-way.
    let reached = tokio::time::timeout(timeout, reached).await;
    let reached = reached.unwrap_or_else(|_| {
        let silence = format!("no answer within {} s", timeout.as_secs_f64());
        Err(Error::Io(io::Error::new(io::ErrorKind::TimedOut, silence)))
    });
    reached.map_err(|error| {
        driver::failed(match error {
            // A path that no socket can have, which is told from a lost session by this.
            Error::Io(error) if driver::is_nowhere(error.kind()) => {
                Error::Configuration(error.to_string().into())
            }
            error => error,
        })
    })
}
