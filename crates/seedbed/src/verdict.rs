use std::collections::HashMap;

use roaring::RoaringTreemap;
use sea_orm::Value;

use crate::key::{Key, KeySet};
use crate::problem::Place;
use crate::problems::Problems;

/// What judging found out about a dataset's rows, without keeping the rows themselves.
#[derive(Debug, Default)]
pub(crate) struct Verdict {
    /// Rows read from the chosen fixtures.
    pub read: u64,
    /// Rejected ones among them.
    pub rejected: u64,
    /// The ordinals of all rejected rows, counted from 0 over all fixtures of the dataset.
    pub rejected_rows: RoaringTreemap,
    /// The keys of accepted rows.
    pub keys: KeySet,
    /// The keys of rejected rows, where they could be read.
    pub rejected_keys: KeySet,
    /// Where the first of them are, each by the first row that was rejected with its key.
    pub rejected_places: HashMap<Key, Place>,
    /// The ordinals of rows that were not sent on as they were judged, where rows are sent on at all.
    pub late_rows: RoaringTreemap,
    /// Accepted rows take over unique values that stored rows hold.
    pub has_takers: bool,
    /// Rows that hold a unique value which an accepted row takes over, and lose it in this run: for
    /// each unique field, who they are. Only those whose own row was not sent on either.
    pub giving_up: Vec<Vec<Holder>>,
    /// Rows that were rejected because a unique value of theirs was taken for that of another row.
    pub repeating_rows: RoaringTreemap,
    /// The other rows, of this run.
    pub first_rows: RoaringTreemap,
    /// The other rows that are stored and keep the value, each with the unique field.
    pub keepers: Vec<(usize, Key)>,
    /// What was wrong.
    pub problems: Problems,
    /// Places that explain kept problems, still to be found.
    pub sought: Vec<Sought>,
    /// A fixture was no YAML sequence of mappings; the rows behind the mistake are not known.
    pub unreadable: bool,
    /// BLAKE3 of the fixtures' bytes, one after another.
    pub digest: [u8; 32],
}

/// A stored row that gives a unique value up.
#[derive(Clone, Debug)]
pub(crate) struct Holder {
    pub key: Key,
    /// What it has in its place until it is written: a value that no row has in the run or in the database.
    /// `None` is NULL.
    pub stand_in: Option<Value>,
}

/// A place that explains a problem.
#[derive(Debug)]
pub(crate) struct Sought {
    /// The index of the problem among those kept.
    pub problem: usize,
    /// The dataset to look in.
    pub dataset: String,
    /// The row to look for.
    pub row: SoughtRow,
}

/// What the row is to a problem whose row repeats a value or a key of it.
pub(crate) const FIRST_USE: &str = "first used here";

/// A row to be found again in the fixtures.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum SoughtRow {
    /// A row given by its ordinal, to be shown at a field.
    At {
        ordinal: u64,
        field: &'static str,
        /// What it is to the problem.
        message: &'static str,
    },
    /// The accepted row with this key.
    Accepted(Key),
    /// The first rejected row with this key.
    Rejected(Key),
}
