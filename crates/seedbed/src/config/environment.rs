use std::collections::BTreeMap;
use std::ffi::{OsStr, OsString};

use serde::Deserialize;
use serde::de::IntoDeserializer;
use toml_edit::Value;

use super::error::{Mistake, Origin};
use super::keys::{Keys, Shape};

const PREFIX: &str = "SEEDBED_";
const PROFILE: &str = "SEEDBED_PROFILE";
/// Stands between the parts of a key; aliases have single `_` only.
const SEPARATOR: &str = "__";

/// What the environment says: `SEEDBED_DATABASES__USERS__URL` is the key `databases.users.url`.
pub(super) struct Environment {
    /// The profile it chooses, in lower case.
    pub(super) profile: String,
    /// By key, each of the type its key wants.
    pub(super) values: BTreeMap<String, figment::value::Value>,
}

impl Environment {
    pub(super) fn read(
        variables: impl IntoIterator<Item = (OsString, OsString)>,
        keys: &Keys<'_>,
        mistakes: &mut Vec<Mistake>,
    ) -> Self {
        let mut environment = Self {
            profile: String::new(),
            values: BTreeMap::new(),
        };
        let ours =
            |(name, _): &(OsString, _)| name.as_encoded_bytes().starts_with(PREFIX.as_bytes());
        let sorted: BTreeMap<_, _> = variables.into_iter().filter(ours).collect();
        for (name, value) in sorted {
            let name = name.to_string_lossy();
            if let Err(message) = environment.take(&name, &value, keys) {
                mistakes.push(Mistake::new(Origin::Variable(name.into_owned()), message));
            }
        }
        if environment.profile.is_empty() {
            environment.profile = "default".into();
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
        let text = value.to_str().ok_or("is not UTF-8")?;
        if name == PROFILE {
            self.profile = text.trim().to_lowercase();
            return Ok(());
        }
        let key = name[PREFIX.len()..].to_lowercase().replace(SEPARATOR, ".");
        let parts: Vec<_> = key.split('.').collect();
        let shape = keys.shape(&parts)?;
        if shape == Shape::Table {
            let within: Vec<_> = keys
                .names(&parts)
                .into_iter()
                .map(|name| variable(&format!("{key}.{name}")))
                .collect();
            return Err(format!("names a table; set {}", within.join(", ")));
        }
        // An empty variable is no unset one: an unset secret must not lead to the default database.
        let value = typed(text, shape).ok_or_else(|| format!("must be {}", shape.expected()))?;
        self.values.insert(key, value);
        Ok(())
    }
}

fn variable(key: &str) -> String {
    format!("{PREFIX}{}", key.replace('.', SEPARATOR).to_uppercase())
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
