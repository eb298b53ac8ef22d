mod loader;
mod sequence;
mod text;

use sea_orm::sqlx::postgres::PgConnectOptions;
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions as _, Postgres, SqlSafeStr};
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector, sqlx};

use super::{driver, server};
use crate::config::Config;
use crate::connection::Access;
use crate::database_url::DatabaseUrl;

pub(super) use loader::Loader;
pub(super) use sequence::move_up;

/// The advisory lock that is a database's turn: "seedbed" in ASCII.
const TURN: i64 = 0x0073_6565_6462_6564;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let options: PgConnectOptions = url.expose().parse().map_err(driver::failed)?;
    let options = options
        .application_name("seedbed")
        .disable_statement_logging();
    let pool = driver::pool(access, config);
    server::reach(options.connect(), config.connect_timeout).await?;
    let pool = pool.connect_with(options).await.map_err(driver::failed)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Keeps a session to the connection it has: see [`server::NOWHERE`].
pub(super) fn stay(session: &DatabaseConnection) {
    session
        .get_postgres_connection_pool()
        .set_connect_options(nowhere());
}

fn nowhere() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(server::NOWHERE)
}

/// Each statement is to see what was committed before it: what is looked at under a lock is looked at
/// after those who had the lock before. A snapshot of the whole transaction would be taken no later
/// than by the statement that takes the lock.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED READ WRITE";

/// The lock goes with the transaction, however that ends.
pub(super) async fn try_turn(session: &DatabaseConnection, config: &Config) -> Result<bool, DbErr> {
    let pool = session.get_postgres_connection_pool();
    driver::begin::<Postgres>(pool, Some(BEGIN.into_sql_str())).await?;
    let lock = format!("SELECT pg_try_advisory_xact_lock({TURN})");
    let locked = sqlx::query_scalar(AssertSqlSafe(lock)).fetch_one(pool);
    let locked: bool = locked.await.map_err(driver::failed)?;
    if !locked {
        driver::roll_back(pool).await?;
        return Ok(false);
    }
    let settings = AssertSqlSafe(settings(config));
    let set = sqlx::raw_sql(settings).execute(pool);
    set.await.map_err(driver::failed)?;
    Ok(true)
}

/// What the server is to do about this transaction, and about no other that a connection pooler lets
/// have the same connection. It looks after clients whose machine is gone, which says no farewell.
fn settings(config: &Config) -> String {
    format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL TimeZone = 'UTC'; \
         SET LOCAL DateStyle = 'ISO'; SET LOCAL tcp_keepalives_idle = 15; \
         SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3",
        config.lock_timeout.as_millis().max(1),
        server::SILENCE.as_millis(),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::database_url::Engine;

    #[tokio::test]
    async fn nowhere_is_told_from_a_server_that_is_not_up_yet() {
        let error = nowhere().connect().await.expect_err("there is nothing");
        let fault = Engine::Postgres.fault(&driver::failed(error));
        assert_eq!(fault.cause, "the connection was lost");
        assert!(fault.transient && !fault.unanswered, "{fault:?}");
    }
}
