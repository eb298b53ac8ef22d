mod loader;
pub(super) mod packed;

use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::sqlx::{ConnectOptions as _, SqlSafeStr};
use sea_orm::{DatabaseConnection, DbErr, SqlxSqliteConnector};

use super::driver;
use crate::config::Config;
use crate::connection::{Access, LOCK_STEP};
use crate::database_url::{DatabaseUrl, Engine};

pub(super) use loader::Loader;

/// Rows that a query may be ahead of who takes them: with sqlx's 50, its two threads wait for each other
/// most of the time.
const ROWS_AHEAD: usize = 2_000;

/// Opens the file, and creates it where the access says so. Who writes does that in a session, and this is only
/// opened if it is needed beside that.
pub(super) async fn connect(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    if access != Access::Write {
        return open(url, access, config).await;
    }
    let options = options(url.expose().parse().map_err(driver::failed)?, access);
    let pool = driver::pool(access, config).connect_lazy_with(options);
    Ok(SqlxSqliteConnector::from_sqlx_sqlite_pool(pool))
}

/// Opens the file now.
pub(super) async fn open(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let file = url.file().expect("an SQLite URL names a file");
    match access {
        Access::Migrate => create(file).map_err(|error| DbErr::Custom(error.to_string()))?,
        Access::Look | Access::Read | Access::Write => exists(file)?,
    }
    let options = options(url.expose().parse().map_err(driver::failed)?, access);
    let pool = driver::pool(access, config);
    let deadline = Instant::now() + config.lock_timeout;
    loop {
        let connected = pool.clone().connect_with(options.clone()).await;
        match connected.map_err(driver::failed) {
            // Switching a new file to WAL needs it alone for a moment and heeds no busy timeout.
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            result => return result.map(SqlxSqliteConnector::from_sqlx_sqlite_pool),
        }
    }
}

/// Only who writes changes the journal mode: it is a property of the file.
fn options(options: SqliteConnectOptions, access: Access) -> SqliteConnectOptions {
    let options = options
        .busy_timeout(LOCK_STEP)
        .create_if_missing(false)
        .row_buffer_size(ROWS_AHEAD)
        .disable_statement_logging();
    match access {
        Access::Look | Access::Read => options.pragma("query_only", "ON"),
        Access::Write | Access::Migrate => options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            // The journal is copied into the file when the database is closed: after the last commit,
            // for all databases at once, and not in the time between two commits.
            .pragma("wal_autocheckpoint", "0")
            // What a statement may have to undo in its rows stays out of temporary files.
            .pragma("temp_store", "MEMORY"),
    }
}

fn exists(file: &Path) -> Result<(), DbErr> {
    match fs::metadata(file) {
        Ok(_) => Ok(()),
        Err(error) => Err(DbErr::Custom(error.to_string())),
    }
}

/// Creates the file, and the folder it is in, readable by its owner alone: SQLite gives the journal
/// beside it the same mode.
fn create(file: &Path) -> std::io::Result<()> {
    if let Some(folder) = file.parent() {
        fs::create_dir_all(folder)?;
    }
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    match options.open(file) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(error),
        _ => Ok(()),
    }
}

/// Of two connections that are closed at once, neither may find itself the last, and the journal is left.
pub(super) async fn close_all_but_one(db: &DatabaseConnection) -> Result<(), DbErr> {
    let pool = db.get_sqlite_connection_pool();
    while pool.size() > 1 {
        let connection = pool.acquire().await.map_err(driver::failed)?;
        connection.close().await.map_err(driver::failed)?;
    }
    Ok(())
}

/// SQLite has one writer at a time, and whoever is it has the turn.
pub(super) async fn try_turn(session: &DatabaseConnection) -> Result<bool, DbErr> {
    let immediate = "BEGIN IMMEDIATE".into_sql_str();
    match driver::begin(session.get_sqlite_connection_pool(), Some(immediate)).await {
        Ok(()) => Ok(true),
        Err(error) if is_busy(&error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Whether another connection is in the way.
fn is_busy(error: &DbErr) -> bool {
    Engine::Sqlite.fault(error).transient
}
