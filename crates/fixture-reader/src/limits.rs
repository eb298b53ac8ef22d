//! What a fixture may not overstep, so that hostile text ends in an error before memory or time do.

/// Bytes of one scalar: a megabyte in one field of a table is a mistake, not a row.
pub(crate) const SCALAR: usize = 1 << 20;

/// Why a scalar was not read to its end.
pub(crate) const SCALAR_MESSAGE: &str = "a value of more than 1 MiB";

/// Characters, comments aside, without an event of the parser: more than a scalar of 1 MiB takes when all of it is
/// written in escapes of six characters.
pub(crate) const STRETCH: usize = 8 * SCALAR;

/// Why nothing more was read.
pub(crate) const STRETCH_MESSAGE: &str =
    "a value of more than 1 MiB, or more than 8 MiB of blank lines";

/// Lines whose ends are remembered for scalars of several lines.
pub(crate) const LINE_ENDS: usize = 1 << 16;

/// Flow and block collections inside each other, each counted alone; a row of scalars needs two.
pub(crate) const DEPTH: usize = 64;

/// Why collections were not read to their ends.
pub(crate) const DEPTH_MESSAGE: &str = "lists and mappings more than 64 deep";

/// Fields of a row: far more columns than people write by hand.
pub(crate) const FIELDS: usize = 512;

/// Fields that one mapping may look at to merge others into itself.
pub(crate) const MERGED_FIELDS: usize = 2 * FIELDS;

/// Bytes of a row, its aliases written out, where each node counts as `NODE` bytes and its text.
pub(crate) const ROW: usize = 16 << 20;

/// What a node of a row costs beside its text.
pub(crate) const NODE: usize = 128;

/// Bytes of all rows of a document that hold anchors, counted as for `ROW`: they are kept until it ends.
pub(crate) const ANCHORED: usize = 24 << 20;

/// Bytes of text that the aliases of a document may repeat: a hundred bytes in each of ten million rows.
pub(crate) const REPEATED: usize = 1 << 30;

/// Bytes of a row, and of the comments after it, up to which the fast lane keeps it; far enough below `ROW` that the
/// full lane finds no fault with its size.
pub(crate) const FAST_ROW: usize = ROW / 4;

/// Bytes of a name that the fast lane takes; YAML allows 1024 characters.
pub(crate) const FAST_NAME: usize = 256;
