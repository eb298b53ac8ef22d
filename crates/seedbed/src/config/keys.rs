use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::Value;

use super::duration::Seconds;
use super::settings::Folders;
use crate::suggestion::closest;

const SETTINGS: &[&str] = &[
    "fixtures",
    "strict",
    "connect_timeout",
    "lock_timeout",
    "retry_for",
];
const DATABASE_SETTINGS: &[&str] = &["url", "migrate_url", "protected"];

/// The keys a configuration may have.
pub(super) struct Keys<'a> {
    aliases: &'a [&'a str],
}

/// What stands under a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Shape {
    Table,
    Flag,
    Text,
    Folders,
    Duration,
}

impl<'a> Keys<'a> {
    pub(super) fn new(aliases: &'a [&'a str]) -> Self {
        Self { aliases }
    }

    /// What has to stand under a key, or why there is none like it.
    pub(super) fn shape(&self, key: &[&str]) -> Result<Shape, String> {
        for (depth, name) in key.iter().enumerate() {
            let known = self.names(&key[..depth]);
            if !known.contains(name) {
                return Err(unknown(&key[..=depth], &known));
            }
        }
        Ok(match key {
            [] | ["databases"] | ["databases", _] => Shape::Table,
            ["databases", _, "url" | "migrate_url"] => Shape::Text,
            ["databases", _, "protected"] | ["strict"] => Shape::Flag,
            ["fixtures"] => Shape::Folders,
            _ => Shape::Duration,
        })
    }

    /// The keys that may stand in a table, itself given by its key.
    pub(super) fn names(&self, table: &[&str]) -> Vec<&'a str> {
        match table {
            [] => [&["databases"], SETTINGS].concat(),
            ["databases"] => self.aliases.to_vec(),
            ["databases", _] => DATABASE_SETTINGS.to_vec(),
            _ => vec![],
        }
    }

    /// All keys that have a value, not a table.
    pub(super) fn of_values(&self) -> impl Iterator<Item = Vec<&'a str>> {
        let of_database = |alias| {
            DATABASE_SETTINGS
                .iter()
                .map(move |name| vec!["databases", alias, *name])
        };
        let settings = SETTINGS.iter().map(|name| vec![*name]);
        settings.chain(self.aliases.iter().copied().flat_map(of_database))
    }
}

fn unknown(key: &[&str], known: &[&str]) -> String {
    let (name, table) = key.split_last().unwrap_or((&"", &[]));
    let within = |name: &str| [table, &[name]].concat().join(".");
    let key = key.join(".");
    match closest(name, known.iter().copied()) {
        Some(meant) => format!("unknown key `{key}`; did you mean `{}`?", within(meant)),
        None if known.is_empty() => format!("unknown key `{key}`; remove it"),
        None => {
            let known: Vec<_> = known
                .iter()
                .map(|name| format!("`{}`", within(name)))
                .collect();
            format!("unknown key `{key}`; there are {}", known.join(", "))
        }
    }
}

impl Shape {
    /// Whether a value has this shape.
    pub(super) fn fits(self, value: &Value) -> bool {
        fn is<'de, T: Deserialize<'de>>(value: &Value) -> bool {
            T::deserialize(value.clone().into_deserializer()).is_ok()
        }
        match self {
            Self::Table => value.is_inline_table(),
            Self::Flag => is::<bool>(value),
            Self::Text => is::<String>(value),
            Self::Folders => is::<Folders>(value),
            Self::Duration => is::<Seconds>(value),
        }
    }

    /// What to write, to follow "must be".
    pub(super) fn expected(self) -> &'static str {
        match self {
            Self::Table => "a table",
            Self::Flag => "`true` or `false`",
            Self::Text => "a text",
            Self::Folders => "a folder, or a list of one or more folders",
            Self::Duration => {
                "a time of at most a day: seconds, or a text such as `500ms`, `10s`, `2m`"
            }
        }
    }
}
