use super::environment::Environment;
use super::error::Origin;
use super::file::ConfigFile;

/// What may be configured outside of the program.
#[derive(Clone, Copy)]
pub(super) struct Sources<'a> {
    pub(super) file: &'a ConfigFile,
    pub(super) environment: &'a Environment,
}

impl Sources<'_> {
    /// Where the value of a key comes from; `None` where it is built in.
    pub(super) fn origin(&self, key: &str) -> Option<Origin> {
        self.environment.origin(key).or_else(|| {
            let (_, origin) = self.file.find(&self.environment.profile, key)?;
            Some(origin)
        })
    }

    /// Whether a key is set by a source, or a table of the file, that goes over the other's.
    pub(super) fn is_over(&self, key: &str, other: &str) -> bool {
        self.rank(key) < self.rank(other)
    }

    /// The lower, the more goes below it.
    fn rank(&self, key: &str) -> (bool, usize) {
        let of_file = |key| self.file.find(&self.environment.profile, key);
        match self.environment.origin(key) {
            Some(_) => (false, 0),
            None => (true, of_file(key).map_or(usize::MAX, |(table, _)| table)),
        }
    }
}
