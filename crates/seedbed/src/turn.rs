use std::time::{Duration, Instant};

use sea_orm::{DatabaseConnection, DbErr};

use crate::config::Config;
use crate::connection::{Connection, LOCK_STEP};
use crate::database_url::Engine;
use crate::error::Error;
use crate::fail_point;
use crate::stop::Stop;

/// How long one waits before it says for what.
const PATIENCE: Duration = Duration::from_millis(500);

/// A database's open transaction, whose lock keeps all other runs out until it ends.
pub(crate) struct Turn {
    /// Its one connection has the transaction.
    session: DatabaseConnection,
    engine: Engine,
}

impl Turn {
    /// Waits for the database's turn.
    ///
    /// # Errors
    /// When it does not come within the configured time, or a signal ends the waiting.
    pub async fn take(
        connection: &Connection,
        config: &Config,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let session = connection.open_session(config).await?;
        Self::take_on(session, connection, config, stop).await
    }

    /// The same on a session that is open already.
    ///
    /// # Errors
    /// As [`take`](Self::take).
    pub async fn take_on(
        session: DatabaseConnection,
        connection: &Connection,
        config: &Config,
        stop: &Stop,
    ) -> Result<Self, Error> {
        let engine = connection.url().engine();
        let turn = Self { session, engine };
        match turn.wait(connection, config, stop).await {
            Ok(()) => Ok(turn),
            Err(error) => {
                turn.close(connection).await;
                Err(error)
            }
        }
    }

    async fn wait(
        &self,
        connection: &Connection,
        config: &Config,
        stop: &Stop,
    ) -> Result<(), Error> {
        let (alias, timeout) = (connection.alias(), config.lock_timeout);
        let start = Instant::now();
        let mut told = false;
        loop {
            stop.heed()?;
            let tried = self.attempt(alias, config).await;
            if tried.map_err(connection.error("lock"))? {
                return Ok(());
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

    async fn attempt(&self, alias: &str, config: &Config) -> Result<bool, DbErr> {
        fail_point::pass(alias, "begin.before")?;
        let taken = self.engine.try_turn(&self.session, config).await?;
        if taken {
            fail_point::pass(alias, "begin.after")?;
        }
        Ok(taken)
    }

    /// Whatever is asked here is part of the open transaction.
    pub fn db(&self) -> &DatabaseConnection {
        &self.session
    }

    /// Ends the turn and keeps what was written to the database.
    pub async fn commit(self, connection: &Connection) -> Result<(), DbErr> {
        let alias = connection.alias();
        if let Err(error) = fail_point::pass(alias, "commit.before") {
            self.roll_back(connection).await?;
            return Err(error);
        }
        let committed = self.engine.commit(&self.session).await;
        if committed.is_ok() && self.engine.closes_last() {
            connection.keep(self.session);
        } else {
            self.close(connection).await;
        }
        committed?;
        fail_point::pass(alias, "commit.after")
    }

    /// Ends the turn as if it had not been.
    pub async fn roll_back(self, connection: &Connection) -> Result<(), DbErr> {
        let rolled_back = self.engine.roll_back(&self.session).await;
        self.close(connection).await;
        rolled_back
    }

    /// The same after a failure, of which there is more to say than that this failed as well.
    pub async fn abandon(self, connection: &Connection) {
        if let Err(error) = self.roll_back(connection).await {
            // The engine rolls an abandoned transaction back by itself.
            tracing::warn!("{}", connection.error("roll back")(error));
        }
    }

    /// Locks that belong to a connection go with it.
    async fn close(&self, connection: &Connection) {
        if let Err(error) = self.session.close_by_ref().await {
            tracing::warn!("{}", connection.error("close")(error));
        }
    }
}
