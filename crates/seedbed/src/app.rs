use std::process::ExitCode;
use std::sync::Arc;

use clap::Parser;
use tokio::runtime::Builder;

use crate::cli::{Cli, Command, Global};
use crate::command::{check, migrate, seed, status, up};
use crate::config::{Config, Overrides};
use crate::console::Console;
use crate::error::Error;
use crate::registry::Registry;
use crate::report::{Exit, Report};
use crate::signals;
use crate::stop::Stop;
use crate::store::Store;

/// The whole of a store's `main`: reads the command line, does what it says, and answers with the
/// exit code.
///
/// ```no_run
/// # fn registry() -> seedbed::Registry { unimplemented!() }
/// fn main() -> std::process::ExitCode {
///     seedbed::main(registry())
/// }
/// ```
pub fn main(registry: Registry) -> ExitCode {
    let cli = Cli::parse();
    let console = Console::new(&cli.global);
    // All that waits is one task: what takes time has threads of its own, and more of them here would only
    // have to be woken.
    let started = Builder::new_current_thread().enable_all().build();
    let started = started.and_then(|runtime| {
        let stop = Stop::default();
        signals::listen(&stop)?;
        Ok((runtime, stop))
    });
    match started {
        Ok((runtime, stop)) => runtime.block_on(run(cli, registry, &console, &stop)).into(),
        Err(error) => {
            let error = Error::usage(format!("failed to start: {error}"));
            console.error(error).into()
        }
    }
}

async fn run(cli: Cli, registry: Registry, console: &Console, stop: &Stop) -> Exit {
    let over_fixtures = matches!(
        cli.command,
        Command::Up(_) | Command::Seed(_) | Command::Check(_)
    );
    let strict = match &cli.command {
        Command::Up(up) => up.seeding.strict,
        Command::Seed(seed) => seed.seeding.strict,
        _ => false,
    };
    let store = match store(registry, &cli.global, strict) {
        Ok(store) => Arc::new(store),
        Err(error) if over_fixtures => return console.report(&Report::failed(error)),
        Err(error) => return console.error(error),
    };
    if let Some(doubt) = store.config.doubt() {
        tracing::warn!("{doubt}");
    }
    if !matches!(cli.command, Command::Check(_)) {
        let warnings = store.config.warnings();
        warnings.for_each(|warning| tracing::warn!("{warning}"));
    }
    match cli.command {
        Command::Up(up) => console.report(&up::run(&store, up, console, stop).await),
        Command::Seed(seed) => console.report(&seed::run(&store, seed, console, stop).await),
        Command::Check(check) => console.report(&check::run(&store, &check, console, stop).await),
        Command::Migrate(migrate) => migrate::run(&store, migrate, console, stop).await,
        Command::Status => status::run(&store, console).await,
    }
}

fn store(registry: Registry, global: &Global, strict: bool) -> Result<Store, Error> {
    let overrides = Overrides {
        config: global.config.clone(),
        fixtures: global.folders.clone(),
        strict,
    };
    let config = Config::load(&registry.aliases(), &overrides);
    let config = config.map_err(|error| Error::usage(error.to_string()))?;
    match &config.source {
        Some(file) => tracing::debug!(
            "configured by {}, profile `{}`",
            file.display(),
            config.profile
        ),
        None => tracing::debug!("no configuration file, profile `{}`", config.profile),
    }
    Store::new(registry, config).map_err(|error| Error::usage(error.to_string()))
}
