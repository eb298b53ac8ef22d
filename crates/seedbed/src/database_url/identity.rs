use std::path::PathBuf;

use super::server::Server;
use crate::file_id::FileId;

/// What makes two URLs the same database; see [`DatabaseUrl::identity`](super::DatabaseUrl::identity).
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct DatabaseIdentity(pub(super) Identity);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Identity {
    /// A file that is there, whichever of its links leads to it.
    File(FileId),
    /// A file that is to be made.
    Path(PathBuf),
    /// Canonical.
    Server(Server),
}
