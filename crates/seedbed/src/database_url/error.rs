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
         percent-encoded, `@` as `%40` and `/` as `%2F`; a port is a number up to 65535"
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
    #[error(
        "names no host; write `{}://USER:PASSWORD@HOST/NAME`, or {} for a socket",
        .0,
        socket_form(.0)
    )]
    NoHost(&'static str),
    /// An address that MySQL's driver takes for a name (sqlx 0.9 leaves the brackets on).
    #[error(
        "has an IPv6 address as its host, which mysql's driver cannot read; write a name for it"
    )]
    Ipv6,
    /// A server's URL without a database.
    #[error("names no database; write `{0}://USER:PASSWORD@HOST/NAME`")]
    NoDatabase(&'static str),
    /// A parameter that the engine's driver does not understand.
    #[error(
        "has a parameter that {engine} does not know; {}it knows {} (a `&` in a value is written `%26`)",
        .meant.map(|meant| format!("did you mean `{meant}`? ")).unwrap_or_default(),
        .known.join(", ")
    )]
    UnknownParameter {
        /// The engine's name.
        engine: &'static str,
        /// One that is written almost like it.
        meant: Option<&'static str>,
        /// What may be written.
        known: Vec<&'static str>,
    },
    /// A parameter, or another one of the same meaning, stands there twice.
    #[error("gives the parameter `{0}` twice, perhaps in two spellings; leave one out")]
    RepeatedParameter(&'static str),
    /// A parameter that has to be a number.
    #[error("gives the parameter `{0}` something else than a number")]
    NoNumber(&'static str),
    /// An encoding other than UTF-8, for which MySQL would take the texts that it is sent.
    #[error("gives the parameter `charset` something else than utf8mb4; leave it out")]
    Charset,
    /// A mode of encryption that the engine's driver does not understand.
    #[error("has an unknown mode of encryption in `{given}`; there are {}", .known.join(", "))]
    UnknownMode {
        /// The parameter, or the environment variable that stands for it.
        given: &'static str,
        /// What may be written.
        known: Vec<&'static str>,
    },
    /// A mode of encryption that does without it if the server does, to a host that is not this machine.
    #[error(
        "would go over the network in plain text if the server does not encrypt, as `{given}` says; \
         write `{parameter}={verify}`, or `{parameter}={require}` to trust any certificate, or \
         `{parameter}={disable}` to do without encryption"
    )]
    PlainText {
        /// The parameter, or the environment variable that stands for it.
        given: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The mode that encrypts.
        require: &'static str,
        /// The mode that looks at the server's certificate too.
        verify: &'static str,
        /// The mode that never encrypts.
        disable: &'static str,
    },
    /// An authority's certificate beside a mode of encryption in which nobody looks at it.
    #[error(
        "has an authority's certificate, `{authority}`, which is not looked at with this `{given}`; \
         write `{parameter}={verify}`"
    )]
    UnusedAuthority {
        /// The parameter, or the environment variable that stands for it.
        given: &'static str,
        /// The parameter.
        parameter: &'static str,
        /// The parameter of the certificate, or the environment variable that stands for it.
        authority: &'static str,
        /// The mode that looks at it.
        verify: &'static str,
    },
}

fn socket_form(engine: &str) -> &'static str {
    match engine {
        "mysql" => "`mysql://USER:PASSWORD@localhost/NAME?socket=/PATH`",
        _ => "`postgres:///NAME?host=/FOLDER&user=USER`",
    }
}
