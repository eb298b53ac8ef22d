use crate::stop::Stop;

/// Has Ctrl-C and SIGTERM tell the loads to stop, instead of ending the process at once.
pub(crate) fn listen(stop: &Stop) -> std::io::Result<()> {
    let told = stop.clone();
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let mut terminate = signal(SignalKind::terminate())?;
        let mut interrupt = signal(SignalKind::interrupt())?;
        tokio::spawn(async move {
            tokio::select! {
                _ = terminate.recv() => {}
                _ = interrupt.recv() => {}
            }
            told.interrupt();
        });
    }
    #[cfg(not(unix))]
    tokio::spawn(async move {
        if tokio::signal::ctrl_c().await.is_ok() {
            told.interrupt();
        }
    });
    Ok(())
}
