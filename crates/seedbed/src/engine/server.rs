//! What engines behind a network have in common.

use std::time::Duration;

use sea_orm::DbErr;
use sea_orm::sqlx::{Connection, Error};

use super::driver;

/// A socket that nobody listens at. A session is one connection: where that is lost, so is its
/// transaction, and the pool must not put a new one in its place, on which each statement would count
/// at once. So after the first there is nowhere to connect to.
pub(super) const NOWHERE: &str = "/the session's connection was lost";

/// Connects once, alone: a pool goes on trying until its time is over, and then does not say why.
pub(super) async fn reach<C: Connection>(
    connecting: impl Future<Output = Result<C, Error>>,
    timeout: Duration,
) -> Result<(), DbErr> {
    // Nothing has been sent but a greeting, so this future may be dropped half-way.
    let Ok(connected) = tokio::time::timeout(timeout, connecting).await else {
        let seconds = timeout.as_secs_f64();
        return Err(DbErr::Custom(format!("no answer within {seconds} s")));
    };
    let connected = connected.map_err(driver::failed)?;
    connected.close().await.map_err(driver::failed)
}
