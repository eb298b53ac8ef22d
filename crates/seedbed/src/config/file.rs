use std::fs;
use std::io::ErrorKind;
use std::ops::Range;
use std::path::{Path, PathBuf};

use toml_edit::{ImDocument, Item, TableLike, TomlError};

use super::error::{ConfigError, Mistake, Origin};
use super::keys::{Keys, Shape};
use crate::path;
use crate::suggestion::closest;

/// The file that is read when none is asked for.
const NAME: &str = "seedbed.toml";

/// The configuration's file, whose tables are the profiles; empty where there is none.
pub(super) struct ConfigFile {
    path: Option<PathBuf>,
    folder: PathBuf,
    document: ImDocument<String>,
}

impl ConfigFile {
    /// Reads the file asked for, or else the one in the current folder, if it is there.
    pub(super) fn read(asked: Option<&Path>) -> Result<Self, ConfigError> {
        let given = asked.unwrap_or(Path::new(NAME));
        let folder = path::folder_of(given);
        let path = given
            .file_name()
            .map_or(given.to_owned(), |name| folder.join(name));
        let (text, path) = match fs::read_to_string(&path) {
            Ok(text) => (text, Some(path)),
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(ConfigError::Unreadable {
                    path,
                    source: error,
                });
            }
            Err(_) if asked.is_some() => return Err(ConfigError::Missing(path)),
            Err(_) => (String::new(), None),
        };
        let parsed = ImDocument::parse(text.clone());
        let document = parsed.map_err(|error| {
            let span = error.span().unwrap_or_default();
            let origin = origin(path.as_deref(), &text, span);
            ConfigError::Mistakes(vec![Mistake::new(origin, what_is_broken(&error))])
        })?;
        Ok(Self {
            path,
            folder,
            document,
        })
    }

    /// The folder that its paths are relative to; empty for the current folder.
    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    pub(super) fn text(&self) -> &str {
        self.document.raw()
    }

    pub(super) fn into_path(self) -> Option<PathBuf> {
        self.path
    }

    /// Everything in it that no command could use, in profiles that are not chosen too.
    pub(super) fn mistakes(&self, keys: &Keys<'_>) -> Vec<Mistake> {
        let mut mistakes = Vec::new();
        for (name, item) in self.document.iter() {
            let mut found = |message| {
                mistakes.push(Mistake::new(
                    self.key_origin(self.document.as_table(), name),
                    message,
                ))
            };
            match item.as_table_like() {
                _ if keys.names(&[]).contains(&name) => found(outside_of_profile(name, item)),
                None => found(format!(
                    "`{name}` is no profile; a profile is a table, `[{name}]`"
                )),
                Some(_) if name != name.to_lowercase() => {
                    found(format!(
                        "profiles are written in lower case; write `[{}]`",
                        name.to_lowercase()
                    ));
                }
                Some(profile) => self.check(profile, &mut Vec::new(), keys, &mut mistakes),
            }
        }
        mistakes
    }

    /// The profile that may be meant by one of which nothing is known; it may be as good as its name.
    pub(super) fn meant_by(&self, profile: &str) -> Option<String> {
        let known = self.document.iter().map(|(name, _)| name);
        let known: Vec<&str> = known.chain(["default"]).collect();
        match known.contains(&profile) {
            true => None,
            false => closest(profile, known).map(str::to_owned),
        }
    }

    /// Where the value stands that a key has under a profile, and before it the rank of the table it is
    /// in: a lower one goes over a higher.
    pub(super) fn find(&self, profile: &str, key: &str) -> Option<(usize, Origin)> {
        // As figment does: `global` goes over every profile, and `default` under it.
        let mut tables = ["global", profile, "default"].into_iter().enumerate();
        tables.find_map(|(rank, table)| {
            let mut names = key.split('.');
            let item = names.try_fold(self.document.get(table)?, |item, name| {
                item.as_table_like()?.get(name)
            })?;
            Some((rank, self.at(item.span())))
        })
    }

    fn check<'a>(
        &self,
        table: &'a dyn TableLike,
        key: &mut Vec<&'a str>,
        keys: &Keys<'_>,
        mistakes: &mut Vec<Mistake>,
    ) {
        for (name, item) in table.iter() {
            key.push(name);
            match (keys.shape(key), item.as_table_like()) {
                (Err(unknown), _) => {
                    mistakes.push(Mistake::new(self.key_origin(table, name), unknown));
                }
                (Ok(Shape::Table), Some(inner)) => self.check(inner, key, keys, mistakes),
                (Ok(shape), _) if item.as_value().is_some_and(|value| shape.fits(value)) => {}
                (Ok(shape), _) => mistakes.push(Mistake::new(
                    self.at(item.span()),
                    format!("`{}` must be {}", key.join("."), shape.expected()),
                )),
            }
            key.pop();
        }
    }

    fn key_origin(&self, table: &dyn TableLike, name: &str) -> Origin {
        self.at(table.key(name).and_then(|key| key.span()))
    }

    fn at(&self, span: Option<Range<usize>>) -> Origin {
        origin(self.path.as_deref(), self.text(), span.unwrap_or_default())
    }
}

fn origin(path: Option<&Path>, text: &str, span: Range<usize>) -> Origin {
    let before = &text[..text.floor_char_boundary(span.start)];
    let line_start = before.rfind('\n').map_or(0, |newline| newline + 1);
    Origin::File {
        path: path.unwrap_or(Path::new(NAME)).to_owned(),
        line: before.matches('\n').count() + 1,
        column: before[line_start..].chars().count() + 1,
    }
}

/// The parser's message without what it may quote of the text.
fn what_is_broken(error: &TomlError) -> String {
    let message = error.message().replace('\n', "; ");
    if message.contains("duplicate key") {
        "a key is given twice; remove one".into()
    } else if message.contains("dotted key") {
        "a key stands below one that has a value; remove one".into()
    } else {
        format!("not TOML: {message}")
    }
}

fn outside_of_profile(name: &str, item: &Item) -> String {
    let moved = match item.as_table_like() {
        Some(_) => format!("write `[default.{name}]`"),
        None => "put it under `[default]`".into(),
    };
    format!("`{name}` stands outside of a profile; {moved}")
}
