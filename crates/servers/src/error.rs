use std::io;

/// What keeps a server from doing its work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no such server on this system.
    #[error("{0} is not installed")]
    NotInstalled(&'static str),
    /// A program ended with an error.
    #[error("`{program}` failed: {said}")]
    Failed {
        /// The program's name.
        program: String,
        /// What it said.
        said: String,
    },
    /// The system refused something.
    #[error("failed to {doing}: {error}")]
    System {
        /// What was being done.
        doing: &'static str,
        /// Why not.
        error: io::Error,
    },
}

impl Error {
    pub(crate) fn system(doing: &'static str) -> impl Fn(io::Error) -> Self {
        move |error| Self::System { doing, error }
    }
}
