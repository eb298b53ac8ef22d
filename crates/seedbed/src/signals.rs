use std::io;
use std::process;
use std::sync::Mutex;
use std::thread;

use tokio::runtime::Builder;

use crate::lock::lock;
use crate::report::Exit;
use crate::stop::Stop;

/// Has Ctrl-C and SIGTERM tell the loads to stop, instead of ending the process at once. A second one
/// does end it: whatever is half-done then is completed by the next run, as after any crash.
///
/// They are heard on a thread of their own, however busy the others are.
pub(crate) fn listen(stop: &Stop) -> io::Result<()> {
    let runtime = Builder::new_current_thread().enable_io().build()?;
    let mut signals = {
        let _context = runtime.enter();
        Signals::new()?
    };
    let stop = stop.clone();
    let heard = async move {
        signals.next().await;
        stop.interrupt();
        tracing::info!("interrupted; ending the run; interrupt again to end it at once");
        signals.next().await;
        // As long as this is held, nothing begins to commit.
        let commits = lock(&COMMITS);
        if *commits {
            tracing::error!(
                "interrupted after a commit had begun; what was committed by then stays; run the command again"
            );
            process::exit(Exit::Database as i32);
        }
        process::exit(Exit::Interrupted as i32);
    };
    let thread = thread::Builder::new().name("signals".to_owned());
    thread.spawn(move || runtime.block_on(heard)).map(drop)
}

/// Whether this process has begun to commit anything.
static COMMITS: Mutex<bool> = Mutex::new(false);

/// From now on a second signal ends the process with an exit code that does not say that nothing was written.
pub(crate) fn commits() {
    *lock(&COMMITS) = true;
}

#[cfg(unix)]
struct Signals {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
}

#[cfg(unix)]
impl Signals {
    fn new() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
        }
    }
}

#[cfg(windows)]
struct Signals(tokio::signal::windows::CtrlC);

#[cfg(windows)]
impl Signals {
    fn new() -> io::Result<Self> {
        tokio::signal::windows::ctrl_c().map(Self)
    }

    async fn next(&mut self) {
        self.0.recv().await;
    }
}
