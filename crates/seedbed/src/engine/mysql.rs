mod arguments;
mod given;
mod loader;
mod text;

use sea_orm::sqlx::mysql::MySqlConnectOptions;
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions as _, MySql};
use sea_orm::{DatabaseConnection, DbErr, SqlxMySqlConnector, sqlx};

use super::{driver, server};
use crate::config::Config;
use crate::connection::Access;
use crate::database_url::DatabaseUrl;
use crate::table::quoted;

pub(super) use loader::Loader;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let options: MySqlConnectOptions = url.expose().parse().map_err(driver::failed)?;
    let options = options.disable_statement_logging();
    let pool = server::open::<MySql>(options, settings(config), access, config).await?;
    Ok(SqlxMySqlConnector::from_sqlx_mysql_pool(pool))
}

/// Keeps a session to the connection it has: see [`server::NOWHERE`].
pub(super) fn stay(session: &DatabaseConnection) {
    let nowhere = MySqlConnectOptions::new().socket(server::NOWHERE);
    session
        .get_mysql_connection_pool()
        .set_connect_options(nowhere);
}

/// Whatever the server's defaults are: values that do not fit are refused and not cut, a key of 0 is one like others,
/// backslashes escape, an UPDATE that joins is taken however long it takes, a transaction may wait, and each statement
/// sees what was committed before it, as what is looked at under a lock is to be looked at after those who had the lock
/// before. Tables that say no engine get one that can take rows back.
fn settings(config: &Config) -> String {
    let patience = config.lock_timeout.as_secs_f64().ceil().max(1.0);
    format!(
        "SET SESSION sql_mode = 'STRICT_ALL_TABLES,NO_ZERO_IN_DATE,NO_ZERO_DATE,\
         ERROR_FOR_DIVISION_BY_ZERO,NO_AUTO_VALUE_ON_ZERO,NO_ENGINE_SUBSTITUTION,PIPES_AS_CONCAT', \
         time_zone = '+00:00', innodb_lock_wait_timeout = {patience}, \
         lock_wait_timeout = {patience}, wait_timeout = {}, sql_safe_updates = 0 \
         /*M!100101 , max_statement_time = 0 */ /*!50708 , max_execution_time = 0 */ \
         /*M!100300 , idle_transaction_timeout = 0, idle_write_transaction_timeout = 0 \
         , idle_readonly_transaction_timeout = 0 */, \
         default_storage_engine = coalesce((SELECT engine FROM information_schema.engines \
         WHERE engine = @@default_storage_engine AND transactions = 'YES'), 'InnoDB'); \
         SET SESSION TRANSACTION ISOLATION LEVEL READ COMMITTED",
        server::SILENCE.as_secs(),
    )
}

/// Names of locks are the server's, and short, so this one is made of the database's. MySQL has no SHA1 any more (9.6).
const LOCK: &str = "SELECT GET_LOCK(CONCAT('seedbed.', LEFT(SHA2(DATABASE(), 256), 40)), 0)";

/// Whether locks are a node's, so that others of its cluster do not know them.
const IS_NODE: &str = "SHOW GLOBAL VARIABLES WHERE Variable_name = 'wsrep_on' AND Value = 'ON' \
     OR Variable_name = 'group_replication_group_name' AND Value <> ''";

const MARK: &str =
    "SELECT GET_LOCK(CONCAT('seedbed.', LEFT(SHA2(CONCAT(DATABASE(), '/', ?), 256), 40)), 0)";

/// Takes locks that go with the connection; in a transaction, as a pooler may ask a replica otherwise.
pub(super) async fn mark(
    db: &DatabaseConnection,
    marks: &[i64],
) -> Result<Vec<Option<bool>>, DbErr> {
    stay(db);
    let pool = db.get_mysql_connection_pool();
    begin(db).await?;
    let is_node = sqlx::query(IS_NODE).fetch_optional(pool).await;
    let is_node = is_node.map_err(driver::failed)?.is_some();
    let mut marked = Vec::new();
    for mark in marks {
        let asked = sqlx::query_scalar(MARK).bind(mark).fetch_one(pool).await;
        let locked: Option<i64> = asked.map_err(driver::failed)?;
        marked.push(match locked {
            Some(0) => Some(false),
            Some(_) if !is_node => Some(true),
            _ => None,
        });
    }
    Ok(marked)
}

/// See [`engine::reveal`](super::reveal). Who may not read a table is not told whether it is there.
pub(super) async fn reveal(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<(), DbErr> {
    let names = schema.into_iter().chain([table]);
    let names: Vec<_> = names.map(|name| quoted(name, '`')).collect();
    let look = format!("SELECT 1 FROM {} LIMIT 0", names.join("."));
    let looked = sqlx::query(AssertSqlSafe(look)).execute(db.get_mysql_connection_pool());
    match looked.await.map_err(driver::failed) {
        Err(error) if !driver::is_no_table(&error) => Err(error),
        _ => Ok(()),
    }
}

/// See [`engine::engine_without_transactions`](super::engine_without_transactions).
pub(super) async fn engine_without_transactions(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<String>, DbErr> {
    let asked = sqlx::query_scalar(WITHOUT_TRANSACTIONS)
        .bind(schema)
        .bind(table);
    let asked = asked.fetch_optional(db.get_mysql_connection_pool()).await;
    asked.map_err(driver::failed)
}

const WITHOUT_TRANSACTIONS: &str = "
SELECT CAST(e.engine AS CHAR) FROM information_schema.tables AS t
JOIN information_schema.engines AS e ON e.engine = t.engine AND e.transactions <> 'YES'
WHERE t.table_schema = coalesce(?, DATABASE()) AND t.table_name = ?";

/// Begins the session's transaction.
pub(super) async fn begin(session: &DatabaseConnection) -> Result<(), DbErr> {
    driver::begin::<MySql>(session.get_mysql_connection_pool(), None).await
}

/// Takes the lock, which belongs to the connection, and not to the transaction.
pub(super) async fn try_turn(session: &DatabaseConnection) -> Result<bool, DbErr> {
    let pool = session.get_mysql_connection_pool();
    begin(session).await?;
    let locked: Option<i64> = sqlx::query_scalar(LOCK)
        .fetch_one(pool)
        .await
        .map_err(driver::failed)?;
    if locked != Some(1) {
        driver::roll_back(pool).await?;
    }
    Ok(locked == Some(1))
}
