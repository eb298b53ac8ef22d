use sea_orm::sqlx::{Connection as _, PgConnection};
use sea_orm::{
    ConnectOptions, ConnectionTrait, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    Statement, TransactionTrait,
};

use super::server;
use crate::config::Config;
use crate::connection::{Access, Connection};
use crate::database_url::DatabaseUrl;

/// The advisory lock that is a database's turn: "seedbed" in ASCII.
const TURN: i64 = 0x0073_6565_6462_6564;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    _access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    server::reach(PgConnection::connect(url.expose()), config.connect_timeout).await?;
    let mut options = ConnectOptions::new(url.expose());
    options
        .max_connections(2)
        .sqlx_logging(false)
        .acquire_timeout(config.connect_timeout)
        .set_application_name("seedbed");
    Database::connect(options).await
}

/// The lock goes with the transaction, however that ends.
pub(super) async fn try_turn(
    connection: &Connection,
) -> Result<Option<DatabaseTransaction>, DbErr> {
    let transaction = connection.db().begin().await?;
    let lock = Statement::from_string(
        transaction.get_database_backend(),
        format!("SELECT pg_try_advisory_xact_lock({TURN})"),
    );
    let locked = match transaction.query_one_raw(lock).await? {
        Some(row) => row.try_get_by_index(0)?,
        None => false,
    };
    if locked {
        return Ok(Some(transaction));
    }
    transaction.rollback().await?;
    Ok(None)
}
