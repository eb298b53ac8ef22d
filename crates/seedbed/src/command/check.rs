use std::sync::Arc;

use crate::cli::Check;
use crate::command::seed;
use crate::console::Console;
use crate::error::Error;
use crate::fixtures;
use crate::report::Report;
use crate::run::{Mode, Options};
use crate::stop::Stop;
use crate::store::Store;

/// Checks fixtures against each other, without any database.
pub(crate) async fn run(
    store: &Arc<Store>,
    check: &Check,
    console: &Console,
    stop: &Stop,
) -> Report {
    let datasets = store.datasets();
    let folders = &store.config.fixtures;
    let fixtures = match check.fixtures.as_slice() {
        [] => seed::all(store),
        chosen => fixtures::select(folders, chosen, &datasets)
            .map_err(|error| Error::usage(error.to_string())),
    };
    let fixtures = match fixtures {
        Ok(fixtures) => fixtures,
        Err(error) => return Report::failed(error),
    };
    let options = Options {
        mode: Mode::Check,
        strict: false,
        existing: None,
        explained: console.explained(),
        profile_mismatch_ok: true,
        databases: Vec::new(),
        fixtures,
    };
    seed::load(store, options, console, stop).await
}
