use std::path::PathBuf;
use std::sync::Arc;

use crate::attempts;
use crate::cli::{Seed, Seeding};
use crate::connection::Connections;
use crate::console::Console;
use crate::error::Error;
use crate::fixtures::{self, Fixture};
use crate::report::Report;
use crate::run::{Mode, Options};
use crate::stop::Stop;
use crate::store::Store;

/// Loads fixtures.
pub(crate) async fn run(store: &Arc<Store>, seed: Seed, console: &Console, stop: &Stop) -> Report {
    let seeding = seed.seeding;
    let mode = if seeding.dry_run {
        Mode::DryRun
    } else {
        Mode::Write
    };
    match options(store, &seed.fixtures, seeding, mode, console) {
        Ok(options) => load(store, options, console, stop).await,
        Err(error) => Report::failed(error),
    }
}

/// What a run is asked for by the flags of `seed` and `up`.
pub(crate) fn options(
    store: &Store,
    chosen: &[PathBuf],
    seeding: Seeding,
    mode: Mode,
    console: &Console,
) -> Result<Options, Error> {
    store.knows(&seeding.databases)?;
    // What else lies in the folders is not loaded with those that are chosen.
    let fixtures = fixtures(store, chosen, &[])?;
    let indices = store.chosen(&seeding.databases);
    let stray = fixtures
        .iter()
        .find(|fixture| !store.feeds(&indices, fixture));
    if let (Some(fixture), false) = (stray, chosen.is_empty()) {
        return Err(Error::usage(format!(
            "{} feeds `{}`, which is in none of the databases chosen by `--database`",
            fixture.path.display(),
            fixture.dataset
        )));
    }
    Ok(Options {
        mode,
        strict: store.config.strict,
        existing: seeding.existing,
        explained: console.explained(),
        profile_mismatch_ok: seeding.profile.profile_mismatch_ok,
        databases: seeding.databases,
        fixtures,
    })
}

/// Runs the loads.
pub(crate) async fn load(
    store: &Arc<Store>,
    options: Options,
    console: &Console,
    stop: &Stop,
) -> Report {
    let none = Connections::new();
    attempts::run(store, options, none, console.progress(), stop).await
}

/// All fixtures of the folders, or the chosen ones, with those of some folders as context.
pub(crate) fn fixtures(
    store: &Store,
    chosen: &[PathBuf],
    context: &[PathBuf],
) -> Result<Vec<Fixture>, Error> {
    let (folders, datasets) = (&store.config.fixtures, store.datasets());
    let found = match chosen {
        [] => fixtures::discover(folders, &datasets),
        chosen => fixtures::select(context, chosen, &datasets),
    };
    let found = found.map_err(|error| Error::usage(error.to_string()))?;
    if let ([], [dataset, ..]) = (found.as_slice(), datasets.as_slice()) {
        let quoted = |folder: &PathBuf| format!("`{}`", folder.display());
        let folders: Vec<_> = folders.iter().map(quoted).collect();
        let folders = folders.join(", ");
        tracing::warn!(
            "there are no fixtures in {folders}; `{dataset}.yaml` would feed `{dataset}`"
        );
    }
    Ok(found)
}
