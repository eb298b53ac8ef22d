use crate::digest::{PARTS, part};
use crate::key::Key;

/// The rows that hold values of a unique field, by the values' digests. Several may hold one, if another
/// program wrote them and the database tells values apart that the rule does not.
#[derive(Clone, Debug, Default)]
pub(crate) struct Holders {
    /// Nearly all keys are numbers, and take a third of the room.
    numbers: Sorted<i64>,
    others: Sorted<Key>,
}

impl Holders {
    /// The digest of each value, and who holds it.
    #[cfg(test)]
    pub fn new(held: impl IntoIterator<Item = (u128, Key)>) -> Self {
        let mut holders = Self::default();
        for (digest, key) in held {
            holders.add(digest, key);
        }
        holders.sort();
        holders
    }

    /// Adds one. They are found once they are [sorted](Self::sort).
    pub fn add(&mut self, digest: u128, key: Key) {
        match key {
            Key::Integer(n) if i64::try_from(n).is_ok() => self.numbers.add(digest, n as i64),
            other => self.others.add(digest, other),
        }
    }

    /// Readies them to be found.
    pub fn sort(&mut self) {
        self.numbers.sort();
        self.others.sort();
    }

    /// The keys of the rows that hold a value.
    pub fn of(&self, digest: u128) -> impl Iterator<Item = Key> {
        let numbers = self.numbers.of(digest);
        let numbers = numbers.map(|n| Key::Integer((*n).into()));
        numbers.chain(self.others.of(digest).cloned())
    }
}

/// Keys by as many bits of digests as [`FirstRows`](crate::digest::FirstRows) keeps.
#[derive(Clone, Debug)]
struct Sorted<K>(Vec<Part<K>>);

#[derive(Clone, Debug)]
struct Part<K> {
    /// Sorted by the digests' lower half.
    held: Vec<(u64, K)>,
    /// Where each bucket begins, and the last one ends. Digests are spread evenly, so a bucket, which is
    /// told by their highest bits, has a few.
    buckets: Vec<u32>,
}

/// Rows of a bucket, on average.
const BUCKET: usize = 8;

impl<K> Default for Sorted<K> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<K: Ord> Sorted<K> {
    fn add(&mut self, digest: u128, key: K) {
        if self.0.is_empty() {
            let empty = || Part {
                held: Vec::new(),
                buckets: Vec::new(),
            };
            self.0.resize_with(PARTS, empty);
        }
        self.0[part(digest)].held.push((digest as u64, key));
    }

    fn sort(&mut self) {
        for part in &mut self.0 {
            part.held.sort_unstable();
            part.buckets = vec![0; part.held.len() / BUCKET + 2];
            for index in 0..part.held.len() {
                let bucket = part.bucket(part.held[index].0);
                part.buckets[bucket + 1] = index as u32 + 1;
            }
            let mut begin = 0;
            for bucket in &mut part.buckets {
                begin = begin.max(*bucket);
                *bucket = begin;
            }
        }
    }

    fn of(&self, digest: u128) -> impl Iterator<Item = &K> {
        let low = digest as u64;
        let part = self.0.get(part(digest));
        let bucket = part.map_or(&[][..], |part| part.bucket_of(low));
        let same = bucket.iter().filter(move |(other, _)| *other == low);
        same.map(|(_, key)| key)
    }
}

impl<K> Part<K> {
    fn bucket(&self, digest: u64) -> usize {
        let count = self.buckets.len() as u128 - 1;
        ((u128::from(digest) * count) >> 64) as usize
    }

    fn bucket_of(&self, digest: u64) -> &[(u64, K)] {
        let bucket = self.bucket(digest);
        &self.held[self.buckets[bucket] as usize..self.buckets[bucket + 1] as usize]
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::digest::FirstRows;

    proptest! {
        #[test]
        fn holders_are_found_by_what_they_hold(
            digests in prop::collection::vec(
                prop_oneof![any::<u128>(), 0..4u128, (u64::MAX as u128 - 3)..=u64::MAX as u128, (0..900u128).prop_map(|it| it << 55)],
                0..900,
            ),
            other: u128,
        ) {
            let key = |index: usize| match index % 7 {
                0 => Key::Text(format!("{index:03}")),
                1 => Key::Integer(i128::from(u64::MAX) - 1_000 + index as i128),
                _ => Key::Integer(index as i128),
            };
            let held = digests.iter().enumerate().map(|(index, digest)| (*digest, key(index)));
            let holders = Holders::new(held);
            for digest in digests.iter().chain([&other]) {
                let mut expected: Vec<_> = (0..digests.len()).filter(|&index| FirstRows::kept(digests[index]) == FirstRows::kept(*digest)).map(key).collect();
                expected.sort();
                let mut found: Vec<_> = holders.of(*digest).collect();
                found.sort();
                prop_assert_eq!(found, expected);
            }
        }
    }
}
