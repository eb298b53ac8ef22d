use uuid::Uuid;

use crate::config::Config;
use crate::connection::Connection;
use crate::error::{Error, ErrorKind};
use crate::fail_point::{Breakage, is_broken};
use crate::ledger;
use crate::retry::Retry;
use crate::stop::Stop;
use crate::turn::Turn;

/// Finds out whether a COMMIT that failed, or whose reply was lost, took place: the ledger has `times` rows
/// of the run if it did. The turn is taken first, on a new connection, as the old transaction may still be
/// finishing and holds its turn to the end.
///
/// # Errors
/// With `failed` if the commit did not take place, or with both errors if that cannot be found out.
pub(crate) async fn settle(
    config: &Config,
    old: &Connection,
    run: Uuid,
    times: u64,
    failed: Error,
) -> Result<(), Error> {
    if is_broken(Breakage::NoLedgerQuestion) {
        return Err(failed);
    }
    tracing::warn!("{failed}; asking the ledger whether it took place");
    match ask(config, old, run, times).await {
        Ok(true) => Ok(()),
        Ok(false) => Err(failed),
        Err(error) => Err(Error {
            kind: ErrorKind::InDoubt,
            message: format!(
                "{failed}; whether the commit took place could not be found out: {error}"
            ),
            ..failed
        }),
    }
}

/// Asks until there is an answer, as long as any fault is given to pass.
async fn ask(config: &Config, old: &Connection, run: Uuid, times: u64) -> Result<bool, Error> {
    // What has begun to commit is finished, so no signal ends this waiting.
    let (mut retry, stop) = (Retry::new(config.retry_for), Stop::default());
    loop {
        let answer = is_recorded(config, old, run, times).await;
        let fault = answer.as_ref().err().and_then(|error| error.fault(false));
        match fault {
            Some(fault) if retry.pause(&fault, &stop).await => {}
            _ => return answer,
        }
    }
}

async fn is_recorded(
    config: &Config,
    old: &Connection,
    run: Uuid,
    times: u64,
) -> Result<bool, Error> {
    old.close().await;
    let connection = old.reopen(config).await?;
    let asked = async {
        let failed = connection.error("ask the ledger of");
        let turn = Turn::take(&connection, config, &Stop::default()).await?;
        let recorded = ledger::times(turn.db(), run).await;
        turn.roll_back(&connection).await.map_err(&failed)?;
        recorded.map(|found| found >= times).map_err(&failed)
    };
    let asked = asked.await;
    connection.close().await;
    asked
}
