mod loader;
mod text;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sea_orm::sqlx::{ConnectOptions as _, Postgres};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, SqlxPostgresConnector, Statement};

use super::{driver, server};
use crate::config::Config;
use crate::connection::Access;
use crate::database_url::DatabaseUrl;

pub(super) use loader::Loader;

/// The advisory lock that is a database's turn: "seedbed" in ASCII.
const TURN: i64 = 0x0073_6565_6462_6564;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    _access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let options: PgConnectOptions = url.expose().parse().map_err(driver::failed)?;
    let options = options
        .application_name("seedbed")
        .disable_statement_logging();
    let pool = PgPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(config.connect_timeout);
    server::reach(options.connect(), config.connect_timeout).await?;
    let pool = pool.connect_with(options).await.map_err(driver::failed)?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// Keeps a session to the connection it has: see [`server::NOWHERE`].
pub(super) fn stay(session: &DatabaseConnection) {
    let nowhere = PgConnectOptions::new_without_pgpass().socket(server::NOWHERE);
    session
        .get_postgres_connection_pool()
        .set_connect_options(nowhere);
}

/// The lock goes with the transaction, however that ends.
pub(super) async fn try_turn(session: &DatabaseConnection) -> Result<bool, DbErr> {
    let pool = session.get_postgres_connection_pool();
    driver::begin::<Postgres>(pool, None).await?;
    let lock = Statement::from_string(
        session.get_database_backend(),
        format!("SELECT pg_try_advisory_xact_lock({TURN})"),
    );
    let locked = match session.query_one_raw(lock).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => false,
    };
    if !locked {
        driver::roll_back(pool).await?;
    }
    Ok(locked)
}
