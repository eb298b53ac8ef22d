use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};

use super::duration::Seconds;
use crate::path;

/// The configuration as its sources write it. Not `Debug`: its URLs have passwords.
#[derive(Deserialize, Serialize)]
pub(super) struct Settings {
    pub(super) fixtures: Folders,
    pub(super) strict: bool,
    pub(super) databases: BTreeMap<String, DatabaseSettings>,
    pub(super) connect_timeout: Seconds,
    pub(super) lock_timeout: Seconds,
    pub(super) retry_for: Seconds,
}

#[derive(Deserialize, Serialize)]
pub(super) struct DatabaseSettings {
    pub(super) url: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) migrate_url: Option<String>,
    pub(super) protected: bool,
}

impl Settings {
    /// What holds where nothing else is said.
    pub(super) fn of_no_file(aliases: &[&str]) -> Self {
        let database = |alias: &&str| {
            let url = format!("sqlite:data/{alias}.db");
            (
                alias.to_string(),
                DatabaseSettings {
                    url,
                    migrate_url: None,
                    protected: false,
                },
            )
        };
        Self {
            fixtures: Folders::One("fixtures".into()),
            strict: false,
            databases: aliases.iter().map(database).collect(),
            connect_timeout: Seconds(Duration::from_secs(10)),
            lock_timeout: Seconds(Duration::from_secs(30)),
            retry_for: Seconds(Duration::from_secs(60)),
        }
    }
}

/// One folder, or several.
#[derive(Deserialize, Serialize)]
#[serde(untagged)]
pub(super) enum Folders {
    One(PathBuf),
    #[serde(deserialize_with = "at_least_one")]
    Several(Vec<PathBuf>),
}

impl Folders {
    /// The folders as seen from the one they are relative to.
    pub(super) fn within(&self, folder: &Path) -> Vec<PathBuf> {
        let folders = match self {
            Self::One(one) => std::slice::from_ref(one),
            Self::Several(several) => several,
        };
        folders
            .iter()
            .map(|path| path::resolve(folder, path))
            .collect()
    }
}

fn at_least_one<'de, D: serde::Deserializer<'de>>(folders: D) -> Result<Vec<PathBuf>, D::Error> {
    let folders = Vec::deserialize(folders)?;
    if folders.is_empty() {
        return Err(serde::de::Error::invalid_length(0, &"one or more folders"));
    }
    Ok(folders)
}
