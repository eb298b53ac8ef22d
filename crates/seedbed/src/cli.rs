use std::path::PathBuf;

use clap::{Args, Parser, Subcommand, ValueEnum};

use crate::run::Existing;

/// Migrate several independent databases and seed them from fixtures
#[derive(Debug, Parser)]
#[command(
    name = "seedbed",
    version,
    propagate_version = true,
    arg_required_else_help = true
)]
pub(crate) struct Cli {
    #[command(flatten)]
    pub global: Global,
    #[command(subcommand)]
    pub command: Command,
}

/// Flags that go before or after any command.
#[derive(Debug, Args)]
#[command(next_help_heading = "Global options")]
pub(crate) struct Global {
    /// Configuration file [default: seedbed.toml, if there is one]
    #[arg(long, global = true, value_name = "PATH")]
    pub config: Option<PathBuf>,
    /// Folder of fixtures instead of the configured ones; repeatable
    #[arg(long = "fixtures", global = true, value_name = "DIR")]
    pub folders: Vec<PathBuf>,
    /// How to print results
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub format: Format,
    /// Say nothing but results and errors
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    pub quiet: bool,
    /// Say more about what is being done
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// When to use colours
    #[arg(long, global = true, value_enum, default_value_t = Color::Auto, value_name = "WHEN")]
    pub color: Color,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs
    Json,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Color {
    /// On terminals
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Migrate, then seed: the one command of a fresh checkout
    Up(Up),
    /// Bring the tables of all databases up to date
    Migrate(Migrate),
    /// Load fixtures
    Seed(Seed),
    /// Check fixtures without any database
    Check(Check),
    /// Show what is in the databases and how it got there
    Status,
}

#[derive(Debug, Args)]
pub(crate) struct Up {
    /// Empty the databases first, as `migrate fresh` does
    #[arg(long, conflicts_with = "dry_run")]
    pub fresh: bool,
    #[command(flatten)]
    pub consent: Consent,
    #[command(flatten)]
    pub seeding: Seeding,
}

#[derive(Debug, Args)]
pub(crate) struct Seed {
    /// Fixtures to load [default: all in the fixtures folders]
    #[arg(value_name = "FIXTURE")]
    pub fixtures: Vec<PathBuf>,
    #[command(flatten)]
    pub seeding: Seeding,
}

#[derive(Debug, Args)]
pub(crate) struct Check {
    /// Fixtures to check [default: all in the fixtures folders]
    #[arg(value_name = "FIXTURE")]
    pub fixtures: Vec<PathBuf>,
}

/// What `seed` and `up` have in common.
#[derive(Debug, Args)]
pub(crate) struct Seeding {
    /// Write nothing if any row is rejected
    #[arg(long)]
    pub strict: bool,
    /// Do everything but the commits
    #[arg(long)]
    pub dry_run: bool,
    /// Load only this database; repeatable
    #[arg(long = "database", value_name = "ALIAS")]
    pub databases: Vec<String>,
    /// What to do with rows that are there but were not loaded by seedbed
    #[arg(long, value_enum, value_name = "WHAT")]
    pub existing: Option<Existing>,
    #[command(flatten)]
    pub profile: Profile,
}

#[derive(Debug, Args)]
pub(crate) struct Profile {
    /// Write to databases that belong to another profile
    #[arg(long)]
    pub profile_mismatch_ok: bool,
}

/// Consent to losing rows.
#[derive(Debug, Args)]
pub(crate) struct Consent {
    /// Do not ask before rows are removed
    #[arg(short, long)]
    pub yes: bool,
}

#[derive(Debug, Args)]
#[command(args_conflicts_with_subcommands = true)]
pub(crate) struct Migrate {
    #[command(subcommand)]
    pub action: Option<Action>,
    #[command(flatten)]
    pub up: MigrateUp,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Action {
    /// Apply what is pending; the default
    Up(MigrateUp),
    /// Revert the newest migrations of each database
    Down(Down),
    /// Show which migrations are applied
    Status(Chosen),
    /// Drop all tables and make them anew
    Fresh(Fresh),
    /// Print the SQL of what is pending
    Plan(Chosen),
}

#[derive(Debug, Args)]
pub(crate) struct MigrateUp {
    /// Apply nothing; exit with 1 if anything is pending
    #[arg(long)]
    pub check: bool,
    #[command(flatten)]
    pub chosen: Chosen,
    #[command(flatten)]
    pub profile: Profile,
}

#[derive(Debug, Args)]
pub(crate) struct Down {
    /// How many of each database
    #[arg(value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..))]
    pub steps: u32,
    #[command(flatten)]
    pub chosen: Chosen,
    #[command(flatten)]
    pub consent: Consent,
    #[command(flatten)]
    pub profile: Profile,
}

#[derive(Debug, Args)]
pub(crate) struct Fresh {
    #[command(flatten)]
    pub chosen: Chosen,
    #[command(flatten)]
    pub consent: Consent,
    #[command(flatten)]
    pub profile: Profile,
}

#[derive(Debug, Args)]
pub(crate) struct Chosen {
    /// Only this database; repeatable
    #[arg(long = "database", value_name = "ALIAS")]
    pub databases: Vec<String>,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory;

    #[test]
    fn the_command_line_is_sound() {
        super::Cli::command().debug_assert();
    }
}
