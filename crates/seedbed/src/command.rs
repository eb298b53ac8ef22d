//! The commands, one file each.

pub(crate) mod check;
pub(crate) mod migrate;
pub(crate) mod seed;
pub(crate) mod status;
pub(crate) mod up;
