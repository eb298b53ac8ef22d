use thiserror::Error;

/// Why a text is no database URL. The messages follow the key's name and hold nothing of the text,
/// as any part of it may be a password.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
pub enum DatabaseUrlError {
    /// The scheme is missing, or of no engine that seedbed knows.
    #[error("begins with no known engine; write `sqlite:PATH`, `postgres://…` or `mysql://…`")]
    Scheme,
    /// The engine's cargo feature was off when the program was built.
    #[error("needs an engine that this program was built without; build it with the feature `{0}`")]
    LeftOut(&'static str),
    /// No URL at all, or one that reads differently from what was meant.
    #[error(
        "is not a readable URL; write special characters in user names and passwords \
         percent-encoded, `@` as `%40` and `/` as `%2F`"
    )]
    Malformed,
    /// An SQLite database without a file of its own.
    #[error(
        "names no file; write its path, as in `sqlite:data/users.db` \
         (a database in memory would not last: each command opens the database anew)"
    )]
    NoFile,
    /// An SQLite URL with a `?`.
    #[error(
        "has parameters; leave out everything from the `?`, as seedbed itself settles how the file \
         is opened (a `?` in its name is written `%3F`)"
    )]
    FileParameters,
    /// A server's URL without a host.
    #[error("names no host; write `{0}://USER:PASSWORD@HOST/NAME`")]
    NoHost(&'static str),
    /// A server's URL without a database.
    #[error("names no database; write `{0}://USER:PASSWORD@HOST/NAME`")]
    NoDatabase(&'static str),
    /// A parameter that the engine's driver does not understand.
    #[error(
        "has a parameter that {engine} does not know; it knows {} (a `&` in a value is written `%26`)",
        .known.join(", ")
    )]
    UnknownParameter {
        /// The engine's name.
        engine: &'static str,
        /// What may be written.
        known: &'static [&'static str],
    },
}
