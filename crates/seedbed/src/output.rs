//! What a command shows: problems, the summary, JSON and progress bars.
//!
//! Everything here is told what happened and turns it into text; it decides nothing. Text from outside (fixtures,
//! paths) is escaped here, on its way out, and nowhere else.

pub mod draw;
pub mod escape;
mod excerpt;
mod excerpts;
mod frame;
pub mod json;
pub mod number;
pub mod progress;
mod scan;
pub mod summary;
mod table;
mod time_bar;

use std::path::{MAIN_SEPARATOR_STR, Path};

/// A path as the output spells it, the same on every system; not escaped yet.
fn spelled(path: &Path) -> String {
    path.to_string_lossy().replace(MAIN_SEPARATOR_STR, "/")
}
