//! What engines behind a network have in common.

use std::sync::Arc;
use std::time::Duration;

use sea_orm::sqlx::{Connection, Error};
use sea_orm::{DbErr, RuntimeErr};

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
    let failed = |error| DbErr::Conn(RuntimeErr::SqlxError(Arc::new(error)));
    connected.map_err(failed)?.close().await.map_err(failed)
}
