use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::Value;

use super::error::{Mistake, Origin};
use super::keys::{Keys, Shape};
use crate::suggestion::closest;

const PREFIX: &str = "SEEDBED_";
const PROFILE: &str = "SEEDBED_PROFILE";
/// Stands between the parts of a key: aliases have a single `_` in them.
const SEPARATOR: &str = "__";

/// What the environment says: `SEEDBED_DATABASES__USERS__URL` is the key `databases.users.url`.
pub(super) struct Environment {
    /// The profile it chooses, in lower case.
    pub(super) profile: String,
    /// By key, each of the type its key wants.
    pub(super) values: BTreeMap<String, figment::value::Value>,
}

impl Environment {
    /// Takes the variables that are ours; what is wrong with them is added to the mistakes.
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        keys: &Keys<'_>,
        mistakes: &mut Vec<Mistake>,
    ) -> Self {
        let mut environment = Self {
            profile: "default".into(),
            values: BTreeMap::new(),
        };
        let ours: BTreeMap<_, _> = variables
            .into_iter()
            .map(|(name, value)| (name.to_string_lossy().into_owned(), value))
            .filter(|(name, _)| name.starts_with(PREFIX))
            .collect();
        for (name, value) in ours {
            if let Err(message) = environment.take(&name, &value, keys) {
                mistakes.push(Mistake::new(Origin::Variable(name), message));
            }
        }
        environment
    }

    /// The variable that sets a key, where one does.
    pub(super) fn origin(&self, key: &str) -> Option<Origin> {
        self.values
            .contains_key(key)
            .then(|| Origin::Variable(variable(key)))
    }

    fn take(&mut self, name: &str, value: &OsStr, keys: &Keys<'_>) -> Result<(), String> {
        let text = value.to_str().ok_or("must be UTF-8")?;
        if name == PROFILE {
            // An empty variable chooses none, as scripts cannot easily unset one.
            if !text.trim().is_empty() {
                self.profile = text.trim().to_lowercase();
            }
            return Ok(());
        }
        let key = keys
            .of_values()
            .find(|key| variable(&key.join(".")) == name);
        let key = key.ok_or_else(|| unknown(name, keys))?;
        let shape = keys.shape(&key)?;
        // Empty is not unset here: a secret that is not set must not lead to the default database.
        let value = typed(text, shape).ok_or_else(|| format!("must be {}", shape.expected()))?;
        self.values.insert(key.join("."), value);
        Ok(())
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', SEPARATOR).to_uppercase())
}

fn unknown(name: &str, keys: &Keys<'_>) -> String {
    let variables = keys.of_values().map(|key| variable(&key.join(".")));
    let known: Vec<_> = variables.chain([PROFILE.into()]).collect();
    // Without the prefix, which is right already and would make all of them look alike.
    match closest(
        &name[PREFIX.len()..],
        known.iter().map(|known| &known[PREFIX.len()..]),
    ) {
        Some(meant) => format!("unknown variable; did you mean `{PREFIX}{meant}`?"),
        None => format!("unknown variable; there are {}", known.join(", ")),
    }
}

/// The text as TOML where that fits, as in `["base", "dev"]`, and as itself elsewhere.
fn typed(text: &str, shape: Shape) -> Option<figment::value::Value> {
    let as_toml = text.trim().parse::<Value>().ok();
    let as_text = (!text.trim().starts_with('[')).then(|| Value::from(text));
    let value = as_toml
        .into_iter()
        .chain(as_text)
        .find(|value| shape.fits(value))?;
    Deserialize::deserialize(value.into_deserializer()).ok()
}
