use std::net::TcpListener;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::Error;

/// Below those that systems give to whoever connects somewhere, so that a server finds its port free
/// again after a crash.
const RANGE: std::ops::Range<u32> = 20_000..30_000;

/// Ports tried in this process.
static TRIED: AtomicU32 = AtomicU32::new(0);

/// A port of 127.0.0.1 on which nobody listens.
pub(crate) fn free() -> Result<u16, Error> {
    let span = RANGE.end - RANGE.start;
    // Processes that run at the same time begin far from each other.
    let start = std::process::id().wrapping_mul(97);
    let mut last = None;
    for _ in 0..span {
        let tried = TRIED.fetch_add(1, Ordering::Relaxed);
        let port = (RANGE.start + start.wrapping_add(tried) % span) as u16;
        match TcpListener::bind(("127.0.0.1", port)) {
            Ok(_) => return Ok(port),
            Err(error) => last = Some(error),
        }
    }
    let error = last.expect("some port was tried");
    Err(Error::system("find a free port")(error))
}
