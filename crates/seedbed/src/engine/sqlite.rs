use std::fs::{self, OpenOptions};
use std::io::ErrorKind;
use std::path::Path;
use std::time::{Duration, Instant};

use sea_orm::sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqliteSynchronous};
use sea_orm::{
    ConnectOptions, Database, DatabaseConnection, DatabaseTransaction, DbErr,
    SqliteTransactionMode, TransactionOptions, TransactionTrait,
};

use crate::config::Config;
use crate::connection::{Access, Connection, LOCK_STEP};
use crate::database_url::{DatabaseUrl, Engine};

/// Opens the file, and creates it where the access says so.
pub(super) async fn connect(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let file = url.file().expect("an SQLite URL names a file");
    match access {
        Access::Create => create(file).map_err(|error| DbErr::Custom(error.to_string()))?,
        Access::Read | Access::Write => exists(file)?,
    }
    let mut options = ConnectOptions::new(url.expose());
    options
        .max_connections(2)
        .sqlx_logging(false)
        .acquire_timeout(config.connect_timeout)
        .map_sqlx_sqlite_opts(move |options| pragmas(options, access));
    let deadline = Instant::now() + config.lock_timeout;
    loop {
        match Database::connect(options.clone()).await {
            // Switching a new file to WAL needs it alone for a moment and heeds no busy timeout.
            Err(error) if is_busy(&error) && Instant::now() < deadline => {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
            result => return result,
        }
    }
}

/// Only who writes changes the journal mode: it is a property of the file.
fn pragmas(options: SqliteConnectOptions, access: Access) -> SqliteConnectOptions {
    let options = options.busy_timeout(LOCK_STEP).create_if_missing(false);
    match access {
        Access::Read => options.pragma("query_only", "ON"),
        Access::Write | Access::Create => options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full),
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

/// SQLite has one writer at a time, and whoever is it has the turn.
pub(super) async fn try_turn(
    connection: &Connection,
) -> Result<Option<DatabaseTransaction>, DbErr> {
    let immediate = TransactionOptions {
        sqlite_transaction_mode: Some(SqliteTransactionMode::Immediate),
        ..TransactionOptions::default()
    };
    match connection.db().begin_with_options(immediate).await {
        Ok(transaction) => Ok(Some(transaction)),
        Err(error) if is_busy(&error) => Ok(None),
        Err(error) => Err(error),
    }
}

/// Whether another connection is in the way.
fn is_busy(error: &DbErr) -> bool {
    Engine::Sqlite.fault(error).transient
}
