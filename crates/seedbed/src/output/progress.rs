use std::borrow::Cow;
use std::io::Write;

use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};

/// Name, bar, share of the bytes read, speed, stage.
const TEMPLATE: &str = "{prefix:16} {bar:24} {percent:>3}% {decimal_bytes_per_sec:>12} {msg}";

/// The progress bars of a run, one per load, on standard error.
pub struct Progress {
    bars: MultiProgress,
}

impl Progress {
    /// Draws nothing.
    pub fn hidden() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::hidden()),
        }
    }

    /// Draws bars, if standard error is a terminal.
    pub fn shown() -> Self {
        Self {
            bars: MultiProgress::with_draw_target(ProgressDrawTarget::stderr()),
        }
    }

    /// A bar for the load of `dataset`, whose fixtures have `bytes` bytes altogether.
    pub fn load(&self, dataset: &str, bytes: u64) -> LoadProgress {
        let style = ProgressStyle::with_template(TEMPLATE)
            .expect("the template is a constant, and tested")
            .progress_chars("━╸ ");
        let bar = ProgressBar::with_draw_target(Some(bytes), ProgressDrawTarget::hidden())
            .with_style(style)
            .with_prefix(dataset.to_owned());
        LoadProgress {
            bar: self.bars.add(bar),
        }
    }

    /// Prints a line on standard error, above the bars while there are any. The line may carry styles, so text from
    /// outside must have been escaped.
    pub fn println(&self, line: &str) {
        // Whoever closed standard error does not want the line.
        self.bars
            .suspend(|| _ = writeln!(anstream::stderr(), "{line}"));
    }

    /// Takes the bars off the terminal.
    pub fn clear(&self) {
        // A terminal that is gone needs no clearing.
        _ = self.bars.clear();
        // A load that still moves its bar would draw it again.
        self.bars.set_draw_target(ProgressDrawTarget::hidden());
    }
}

/// The bar of one load. Clones share it, and every thread may move it.
#[derive(Clone)]
pub struct LoadProgress {
    bar: ProgressBar,
}

impl LoadProgress {
    /// What the load is doing now: "reading", "waiting for users".
    pub fn stage(&self, stage: impl Into<Cow<'static, str>>) {
        self.bar.set_message(stage);
    }

    /// So many more bytes of the fixtures were read.
    pub fn advance(&self, bytes: u64) {
        self.bar.inc(bytes);
    }

    /// The load is through; its bar stays, full, until all are cleared.
    pub fn finish(&self) {
        self.bar.finish();
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    #[test]
    fn threads_move_one_bar() {
        let progress = Progress::hidden();
        let load = progress.load("users", 3000);
        load.stage("reading");
        thread::scope(|scope| {
            for _ in 0..3 {
                scope.spawn(|| (0..1000).for_each(|_| load.advance(1)));
            }
        });
        load.stage(format!("waiting for {}", "users"));
        assert_eq!(load.bar.position(), 3000);
        assert_eq!(load.bar.message(), "waiting for users");
        progress.clear();
        load.finish();
        progress.println("still there");
    }
}
