use sea_orm::DbErr;

use crate::connection::Connection;
use crate::engine::Fault;
use crate::report::{Exit, Failure, Outcome};

/// Why a command could not do what it was asked for.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Error {
    pub kind: ErrorKind,
    /// The alias of the database it is about, where it is about one.
    pub database: Option<String>,
    /// What happened, what was and was not written, what to do next.
    pub message: String,
}

/// What kind of answer an error asks for; of several errors, the first kind is the one to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum ErrorKind {
    /// The person has to ask for something else: usage, configuration, a guard.
    Usage,
    /// A database could not be reached, migrated or written.
    Database,
    /// A database could not be reached.
    Unreachable,
    /// Whether a commit took place could not be found out.
    InDoubt,
    /// A database failed, but trying again may help.
    Transient,
    /// A signal ended it.
    Interrupted,
}

impl Error {
    /// Something the person has to change.
    pub fn usage(message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Usage,
            database: None,
            message: message.into(),
        }
    }

    /// A guard of one database.
    pub fn guard(alias: &str, message: impl Into<String>) -> Self {
        Self {
            database: Some(alias.to_owned()),
            ..Self::usage(message)
        }
    }

    /// A database that did not do what was asked: `failed to {doing} …`.
    pub fn database(connection: &Connection, doing: &str, error: &DbErr) -> Self {
        let fault = connection.url().engine().fault(error);
        let alias = connection.alias();
        let location = connection.url().location();
        let cause = connection.url().redact(&fault.cause);
        Self {
            kind: match fault {
                Fault {
                    transient: true, ..
                } => ErrorKind::Transient,
                Fault { .. } => ErrorKind::Database,
            },
            database: Some(alias.to_owned()),
            message: format!("failed to {doing} the database `{alias}` ({location}): {cause}"),
        }
    }

    /// A failure of one database that trying again does not mend.
    pub fn broken(alias: &str, message: impl Into<String>) -> Self {
        Self {
            kind: ErrorKind::Database,
            database: Some(alias.to_owned()),
            message: message.into(),
        }
    }

    /// Says of a failure what was and was not committed, by alias. A database in doubt is neither, nor is one
    /// of the rest whose tables were begun to be changed, where each change counts at once.
    pub fn partly(self, committed: &[&str], begun: &[&str], rest: &[&str]) -> Self {
        let doubt = self.database.as_deref();
        let doubt = doubt.filter(|_| self.kind == ErrorKind::InDoubt);
        let is_open = |alias: &&str| Some(*alias) == doubt || begun.contains(alias);
        let (open, rest): (Vec<&str>, Vec<&str>) = rest.iter().partition(|alias| is_open(alias));
        // What is partly done was not ended by a signal before the first commit.
        let (kind, message) = match self.kind {
            ErrorKind::Interrupted => (ErrorKind::Database, "interrupted"),
            kind => (kind, self.message.as_str()),
        };
        Self {
            message: partly(message, committed, &open, &rest),
            kind,
            ..self
        }
    }

    /// A signal that came before the first commit.
    pub fn interrupted() -> Self {
        Self {
            kind: ErrorKind::Interrupted,
            database: None,
            message: "interrupted; everything was rolled back, nothing was written".to_owned(),
        }
    }

    /// What to tell of a fault that may pass; `None` for an error that will not. A server that nobody has
    /// met yet is more likely to be another one than the one that is meant.
    pub fn fault(&self, is_first_try: bool) -> Option<String> {
        let passes = match self.kind {
            ErrorKind::Transient => true,
            ErrorKind::Unreachable => !is_first_try,
            _ => false,
        };
        passes.then(|| self.message.clone())
    }

    /// The same of a database that was reached before.
    pub fn later(self) -> Self {
        match self.kind {
            ErrorKind::Unreachable => Self {
                kind: ErrorKind::Transient,
                ..self
            },
            _ => self,
        }
    }

    /// The exit code that goes with it.
    pub fn exit(&self) -> Exit {
        match self.kind {
            ErrorKind::Usage => Exit::Usage,
            ErrorKind::Database
            | ErrorKind::Unreachable
            | ErrorKind::InDoubt
            | ErrorKind::Transient => Exit::Database,
            ErrorKind::Interrupted => Exit::Interrupted,
        }
    }

    /// The outcome that goes with it.
    pub fn outcome(&self) -> Outcome {
        match self.kind {
            ErrorKind::Usage => Outcome::Refused,
            ErrorKind::Database
            | ErrorKind::Unreachable
            | ErrorKind::InDoubt
            | ErrorKind::Transient => Outcome::Failed,
            ErrorKind::Interrupted => Outcome::Interrupted,
        }
    }

    /// What the report says of it: nothing for a signal, whose outcome says it all.
    pub fn failure(self) -> Option<Failure> {
        (self.kind != ErrorKind::Interrupted).then_some(Failure {
            database: self.database,
            message: self.message,
        })
    }
}

/// A message about a failure, with what was and was not committed, and what may have been, by alias.
pub(crate) fn partly(message: &str, committed: &[&str], open: &[&str], rest: &[&str]) -> String {
    let list = |aliases: &[&str]| match aliases {
        [] => "none".to_owned(),
        aliases => aliases.join(", "),
    };
    let open = match open {
        [] => String::new(),
        open => format!("; unknown: {}", open.join(", ")),
    };
    // Where nothing was begun, there is nothing to complete.
    let next = match (committed, open.is_empty()) {
        ([], true) => "",
        _ => "; run the command again to complete it",
    };
    format!(
        "{message}; committed: {}{open}; not committed: {}{next}",
        list(committed),
        list(rest),
    )
}
