use std::io;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Condvar, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::net::tcp::{ReadHalf, WriteHalf};

use super::{Direction, Fault, Moment};

/// What the connections of a proxy have in common.
#[derive(Debug)]
pub(super) struct Shared {
    fault: Option<Fault>,
    struck: Mutex<bool>,
    strike: Condvar,
    to_server: AtomicU64,
    to_client: AtomicU64,
}

/// A connection's end, of which its other direction is to hear.
enum Ended {
    Struck,
    Broken(io::Error),
}

impl Shared {
    pub(super) fn new(fault: Option<Fault>) -> Self {
        Self {
            fault,
            struck: Mutex::new(false),
            strike: Condvar::new(),
            to_server: AtomicU64::new(0),
            to_client: AtomicU64::new(0),
        }
    }

    pub(super) fn passed(&self, direction: Direction) -> u64 {
        self.count(direction).load(Ordering::SeqCst)
    }

    /// Waits until the fault has struck; gives whether it has.
    pub(super) fn wait_for_strike(&self, patience: Duration) -> bool {
        let struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self
            .strike
            .wait_timeout_while(struck, patience, |struck| !*struck);
        *waited.unwrap_or_else(PoisonError::into_inner).0
    }

    /// Strikes, unless it has been done; gives whether it is done now.
    fn strike(&self) -> bool {
        let mut struck = self.struck.lock().unwrap_or_else(PoisonError::into_inner);
        self.strike.notify_all();
        !std::mem::replace(&mut *struck, true)
    }

    fn count(&self, direction: Direction) -> &AtomicU64 {
        match direction {
            Direction::ToServer => &self.to_server,
            Direction::ToClient => &self.to_client,
        }
    }

    /// How many of the bytes pass before the fault strikes; `None` if it does not.
    fn strikes(&self, direction: Direction, bytes: &[u8], asked: &AtomicBool) -> Option<usize> {
        let at = match (self.fault?.moment(), direction) {
            (Moment::After(way, count), _) if way == direction => {
                let before = self.passed(direction);
                let left = usize::try_from(count.saturating_sub(before)).ok()?;
                (left < bytes.len()).then_some(left)?
            }
            (Moment::Before(words), Direction::ToServer) if says(bytes, words) => 0,
            (Moment::BeforeReplyTo(words), Direction::ToServer) => {
                asked.fetch_or(says(bytes, words), Ordering::SeqCst);
                return None;
            }
            (Moment::BeforeReplyTo(_), Direction::ToClient) if asked.load(Ordering::SeqCst) => 0,
            _ => return None,
        };
        self.strike().then_some(at)
    }
}

/// Whether these words are there, and not as a part of others: COMMITTED is no COMMIT. Drivers write a statement
/// in one piece, and what one write has sent is read in one piece here, as it is small and the way is short.
fn says(bytes: &[u8], words: &str) -> bool {
    let goes_on = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_alphanumeric);
    let is_here = |at: usize| {
        let rest = bytes[at..].strip_prefix(words.as_bytes());
        rest.is_some_and(|rest| !goes_on(rest.first()) && !goes_on(bytes[..at].last()))
    };
    (0..bytes.len()).any(is_here)
}

/// Passes bytes both ways until both ends have said all, or the fault strikes.
pub(super) async fn join(
    mut client: TcpStream,
    mut server: TcpStream,
    shared: &Shared,
) -> io::Result<()> {
    client.set_nodelay(true)?;
    server.set_nodelay(true)?;
    let asked = AtomicBool::new(false);
    let ended = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        tokio::try_join!(
            pass(from_client, to_server, Direction::ToServer, shared, &asked),
            pass(from_server, to_client, Direction::ToClient, shared, &asked),
        )
    };
    match ended {
        Ok(_) => Ok(()),
        Err(Ended::Broken(error)) => Err(error),
        Err(Ended::Struck) if matches!(shared.fault, Some(Fault::Reset(_))) => {
            client.set_zero_linger()?;
            server.set_zero_linger()
        }
        Err(Ended::Struck) => hang_up(client, server).await,
    }
}

async fn pass(
    mut from: ReadHalf<'_>,
    mut to: WriteHalf<'_>,
    direction: Direction,
    shared: &Shared,
    asked: &AtomicBool,
) -> Result<(), Ended> {
    let mut buffer = vec![0; 64 * 1024];
    loop {
        let read = from.read(&mut buffer).await.map_err(Ended::Broken)?;
        if read == 0 {
            return to.shutdown().await.map_err(Ended::Broken);
        }
        let bytes = &buffer[..read];
        let strikes = shared.strikes(direction, bytes, asked);
        let passing = &bytes[..strikes.unwrap_or(read)];
        to.write_all(passing).await.map_err(Ended::Broken)?;
        let count = passing.len() as u64;
        shared.count(direction).fetch_add(count, Ordering::SeqCst);
        if strikes.is_some() {
            if matches!(shared.fault, Some(Fault::Stall(_))) {
                swallow(&mut from).await.map_err(Ended::Broken)?;
            }
            return Err(Ended::Struck);
        }
    }
}

/// Tells both ends that the other has closed. What they still say is taken, as closing while there is
/// something to read is a reset, which would take back what has passed.
async fn hang_up(mut client: TcpStream, mut server: TcpStream) -> io::Result<()> {
    client.shutdown().await?;
    server.shutdown().await?;
    tokio::try_join!(swallow(&mut client), swallow(&mut server))?;
    Ok(())
}

/// Lets nothing pass any more, until whoever says it is gone.
async fn swallow(from: &mut (impl AsyncRead + Unpin)) -> io::Result<()> {
    tokio::io::copy(from, &mut tokio::io::sink()).await?;
    Ok(())
}
