use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

/// Two keyed hashes side by side make 128 bits: by the birthday bound a billion values collide
/// with a chance below 10⁻²⁰, and nobody can aim for it, as the keys are drawn anew by each process.
static KEYED: LazyLock<[RandomState; 2]> =
    LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// A 128-bit stand-in for bytes that have to be remembered; comparable within one process only.
pub(crate) fn digest(bytes: &[u8]) -> u128 {
    let [high, low] = &*KEYED;
    u128::from(high.hash_one(bytes)) << 64 | u128::from(low.hash_one(bytes))
}
