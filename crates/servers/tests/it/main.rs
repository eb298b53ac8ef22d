//! Starts servers, ends them in every way, and lets connections through a proxy break.

#[cfg(unix)]
mod ending;
mod proxying;
