use std::time::{Duration, Instant};

use sea_orm::{DatabaseExecutor, DatabaseTransaction, DbErr};

use crate::connection::{Connection, LOCK_STEP};
use crate::error::Error;
use crate::fail_point;
use crate::stop::Stop;

/// How long one waits before it says for what.
const PATIENCE: Duration = Duration::from_millis(500);

/// A database's open transaction, whose lock keeps all other runs out until it ends.
pub(crate) struct Turn {
    transaction: DatabaseTransaction,
}

impl Turn {
    /// Waits for the database's turn.
    ///
    /// # Errors
    /// When it does not come within `timeout`, or a signal ends the waiting.
    pub async fn take(
        connection: &Connection,
        timeout: Duration,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let alias = connection.alias();
        let start = Instant::now();
        let mut told = false;
        loop {
            stop.heed()?;
            let tried = try_turn(connection).await;
            if let Some(transaction) = tried.map_err(connection.error("lock"))? {
                return Ok(Self { transaction });
            }
            if start.elapsed() >= timeout {
                return Err(Error::broken(
                    alias,
                    format!(
                        "gave up on the database `{alias}` ({}): another program has been writing to it for {} s; \
                         end that program or raise `lock_timeout`",
                        connection.url().location(),
                        timeout.as_secs_f64(),
                    ),
                ));
            }
            if !told && start.elapsed() >= PATIENCE {
                tracing::info!(
                    "waiting for the database `{alias}`, to which another program is writing"
                );
                told = true;
            }
            tokio::time::sleep(LOCK_STEP / 4).await;
        }
    }

    /// The open transaction, for what runs on pools and transactions alike.
    pub fn executor(&self) -> DatabaseExecutor<'_> {
        (&self.transaction).into()
    }

    /// The open transaction.
    pub fn transaction(&self) -> &DatabaseTransaction {
        &self.transaction
    }

    /// Ends the turn and keeps what was written to the database of this alias.
    pub async fn commit(self, alias: &str) -> Result<(), DbErr> {
        if let Err(error) = fail_point::pass(alias, "commit.before") {
            self.roll_back().await?;
            return Err(error);
        }
        self.transaction.commit().await?;
        fail_point::pass(alias, "commit.after")
    }

    /// Ends the turn as if it had not been.
    pub async fn roll_back(self) -> Result<(), DbErr> {
        self.transaction.rollback().await
    }

    /// The same after a failure, of which there is more to say than that this failed as well.
    pub async fn abandon(self, connection: &Connection) {
        if let Err(error) = self.roll_back().await {
            // The engine rolls an abandoned transaction back by itself.
            tracing::warn!("{}", connection.error("roll back")(error));
        }
    }
}

async fn try_turn(connection: &Connection) -> Result<Option<DatabaseTransaction>, DbErr> {
    fail_point::pass(connection.alias(), "begin.before")?;
    let turn = connection.url().engine().try_turn(connection).await?;
    if turn.is_some() {
        fail_point::pass(connection.alias(), "begin.after")?;
    }
    Ok(turn)
}
