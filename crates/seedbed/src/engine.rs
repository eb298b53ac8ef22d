//! What differs between engines, one place each.

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod driver;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;

use sea_orm::{ConnectionTrait, DatabaseConnection, DatabaseTransaction, DbBackend, DbErr};

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
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        if let Some(fault) = driver::fault(self, error) {
            return fault;
        }
        match error {
            DbErr::Custom(text) | DbErr::Migration(text) => Fault {
                cause: text.clone(),
                transient: fail_point::is_transient(text),
            },
            DbErr::ConnectionAcquire(_) => Fault {
                cause: "no connection could be had in time".to_owned(),
                transient: true,
            },
            other => Fault {
                cause: other.to_string(),
                transient: false,
            },
        }
    }
}
