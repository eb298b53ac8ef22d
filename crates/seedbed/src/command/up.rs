use std::sync::Arc;

use crate::cli::Up;
use crate::command::{migrate, seed};
use crate::console::Console;
use crate::error::Error;
use crate::migration;
use crate::removal::{Removal, remove};
use crate::report::{Exit, Outcome, Report};
use crate::run::Mode;
use crate::stop::Stop;
use crate::store::Store;

/// Migrates all databases, then seeds.
pub(crate) async fn run(store: &Arc<Store>, up: Up, console: &Console, stop: &Stop) -> Report {
    match go(store, up, console, stop).await {
        Ok(report) => report,
        Err(error) => Report::failed(error),
    }
}

async fn go(store: &Arc<Store>, up: Up, console: &Console, stop: &Stop) -> Result<Report, Error> {
    let dry_run = up.seeding.dry_run;
    let mismatch_ok = up.seeding.profile.profile_mismatch_ok;
    // What is wrong with the fixtures' folders is told before anything is created.
    let mode = if dry_run { Mode::DryRun } else { Mode::Write };
    let mut options = seed::options(store, &[], up.seeding, mode)?;
    let all = store.chosen(&[]);
    if dry_run {
        let pending = migration::status(store, &all).await?;
        let mut pending = pending
            .iter()
            .filter(|database| !database.pending.is_empty())
            .peekable();
        if pending.peek().is_some() {
            pending.for_each(|database| tracing::info!("{}", database.to_string().trim_end()));
            // Tables that are not there yet hold nothing that the rows could be compared with.
            options.mode = Mode::Check;
            let report = seed::load(store, options, console, stop).await;
            return Ok(report.as_dry_run());
        }
    } else if up.fresh {
        let chosen = store.chosen(&options.databases);
        migrate::consent(store, &chosen, up.consent.yes)?;
        // What would refuse the run afterwards has to refuse it before the rows are gone.
        let mut check = options.clone();
        check.mode = Mode::Check;
        let report = seed::load(store, check, console, stop).await;
        if report.outcome != Outcome::Checked {
            return Ok(report);
        }
        migration::up(store, &all, mismatch_ok, stop).await?;
        remove(store, &chosen, Removal::Fresh, mismatch_ok, stop).await?;
    } else {
        migration::up(store, &all, mismatch_ok, stop).await?;
    }
    Ok(seed::load(store, options, console, stop).await)
}

impl Report {
    fn as_dry_run(self) -> Self {
        match self.outcome {
            Outcome::Checked => Self {
                outcome: Outcome::DryRun,
                exit: Exit::Done,
                ..self
            },
            _ => self,
        }
    }
}
