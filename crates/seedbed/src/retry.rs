use std::time::{Duration, Instant};

use rand::RngExt;

use crate::stop::{Reason, Stop};

/// The first pause; each later one is twice as long, up to [`LONGEST`].
const FIRST: Duration = Duration::from_millis(50);

/// No fault that passes needs more patience between two tries.
const LONGEST: Duration = Duration::from_secs(5);

/// How often a pause looks whether a signal ended it.
const STEP: Duration = Duration::from_millis(50);

/// When to try again after a fault that passes, and for how long.
pub(crate) struct Retry {
    deadline: Instant,
    pause: Duration,
}

impl Retry {
    /// Tries for so long altogether.
    pub fn new(time: Duration) -> Self {
        Self {
            deadline: Instant::now() + time,
            pause: FIRST,
        }
    }

    /// Waits before the next try, for a time with jitter, so that two runs that met do not meet again;
    /// false if there is to be none.
    pub async fn pause(&mut self, fault: &str, stop: &Stop) -> bool {
        let pause = self.pause.mul_f64(rand::rng().random_range(0.5..1.0));
        let end = Instant::now() + pause;
        if end > self.deadline {
            return false;
        }
        tracing::warn!("{fault}; trying again in {} ms", pause.as_millis());
        self.pause = LONGEST.min(self.pause * 2);
        while Instant::now() < end {
            if stop.reason() == Some(Reason::Interrupted) {
                return false;
            }
            tokio::time::sleep(STEP.min(end - Instant::now())).await;
        }
        true
    }
}
