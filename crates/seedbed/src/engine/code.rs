use sea_orm::sqlx::error::DatabaseError;

use crate::database_url::Engine;

/// An engine's own number or name for what went wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Code {
    /// SQLite's extended code, whose low byte is the code.
    Sqlite(u32),
    /// PostgreSQL's SQLSTATE.
    Postgres(String),
    /// MySQL's number: its SQLSTATE is the same for much of what is worth telling apart.
    Mysql(u16),
    Unknown,
}

impl Code {
    /// Reads it.
    pub fn of(engine: Engine, error: &dyn DatabaseError) -> Self {
        #[cfg(feature = "mysql")]
        if let Some(error) = error.try_downcast_ref::<sea_orm::sqlx::mysql::MySqlDatabaseError>() {
            return Self::Mysql(error.number());
        }
        match (engine, error.code()) {
            (Engine::Sqlite, Some(code)) => code.parse().map_or(Self::Unknown, Self::Sqlite),
            (Engine::Postgres, Some(code)) => Self::Postgres(code.into_owned()),
            _ => Self::Unknown,
        }
    }

    /// Whether it may not come again when the same transaction is tried again.
    pub fn passes(&self) -> bool {
        match self {
            // BUSY, LOCKED.
            Self::Sqlite(code) => matches!(code & 0xff, 5 | 6),
            Self::Postgres(state) => {
                let class = &state[..2.min(state.len())];
                let passing = [
                    "25P03", // idle in a transaction for too long
                    "40001", // serialization failure
                    "40P01", // deadlock
                    "53300", // too many connections
                    "57P01", // shutdown
                    "57P02", // crash of another session
                    "57P03", // not accepting connections yet
                    "57P05", // idle for too long
                ];
                // 08 is a connection that failed.
                class == "08" || passing.contains(&state.as_str())
            }
            Self::Mysql(number) => {
                let passing = [
                    1040, // too many connections
                    1047, // a cluster's node that is not ready
                    1053, // shutdown
                    1205, // lock wait timeout
                    1213, // deadlock
                    1927, // connection killed
                    2006, // server gone
                    2013, // connection lost
                ];
                passing.contains(number)
            }
            Self::Unknown => false,
        }
    }

    /// Whether a lock was waited for as long as the configuration allows.
    pub fn is_lock_timeout(&self) -> bool {
        match self {
            Self::Postgres(state) => state == "55P03",
            Self::Mysql(number) => *number == 1205,
            Self::Sqlite(_) | Self::Unknown => false,
        }
    }
}
