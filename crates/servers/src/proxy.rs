mod fault;
mod link;

use std::io;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::runtime::Builder;
use tokio::sync::oneshot;
use tokio::task::JoinSet;

use crate::Error;

pub use fault::{Direction, Fault, Moment};
use link::Shared;

/// Stands between clients and a server, and strikes once: a connection suffers the fault when its
/// moment comes, and all later ones pass undisturbed.
///
/// Bytes are counted over all connections together, so that a run which has one at a time is struck
/// at the same place each time.
#[derive(Debug)]
pub struct Proxy {
    port: u16,
    shared: Arc<Shared>,
    /// Ends the thread when it is dropped.
    until: Option<oneshot::Sender<()>>,
    thread: Option<JoinHandle<()>>,
}

impl Proxy {
    /// Starts one before the server at a port of 127.0.0.1; without a fault it counts only.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn start(server: u16, fault: Option<Fault>) -> Result<Self, Error> {
        let failed = Error::system("start a proxy");
        let runtime = Builder::new_current_thread().enable_all().build();
        let runtime = runtime.map_err(&failed)?;
        let listener = runtime.block_on(TcpListener::bind(("127.0.0.1", 0)));
        let listener = listener.map_err(&failed)?;
        let port = listener.local_addr().map_err(&failed)?.port();
        let shared = Arc::new(Shared::new(fault));
        let (until, ended) = oneshot::channel();
        let serving = serve(listener, server, shared.clone(), ended);
        let thread = thread::spawn(move || runtime.block_on(serving));
        Ok(Self {
            port,
            shared,
            until: Some(until),
            thread: Some(thread),
        })
    }

    /// Its own port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// Waits until the fault's moment has come; gives whether it has.
    pub fn wait_for_strike(&self, patience: Duration) -> bool {
        self.shared.wait_for_strike(patience)
    }

    /// Whether the fault's moment has come.
    pub fn has_struck(&self) -> bool {
        self.wait_for_strike(Duration::ZERO)
    }

    /// Bytes that have passed.
    pub fn passed(&self, direction: Direction) -> u64 {
        self.shared.passed(direction)
    }
}

impl Drop for Proxy {
    fn drop(&mut self) {
        drop(self.until.take());
        if let Some(thread) = self.thread.take() {
            // A panic in it has been printed, and we may be in one ourselves.
            _ = thread.join();
        }
    }
}

/// Accepts connections until it is told to end, and then drops them all.
async fn serve(
    listener: TcpListener,
    server: u16,
    shared: Arc<Shared>,
    mut ended: oneshot::Receiver<()>,
) {
    let mut links = JoinSet::new();
    loop {
        tokio::select! {
            _ = &mut ended => return,
            accepted = listener.accept() => {
                let Ok((client, _)) = accepted else { continue };
                links.spawn(connect(client, server, shared.clone()));
            }
        }
    }
}

/// Whoever cannot be connected is hung up on, as a server that is down would do.
async fn connect(client: TcpStream, server: u16, shared: Arc<Shared>) -> io::Result<()> {
    let server = TcpStream::connect(("127.0.0.1", server)).await?;
    link::join(client, server, &shared).await
}
