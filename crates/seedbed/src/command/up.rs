use std::sync::Arc;

use crate::attempts;
use crate::cli::Up;
use crate::command::{migrate, seed};
use crate::console::Console;
use crate::error::Error;
use crate::migration;
use crate::removal::{Removal, remove};
use crate::report::{Exit, Outcome, Report};
use crate::run::{Mode, Options};
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
    let options = seed::options(store, &[], up.seeding, mode, console)?;
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
            let report = seed::load(store, checking(store, options), console, stop).await;
            return Ok(report.into_dry_run());
        }
        return Ok(seed::load(store, options, console, stop).await);
    }
    if up.fresh {
        let chosen = store.chosen(&options.databases);
        migrate::consent(store, &chosen, up.consent.yes)?;
        // What would refuse the run afterwards has to refuse it before the rows are gone.
        let check = checking(store, options.clone());
        let report = seed::load(store, check, console, stop).await;
        if report.outcome != Outcome::Checked {
            return Ok(report);
        }
        migration::up(store, &all, mismatch_ok, stop).await?;
        remove(store, &chosen, Removal::Fresh, mismatch_ok, stop).await?;
        // What has begun is finished, whatever signal comes.
        let report = seed::load(store, options, console, &Stop::default()).await;
        return Ok(report.after_emptying());
    }
    let (_, migrated) = migration::up_open(store, &all, mismatch_ok, stop).await?;
    Ok(attempts::run(store, options, migrated, console.progress(), stop).await)
}

/// The same fixtures, checked without databases: those of databases that are not chosen are context.
fn checking(store: &Store, mut options: Options) -> Options {
    let chosen = store.chosen(&std::mem::take(&mut options.databases));
    for fixture in &mut options.fixtures {
        fixture.selected = store.feeds(&chosen, fixture);
    }
    options.mode = Mode::Check;
    options
}

impl Report {
    fn after_emptying(mut self) -> Self {
        if let Some(error) = &mut self.error {
            error.message += "; the databases were emptied before that: `seedbed seed` fills them";
        }
        self
    }

    fn into_dry_run(self) -> Self {
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
