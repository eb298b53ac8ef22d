/// Which way bytes go.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    /// From clients to the server.
    ToServer,
    /// From the server to clients.
    ToClient,
}

/// When a fault strikes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// When so many bytes have passed this way.
    After(Direction, u64),
    /// When a client says this, as whole words; the server does not hear it.
    Before(&'static str),
    /// When the server answers it; the client does not hear that.
    BeforeReplyTo(&'static str),
}

/// What happens to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// Both its ends are closed.
    Cut(Moment),
    /// Both its ends are reset; of what had passed, they may lose what they had not read.
    Reset(Moment),
    /// Nothing passes any more this way, and nobody is told before one end is gone.
    Stall(Moment),
}

impl Fault {
    /// When it strikes.
    pub fn moment(self) -> Moment {
        match self {
            Self::Cut(moment) | Self::Reset(moment) | Self::Stall(moment) => moment,
        }
    }
}
