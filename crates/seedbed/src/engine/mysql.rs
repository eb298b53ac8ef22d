mod loader;
mod text;

use sea_orm::sqlx::mysql::{MySqlConnectOptions, MySqlPoolOptions};
use sea_orm::sqlx::{ConnectOptions as _, MySql};
use sea_orm::{ConnectionTrait, DatabaseConnection, DbErr, SqlxMySqlConnector, Statement};

use super::{driver, server};
use crate::config::Config;
use crate::connection::Access;
use crate::database_url::DatabaseUrl;

pub(super) use loader::Loader;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    _access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let options: MySqlConnectOptions = url.expose().parse().map_err(driver::failed)?;
    let options = options.disable_statement_logging();
    let pool = MySqlPoolOptions::new()
        .max_connections(1)
        .acquire_timeout(config.connect_timeout);
    server::reach(options.connect(), config.connect_timeout).await?;
    let pool = pool.connect_with(options).await.map_err(driver::failed)?;
    Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(pool))
}

/// Keeps a session to the connection it has: see [`server::NOWHERE`].
pub(super) fn stay(session: &DatabaseConnection) {
    let nowhere = MySqlConnectOptions::new().socket(server::NOWHERE);
    session
        .get_mysql_connection_pool()
        .set_connect_options(nowhere);
}

/// The lock is named after the database, as names of locks are the server's. It goes with the
/// session's connection.
pub(super) async fn try_turn(session: &DatabaseConnection) -> Result<bool, DbErr> {
    let pool = session.get_mysql_connection_pool();
    driver::begin::<MySql>(pool, None).await?;
    let lock = Statement::from_string(
        session.get_database_backend(),
        "SELECT GET_LOCK(CONCAT('seedbed.', DATABASE()), 0)",
    );
    let locked: Option<i64> = match session.query_one_raw(lock).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    if locked != Some(1) {
        driver::roll_back(pool).await?;
    }
    Ok(locked == Some(1))
}
