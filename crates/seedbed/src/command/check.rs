use std::sync::Arc;

use crate::cli::Check;
use crate::command::seed;
use crate::console::Console;
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
    let fixtures = match seed::fixtures(store, &check.fixtures, &store.config.fixtures) {
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
