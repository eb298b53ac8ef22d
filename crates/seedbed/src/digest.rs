use std::collections::HashSet;
use std::hash::{BuildHasher, BuildHasherDefault, Hasher, RandomState};
use std::sync::LazyLock;

/// Two keyed hashes side by side make 128 bits: by the birthday bound a billion values collide
/// with a chance below 10⁻²⁰, and nobody can aim for it, as the keys are drawn anew by each process.
static KEYED: LazyLock<[RandomState; 2]> =
    LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// A set of digests.
pub(crate) type Digests = HashSet<u128, BuildHasherDefault<AsItIs>>;

/// Takes a digest, which is a keyed hash already, for its own hash.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only digests are hashed, and they are numbers")
    }

    fn write_u128(&mut self, digest: u128) {
        self.0 = digest as u64;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}

/// A 128-bit stand-in for bytes that have to be remembered; comparable within one process only.
pub(crate) fn digest(bytes: &[u8]) -> u128 {
    let [high, low] = &*KEYED;
    u128::from(high.hash_one(bytes)) << 64 | u128::from(low.hash_one(bytes))
}
