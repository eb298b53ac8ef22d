use std::collections::BTreeMap;
use std::path::Path;

use url::Url;

use super::{DatabaseUrlError, Engine};
use crate::path;
use crate::suggestion::closest;

/// Those that name a file, which is one seen from the configuration's folder. The driver takes the text of
/// such a file as well, in place of its path.
const FILES: &[&str] = &[
    "ssl-ca",
    "ssl-cert",
    "ssl-key",
    "sslcert",
    "sslkey",
    "sslrootcert",
];
const SOCKET: &str = "socket";

/// How the text of such a file begins (RFC 7468).
const PEM: &str = "-----BEGIN";

/// What follows the `?` of a server's URL, by the usual spelling of each parameter.
pub(super) struct Parameters(BTreeMap<&'static str, String>);

impl Parameters {
    /// Takes the parameters of a URL; relative paths are seen from the folder.
    pub(super) fn read(engine: Engine, url: &Url, folder: &Path) -> Result<Self, DatabaseUrlError> {
        let mut parameters = BTreeMap::new();
        for (written, value) in url.query_pairs() {
            let spellings = engine.parameters().iter();
            let name = spellings
                .filter(|spellings| spellings.contains(&written.as_ref()))
                .map(|spellings| spellings[0])
                .next();
            let name = name.ok_or_else(|| unknown(engine, &written))?;
            let value = match value {
                path if (name == SOCKET || is_file(name, &path)) && !path.is_empty() => {
                    let path = path::resolve(folder, Path::new(path.as_ref()));
                    path.to_string_lossy().into_owned()
                }
                value => value.into_owned(),
            };
            if parameters.insert(name, value).is_some() {
                return Err(DatabaseUrlError::RepeatedParameter(name));
            }
        }
        Ok(Self(parameters))
    }

    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// A parameter that the driver reads as a number.
    pub(super) fn number<T: std::str::FromStr>(
        &self,
        name: &'static str,
    ) -> Result<Option<T>, DatabaseUrlError> {
        let number = self.get(name).map(str::parse).transpose();
        number.map_err(|_| DatabaseUrlError::NoNumber(name))
    }

    /// Those that name a file that is not there.
    pub(super) fn missing_files(&self) -> Vec<&'static str> {
        let files = self.0.iter().filter(|(name, value)| is_file(name, value));
        let missing = files.filter(|(_, path)| !Path::new(path).exists());
        missing.map(|(name, _)| *name).collect()
    }

    pub(super) fn set(&mut self, name: &'static str, value: impl Into<String>) {
        self.0.insert(name, value.into());
    }

    /// Gives the URL these parameters, and no others.
    pub(super) fn write(&self, url: &mut Url) {
        url.set_query(None);
        if !self.0.is_empty() {
            url.query_pairs_mut().extend_pairs(&self.0);
        }
    }
}

fn is_file(name: &str, value: &str) -> bool {
    FILES.contains(&name) && !value.trim_start().starts_with(PEM)
}

fn unknown(engine: Engine, written: &str) -> DatabaseUrlError {
    let spellings = engine.parameters().iter().copied();
    DatabaseUrlError::UnknownParameter {
        engine: engine.name(),
        meant: closest(written, spellings.clone().flatten().copied()),
        known: spellings.map(|spellings| spellings[0]).collect(),
    }
}
