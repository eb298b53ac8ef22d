use std::path::{Path, PathBuf};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, percent_encode};

use super::identity::Identity;
use super::server::Server;
use super::{DatabaseUrlError, Engine};
use crate::file_id::FileId;
use crate::path;

/// What stands for itself in the path of an SQLite URL.
const PLAIN: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'/')
    .remove(b'.')
    .remove(b'-')
    .remove(b'_');

/// The database a URL reaches, without who reaches it.
#[derive(Clone)]
pub(super) enum Target {
    File(PathBuf),
    Server(Server),
}

impl Target {
    /// Reads what follows `sqlite:`; a relative path is one seen from the folder.
    pub(super) fn file(rest: &str, folder: &Path) -> Result<Self, DatabaseUrlError> {
        // SeaORM's examples end in it, and it is what happens anyway.
        let rest = rest.strip_suffix("?mode=rwc").unwrap_or(rest);
        let rest = rest.strip_prefix("//").unwrap_or(rest);
        let (written, parameters) = rest.split_once('?').unwrap_or((rest, ""));
        let text = decoded(written)?;
        let path = Path::new(without_slash_before_drive(&text));
        // SQLite takes these two for something else than a file's name.
        let special = text == ":memory:" || text.starts_with("file:");
        if special || text.ends_with('/') || path.file_name().is_none() {
            return Err(DatabaseUrlError::NoFile);
        }
        if !parameters.is_empty() {
            return Err(DatabaseUrlError::FileParameters);
        }
        Ok(Self::File(path::resolve(folder, path)))
    }

    pub(super) fn engine(&self) -> Engine {
        match self {
            Self::File(_) => Engine::Sqlite,
            Self::Server(server) => server.engine,
        }
    }

    pub(super) fn path(&self) -> Option<&Path> {
        match self {
            Self::File(path) => Some(path),
            Self::Server(_) => None,
        }
    }

    pub(super) fn location(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Server(server) => server.location(),
        }
    }

    /// A URL without a way in; for SQLite, which needs none, the driver's own.
    pub(super) fn to_url(&self) -> String {
        match self {
            Self::File(path) => {
                let path = path.as_os_str().as_encoded_bytes();
                format!("sqlite:{}", percent_encode(path, PLAIN))
            }
            Self::Server(server) => format!("{}://{}", server.engine.name(), server.location()),
        }
    }

    pub(super) fn identity(&self) -> Identity {
        match self {
            Self::File(path) => match FileId::of(path) {
                Some(file) => Identity::File(file),
                None => Identity::Path(path::canonical(path)),
            },
            Self::Server(server) => Identity::Server(server.canonical()),
        }
    }
}

/// A percent-encoded text that is to be shown.
pub(super) fn decoded(text: &str) -> Result<String, DatabaseUrlError> {
    match percent_decode_str(text).decode_utf8() {
        Ok(text) if !text.contains(char::is_control) => Ok(text.into_owned()),
        _ => Err(DatabaseUrlError::Malformed),
    }
}

/// `sqlite:///C:/data/users.db` has a slash that Windows does not want.
fn without_slash_before_drive(path: &str) -> &str {
    match path.as_bytes() {
        [b'/', drive, b':', ..] if cfg!(windows) && drive.is_ascii_alphabetic() => &path[1..],
        _ => path,
    }
}
