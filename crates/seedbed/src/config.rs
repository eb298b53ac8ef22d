mod databases;
mod duration;
mod environment;
mod error;
mod file;
mod keys;
mod settings;
mod sources;

use std::collections::BTreeMap;
use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::time::Duration;

use figment::Figment;
use figment::providers::{Format, Serialized, Toml};

pub use databases::DatabaseConfig;
pub use error::ConfigError;

use crate::path;
use environment::Environment;
use file::ConfigFile;
use keys::Keys;
use settings::Settings;
use sources::Sources;

/// What a command works on, from the built-in defaults, the file, the environment and the flags, of
/// which each goes over those before it. All paths are as one opens them from the current folder.
#[derive(Clone, Debug)]
pub struct Config {
    /// The profile chosen, in lower case; `default` where none is.
    pub profile: String,
    /// Another one of the file, where nothing is said of this one and its name looks like a slip.
    pub meant_profile: Option<String>,
    /// The folders of fixtures, in the order in which they are read.
    pub fixtures: Vec<PathBuf>,
    /// Whether an error in a fixture keeps everything from being written.
    pub strict: bool,
    /// Where each database is, by its alias: all those asked for, and no other.
    pub databases: BTreeMap<String, DatabaseConfig>,
    /// How long a server may take to answer.
    pub connect_timeout: Duration,
    /// How long to wait for another run to be through.
    pub lock_timeout: Duration,
    /// How long a run goes on trying after transient faults, altogether.
    pub retry_for: Duration,
    /// The file read, where there is one.
    pub source: Option<PathBuf>,
}

/// What the flags of a command say about the configuration.
#[derive(Clone, Debug, Default)]
pub struct Overrides {
    /// The file to read instead of `seedbed.toml`; it has to be there.
    pub config: Option<PathBuf>,
    /// Folders of fixtures instead of those configured, where there is one; seen from the current folder.
    pub fixtures: Vec<PathBuf>,
    /// Strict whatever is configured.
    pub strict: bool,
}

impl Config {
    /// The configuration of the databases with these aliases, or every mistake found in it.
    pub fn load(aliases: &[&str], overrides: &Overrides) -> Result<Self, ConfigError> {
        Self::from_variables(aliases, overrides, env::vars_os())
    }

    /// What should perhaps not be so, whatever is done.
    pub fn doubt(&self) -> Option<String> {
        let (profile, meant) = (&self.profile, self.meant_profile.as_ref()?);
        Some(format!(
            "the configuration has no profile `{profile}`; did you mean `{meant}`?"
        ))
    }

    /// What will fail, or should not be so, once the databases are used: a line for each.
    pub fn warnings(&self) -> impl Iterator<Item = String> {
        let databases = self.databases.iter();
        databases.flat_map(|(alias, database)| database.warnings(alias))
    }

    fn from_variables(
        aliases: &[&str],
        overrides: &Overrides,
        variables: impl IntoIterator<Item = (OsString, OsString)>,
    ) -> Result<Self, ConfigError> {
        let keys = Keys::new(aliases);
        let file = ConfigFile::read(overrides.config.as_deref())?;
        let mut mistakes = file.mistakes(&keys);
        let environment = Environment::read(variables, &keys, &mut mistakes);
        ConfigError::unless_none(mistakes)?;

        let settings = merged(aliases, &file, &environment);
        let sources = Sources {
            file: &file,
            environment: &environment,
        };
        let databases = databases::databases(&settings, sources)?;
        let fixtures = match overrides.fixtures.as_slice() {
            [] => settings.fixtures.within(file.folder()),
            folders => folders
                .iter()
                .map(|folder| path::resolve(Path::new(""), folder))
                .collect(),
        };
        Ok(Self {
            meant_profile: file.meant_by(&environment.profile),
            profile: environment.profile,
            fixtures,
            strict: settings.strict || overrides.strict,
            databases,
            connect_timeout: settings.connect_timeout.into(),
            lock_timeout: settings.lock_timeout.into(),
            retry_for: settings.retry_for.into(),
            source: file.into_path(),
        })
    }
}

fn merged(aliases: &[&str], file: &ConfigFile, environment: &Environment) -> Settings {
    let mut figment = Figment::from(Serialized::defaults(Settings::of_no_file(aliases)))
        .merge(Toml::string(file.text()).nested())
        .select(environment.profile.as_str());
    for (key, value) in &environment.values {
        // Global: a selected profile's table in the file would go over it otherwise.
        figment = figment.merge(Serialized::global(key, value));
    }
    match figment.extract() {
        Ok(settings) => settings,
        // figment's error would show the value.
        Err(_) => unreachable!("each source's keys and types were found in order"),
    }
}

#[cfg(test)]
mod tests;
