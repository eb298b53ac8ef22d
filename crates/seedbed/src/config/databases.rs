use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::error::{ConfigError, Mistake, Origin};
use super::settings::{DatabaseSettings, Settings};
use super::sources::Sources;
use crate::database_url::DatabaseUrl;

/// What is configured for one database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// Where it is.
    pub url: DatabaseUrl,
    /// Another way into it, for what changes tables, as those who seed may be allowed less.
    pub migrate_url: Option<DatabaseUrl>,
    /// Whether it must never be emptied or migrated down.
    pub protected: bool,
}

impl DatabaseConfig {
    /// The URL for what changes tables: `migrate`, `down`, `fresh`, and the first step of `up`.
    pub fn migrating_url(&self) -> &DatabaseUrl {
        self.migrate_url.as_ref().unwrap_or(&self.url)
    }

    /// Whether they may be one database, as servers have names for them that are the same.
    pub(crate) fn has_namesake_in(&self, other: &Self) -> bool {
        let is_namesake = |url: &DatabaseUrl| other.urls().any(|(_, it)| url.is_namesake_of(it));
        self.urls().any(|(_, url)| is_namesake(url))
    }

    /// Whether what changes tables takes another way, which may lead elsewhere.
    pub(crate) fn has_detour(&self) -> bool {
        self.migrating_url().identity() != self.url.identity()
    }

    pub(super) fn warnings(&self, alias: &str) -> Vec<String> {
        let mut warnings = Vec::new();
        for (key, url) in self.urls() {
            let location = url.location();
            if url.is_plain() {
                warnings.push(format!(
                    "the database `{alias}` ({location}) is reached over the network without \
                     encryption, as `{key}` asks for"
                ));
            }
            warnings.extend(url.missing_files().iter().map(|parameter| {
                format!(
                    "`{parameter}` in `databases.{alias}.{key}` names a file that is not there; \
                     relative paths are seen from the configuration file"
                )
            }));
        }
        warnings
    }

    fn urls(&self) -> impl Iterator<Item = (&'static str, &DatabaseUrl)> {
        let migrate_url = self.migrate_url.iter().map(|url| ("migrate_url", url));
        [("url", &self.url)].into_iter().chain(migrate_url)
    }
}

/// Each database's configuration, by alias.
///
/// # Errors
/// When a URL cannot be read, when the two of an alias are not of one database, or when two aliases
/// reach the same.
pub(super) fn databases(
    settings: &Settings,
    sources: Sources<'_>,
) -> Result<BTreeMap<String, DatabaseConfig>, ConfigError> {
    let mut databases = BTreeMap::new();
    let mut mistakes = Vec::new();
    for (alias, settings) in &settings.databases {
        if let Some(database) = database(alias, settings, sources, &mut mistakes) {
            databases.insert(alias.clone(), database);
        }
    }
    mistakes.extend(sharing(&databases, sources));
    ConfigError::unless_none(mistakes)?;
    Ok(databases)
}

fn database(
    alias: &str,
    settings: &DatabaseSettings,
    sources: Sources<'_>,
    mistakes: &mut Vec<Mistake>,
) -> Option<DatabaseConfig> {
    let mut parse = |key: &str, text: &str| {
        let url = DatabaseUrl::parse(text, sources.file.folder());
        let mistake = |error| mistake(sources, &[&format!("databases.{alias}.{key}")], error);
        url.map_err(|error| mistakes.push(mistake(format!("`databases.{alias}.{key}` {error}"))))
            .ok()
    };
    let url = parse("url", &settings.url);
    let migrate_url = settings.migrate_url.as_ref();
    let migrate_url = migrate_url.map(|text| parse("migrate_url", text));
    let (url, migrate_url) = match (url, migrate_url) {
        (url, None) => (url?, None),
        (url, Some(migrate_url)) => (url?, Some(migrate_url?)),
    };
    let database = DatabaseConfig {
        url,
        migrate_url,
        protected: settings.protected,
    };
    mistakes.extend(misfit(alias, &database, sources));
    Some(database)
}

/// Why a database is not to be migrated by its `migrate_url`.
fn misfit(alias: &str, database: &DatabaseConfig, sources: Sources<'_>) -> Option<Mistake> {
    let migrate_url = database.migrate_url.as_ref()?;
    let [key, migrate_key] = ["url", "migrate_url"].map(|key| format!("databases.{alias}.{key}"));
    let message = if sources.is_over(&key, &migrate_key) {
        // It was written beside another `url`, and may lead to that one's database.
        let origin = sources.origin(&key).unwrap_or(Origin::Default);
        format!(
            "`{migrate_key}` belongs to a `url` that another goes over, {origin}; set both there"
        )
    } else if !database.url.may_be(migrate_url) {
        format!(
            "`{migrate_key}` reaches another database than `{key}`: {migrate_url}, not {}; it is to \
             be another way into the same",
            database.url
        )
    } else {
        return None;
    };
    Some(mistake(sources, &[&migrate_key], message))
}

/// Aliases of databases that an earlier one, by alias, reaches too.
fn sharing(databases: &BTreeMap<String, DatabaseConfig>, sources: Sources<'_>) -> Vec<Mistake> {
    let mut first = HashMap::new();
    let mut told = BTreeSet::new();
    let mut mistakes = Vec::new();
    for (alias, database) in databases {
        for (key, url) in database.urls() {
            let key = format!("databases.{alias}.{key}");
            let (other, other_key) = first
                .entry(url.identity())
                .or_insert_with(|| (alias, key.clone()));
            if *other != alias && told.insert((alias, *other)) {
                let message = format!(
                    "`{alias}` and `{other}` are the same database, {}; give each its own",
                    url.location()
                );
                mistakes.push(mistake(sources, &[&key, other_key], message));
            }
        }
    }
    mistakes
}

/// At the first of the keys that is set somewhere.
fn mistake(sources: Sources<'_>, keys: &[&str], message: String) -> Mistake {
    let origin = keys.iter().find_map(|key| sources.origin(key));
    Mistake::new(origin.unwrap_or(Origin::Default), message)
}
