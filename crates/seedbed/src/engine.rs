//! What differs between engines, one place each.

#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(feature = "sqlite")]
mod sqlite;

use std::error::Error as _;

use sea_orm::sqlx;
use sea_orm::{
    ConnAcquireErr, ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr,
    RuntimeErr,
};

use crate::config::Config;
use crate::connection::{Access, Connection};
use crate::database_url::{DatabaseUrl, Engine};
use crate::fail_point;

/// What an engine said about an error.
#[derive(Debug)]
pub(crate) struct Fault {
    /// In the engine's or driver's own words; may contain the URL.
    pub cause: String,
    /// Whether the same transaction may go through when tried again.
    pub transient: bool,
}

impl Engine {
    /// Opens a pool of two connections: one for a turn, one to look things up meanwhile.
    pub(crate) async fn connect(
        self,
        url: &DatabaseUrl,
        access: Access,
        config: &Config,
    ) -> Result<DatabaseConnection, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => sqlite::connect(url, access, config).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::connect(url, access, config).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::connect(url, access, config).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => Err(DbErr::Custom(format!(
                "this seedbed was built without {}",
                left_out.name()
            ))),
        }
    }

    /// Opens the write transaction whose lock is the database's turn; `None` while another run has it.
    pub(crate) async fn try_turn(
        self,
        connection: &Connection,
    ) -> Result<Option<DatabaseTransaction>, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => sqlite::try_turn(connection).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::try_turn(connection).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::try_turn(connection).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => unreachable!("no connection to {} was opened", left_out.name()),
        }
    }

    /// Readies a transaction for dropping tables in any order.
    pub(crate) async fn before_dropping(
        self,
        transaction: &DatabaseTransaction,
    ) -> Result<(), DbErr> {
        if self == Self::Sqlite {
            let defer = "PRAGMA defer_foreign_keys = ON";
            transaction.execute_unprepared(defer).await?;
        }
        Ok(())
    }

    /// The engine as SeaORM knows it.
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::Mysql => DbBackend::MySql,
        }
    }

    /// Reads an error.
    pub(crate) fn fault(self, error: &DbErr) -> Fault {
        let Some(driver) = driver_error(error) else {
            return Fault {
                cause: match error {
                    DbErr::Custom(text) | DbErr::Migration(text) => text.clone(),
                    DbErr::ConnectionAcquire(ConnAcquireErr::Timeout) => {
                        "no connection was free in time".to_owned()
                    }
                    other => other.to_string(),
                },
                transient: match error {
                    DbErr::ConnectionAcquire(_) => true,
                    DbErr::Custom(text) => text == fail_point::TRANSIENT,
                    _ => false,
                },
            };
        };
        let cause = match driver {
            sqlx::Error::Database(error) => error.message().to_owned(),
            other => other
                .source()
                .map_or_else(|| other.to_string(), |s| s.to_string()),
        };
        Fault {
            cause,
            transient: self.is_transient(driver),
        }
    }

    fn is_transient(self, error: &sqlx::Error) -> bool {
        match (self, error) {
            (Self::Sqlite, _) | (_, sqlx::Error::Database(_)) => {
                let code = error.as_database_error().and_then(|error| error.code());
                code.is_some_and(|code| self.is_transient_code(&code))
            }
            (_, error) => matches!(error, sqlx::Error::Io(_) | sqlx::Error::PoolTimedOut),
        }
    }

    /// Whether the engine's own error code speaks of something that passes.
    fn is_transient_code(self, code: &str) -> bool {
        match self {
            // SQLite reports extended codes, whose low byte is the code: 5 is BUSY, 6 is LOCKED.
            Self::Sqlite => code
                .parse::<u32>()
                .is_ok_and(|code| matches!(code & 0xff, 5 | 6)),
            // Serialization failure, deadlock, shutdown of several kinds, too many connections, lost connection.
            Self::Postgres => {
                let codes = ["40001", "40P01", "57P01", "57P02", "57P03", "53300"];
                codes.contains(&code) || code.starts_with("08")
            }
            // Both deadlock and lock timeout carry the SQLSTATE; a lost node says so with 08S01.
            Self::Mysql => matches!(code, "40001" | "08S01"),
        }
    }
}

fn driver_error(error: &DbErr) -> Option<&sqlx::Error> {
    match error {
        DbErr::Conn(RuntimeErr::SqlxError(error))
        | DbErr::Exec(RuntimeErr::SqlxError(error))
        | DbErr::Query(RuntimeErr::SqlxError(error)) => Some(error),
        _ => None,
    }
}

/// Whether an engine said that somebody else holds the lock that was asked for.
#[cfg(feature = "sqlite")]
fn is_transient(engine: Engine, error: &DbErr) -> bool {
    driver_error(error).is_some_and(|error| engine.is_transient(error))
}
