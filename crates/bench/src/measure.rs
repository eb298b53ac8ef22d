use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

/// What was measured, in the order of the rounds.
#[derive(Clone, Debug)]
pub struct Samples(Vec<f64>);

impl Samples {
    /// Samples that were taken elsewhere.
    pub fn new(samples: Vec<f64>) -> Self {
        Self(samples)
    }

    /// The middle one; of an even number, the mean of the two in the middle.
    pub fn median(&self) -> f64 {
        let sorted = self.sorted();
        let middle = sorted.len() / 2;
        if sorted.len() % 2 == 1 {
            sorted[middle]
        } else {
            (sorted[middle - 1] + sorted[middle]) / 2.0
        }
    }

    /// The least and the greatest.
    pub fn range(&self) -> (f64, f64) {
        let sorted = self.sorted();
        (sorted[0], sorted[sorted.len() - 1])
    }

    /// Each round by itself: what slowed the machine down slowed down both.
    pub fn relative_to(&self, other: &Self) -> Self {
        Self(self.0.iter().zip(&other.0).map(|(a, b)| a / b).collect())
    }

    /// Each sample times a factor.
    pub fn times(&self, factor: f64) -> Self {
        Self(self.0.iter().map(|sample| sample * factor).collect())
    }

    /// Each sample's share of one row.
    pub fn per(&self, rows: i64) -> Self {
        self.times(1.0 / rows as f64)
    }

    /// So many divided by each sample.
    pub fn rate_of(&self, many: f64) -> Self {
        Self(self.0.iter().map(|sample| many / sample).collect())
    }

    fn sorted(&self) -> Vec<f64> {
        let mut sorted = self.0.clone();
        sorted.sort_by(f64::total_cmp);
        sorted
    }
}

/// Something that is measured: its name, and what makes one sample.
pub type Contestant<'a> = (&'a str, Box<dyn FnMut() -> Result<f64> + 'a>);

/// Names something to be measured.
pub fn contestant<'a>(name: &'a str, sample: impl FnMut() -> Result<f64> + 'a) -> Contestant<'a> {
    (name, Box::new(sample))
}

/// Lets all contestants take turns, `rounds` times.
///
/// # Errors
/// When a contestant fails.
pub fn alternate<const N: usize>(
    rounds: usize,
    mut contestants: [Contestant<'_>; N],
) -> Result<[Samples; N]> {
    let mut samples = [const { Samples(Vec::new()) }; N];
    for round in 1..=rounds {
        for ((name, sample), samples) in contestants.iter_mut().zip(&mut samples) {
            let value = sample().with_context(|| format!("{name} failed"))?;
            eprintln!("round {round}: {name}: {value:.4}");
            samples.0.push(value);
        }
    }
    Ok(samples)
}

/// Runs a command; the time from its start to its end.
///
/// # Errors
/// When it ends with another exit code than one of these.
pub fn timed(command: &mut Command, codes: &[i32]) -> Result<Duration> {
    let start = Instant::now();
    let output = output(command)?;
    let took = start.elapsed();
    let code = output.status.code();
    ensure!(
        code.is_some_and(|code| codes.contains(&code)),
        failure(command, &output)
    );
    Ok(took)
}

/// Runs a command; what it prints.
///
/// # Errors
/// When it does not end in success.
pub fn finish(command: &mut Command) -> Result<String> {
    let output = output(command)?;
    ensure!(output.status.success(), failure(command, &output));
    Ok(String::from_utf8(output.stdout)?)
}

/// The version in what a program says of itself, or nothing.
pub fn version(said: &str) -> String {
    let mut words = said.split([' ', '-', '\n']);
    let version = words.find(|word| word.starts_with(|first: char| first.is_ascii_digit()));
    version.unwrap_or_default().to_owned()
}

/// Runs three commands at once; the time from the first one's start to the last one's end.
///
/// # Errors
/// When one does not end in success.
pub fn timed_together(mut commands: [Command; 3]) -> Result<Duration> {
    let start = Instant::now();
    let children = commands
        .each_mut()
        .map(|command| command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn());
    // All are waited for, whatever becomes of the first.
    let outputs = children.map(|child| child?.wait_with_output());
    let took = start.elapsed();
    for (command, output) in commands.iter().zip(outputs) {
        let output = output?;
        ensure!(output.status.success(), failure(command, &output));
    }
    Ok(took)
}

fn output(command: &mut Command) -> Result<Output> {
    let program = command.get_program().to_owned();
    command
        .output()
        .with_context(|| format!("failed to start {}", program.display()))
}

fn failure(command: &Command, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    let program = command.get_program().display();
    format!("{program} ended with {}: {}", output.status, said.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(Samples::new(vec![9.0, 1.0, 2.0]).median(), 2.0);
        assert_eq!(Samples::new(vec![9.0, 1.0, 2.0, 4.0]).median(), 3.0);
    }

    #[test]
    fn a_ratio_is_that_of_a_turn() {
        // The machine was ten times slower in the second.
        let (a, b) = (Samples::new(vec![2.0, 20.0]), Samples::new(vec![1.0, 10.0]));
        assert_eq!(a.relative_to(&b).range(), (2.0, 2.0));
    }

    #[test]
    fn all_take_turns() {
        let count = std::cell::Cell::new(0.0);
        let next = || {
            count.set(count.get() + 1.0);
            Ok(count.get())
        };
        let [a, b] = alternate(2, [contestant("a", next), contestant("b", next)]).unwrap();
        assert_eq!((a.range(), b.range()), ((1.0, 3.0), (2.0, 4.0)));
    }

    #[test]
    fn a_version_is_found_in_what_programs_say() {
        for (said, expected) in [
            ("3.40.1 2022-12-28 14:03:47", "3.40.1"),
            ("PostgreSQL 15.18 (Debian 15.18-0+deb12u1)", "15.18"),
            ("10.11.19-MariaDB-0+deb12u1", "10.11.19"),
        ] {
            assert_eq!(version(said), expected);
        }
    }

    #[test]
    fn what_fails_is_no_sample() {
        let failed = timed(
            Command::new("sh").args(["-c", "echo why >&2; exit 3"]),
            &[0, 1],
        );
        assert_eq!(
            failed.unwrap_err().to_string(),
            "sh ended with exit status: 3: why"
        );
    }
}
