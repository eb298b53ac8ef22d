use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, BuildHasherDefault, Hash, Hasher, RandomState};
use std::sync::LazyLock;

use crate::fail_point::{self, Breakage};

/// Two keyed hashes side by side make 128 bits, and nobody can aim for a collision, as the keys are drawn
/// anew by each process.
static KEYED: LazyLock<[RandomState; 2]> =
    LazyLock::new(|| [RandomState::new(), RandomState::new()]);

/// A 128-bit stand-in for bytes that have to be remembered; comparable within one process only.
pub(crate) fn digest(bytes: &[u8]) -> u128 {
    let [high, low] = &*KEYED;
    match fail_point::is_broken(Breakage::OneDigest) {
        true => 0,
        false => u128::from(high.hash_one(bytes)) << 64 | u128::from(low.hash_one(bytes)),
    }
}

/// Parts of a set, a power of two. Each grows alone, so that little memory is taken twice at a time.
pub(crate) const PARTS: usize = 64;

/// A set of digests, of which it keeps 96 bits: by the birthday bound, ten million values collide with a
/// chance below 10⁻¹⁵.
#[derive(Clone, Debug)]
pub(crate) struct Digests(Box<[HashSet<Kept<3>, BuildHasherDefault<AsItIs>>]>);

/// The lowest bits of a digest, `N` times 32; in parts, so that nothing that stands beside them leaves a gap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Kept<const N: usize>([u32; N]);

impl Default for Digests {
    fn default() -> Self {
        Self(vec![HashSet::default(); PARTS].into())
    }
}

impl Digests {
    /// Adds a digest; false if it was there already.
    pub fn insert(&mut self, digest: u128) -> bool {
        self.0[part(digest)].insert(Kept::of(digest))
    }

    /// Removes a digest; false if it was not there.
    pub fn remove(&mut self, digest: u128) -> bool {
        self.0[part(digest)].remove(&Kept::of(digest))
    }

    /// Whether the digest is in the set.
    pub fn contains(&self, digest: u128) -> bool {
        self.0[part(digest)].contains(&Kept::of(digest))
    }
}

/// The first row of each digest, by its ordinal. Of a digest it keeps 70 bits: where a row is rejected for it, the
/// values are compared in the end.
#[derive(Clone, Debug)]
pub(crate) struct FirstRows(Box<[HashMap<Kept<2>, u32, BuildHasherDefault<AsItIs>>]>);

impl Default for FirstRows {
    fn default() -> Self {
        Self(vec![HashMap::default(); PARTS].into())
    }
}

impl FirstRows {
    /// The bits of a digest that it keeps.
    pub fn kept(digest: u128) -> u128 {
        let part = part(digest) as u128;
        part << 64 | u128::from(digest as u64)
    }

    /// Remembers a row, unless an earlier one has the same digest. Ordinals above four billion, where the set would
    /// take 50 GB, are not told apart, and so their rows are neither found nor compared.
    pub fn insert(&mut self, digest: u128, ordinal: u64) {
        let first = self.0[part(digest)].entry(Kept::of(digest));
        first.or_insert(u32::try_from(ordinal).unwrap_or(u32::MAX));
    }

    /// The first row with the digest.
    pub fn get(&self, digest: u128) -> Option<u64> {
        let ordinal = self.0[part(digest)].get(&Kept::of(digest));
        ordinal.map(|ordinal| u64::from(*ordinal))
    }
}

/// The part of a set to which a digest belongs.
pub(crate) fn part(digest: u128) -> usize {
    (digest >> 96) as usize % PARTS
}

impl<const N: usize> Kept<N> {
    fn of(digest: u128) -> Self {
        Self(std::array::from_fn(|part| (digest >> (32 * part)) as u32))
    }
}

impl<const N: usize> Hash for Kept<N> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        state.write_u64(u64::from(self.0[1]) << 32 | u64::from(self.0[0]));
    }
}

/// Takes a digest, which is a keyed hash already, for its own hash.
#[derive(Clone, Copy, Debug, Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn write(&mut self, _: &[u8]) {
        unreachable!("only digests are hashed, and they are numbers")
    }

    fn write_u64(&mut self, digest: u64) {
        self.0 = digest;
    }

    fn finish(&self) -> u64 {
        self.0
    }
}
