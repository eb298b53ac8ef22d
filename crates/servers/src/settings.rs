/// How a server is started.
#[derive(Clone, Copy, Debug, Default)]
pub struct Settings {
    pub(crate) durable: bool,
    pub(crate) tls: bool,
}

impl Settings {
    /// Has the server wait for the disk at every COMMIT, as it must where crashes are tested.
    pub fn durable(self) -> Self {
        Self {
            durable: true,
            ..self
        }
    }

    /// Has the server speak TLS to whoever asks, with [`Certificates`](crate::Certificates) of its own.
    pub fn tls(self) -> Self {
        Self { tls: true, ..self }
    }
}
