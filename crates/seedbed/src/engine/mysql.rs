use sea_orm::sqlx::{Connection as _, MySqlConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    Statement, TransactionTrait,
};

use super::server;
use crate::config::Config;
use crate::connection::{Access, Connection};
use crate::database_url::DatabaseUrl;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    _access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    server::reach(
        MySqlConnection::connect(url.expose()),
        config.connect_timeout,
    )
    .await?;
    let mut options = ConnectOptions::new(url.expose());
    options
        .max_connections(2)
        .sqlx_logging(false)
        .acquire_timeout(config.connect_timeout);
    Database::connect(options).await
}

/// The lock is named after the database, as names of locks are the server's. It goes with the
/// connection, which a command closes when it is through with the database.
pub(super) async fn try_turn(
    connection: &Connection,
) -> Result<Option<DatabaseTransaction>, DbErr> {
    let transaction = connection.db().begin().await?;
    let lock = Statement::from_string(
        transaction.get_database_backend(),
        "SELECT GET_LOCK(CONCAT('seedbed.', DATABASE()), 0)",
    );
    let locked: Option<i64> = match transaction.query_one_raw(lock).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => None,
    };
    if locked == Some(1) {
        return Ok(Some(transaction));
    }
    transaction.rollback().await?;
    Ok(None)
}
