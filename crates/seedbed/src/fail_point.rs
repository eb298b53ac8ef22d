//! Places where tests make a run fail; compiled in only with the feature `fail-points`.
//!
//! `FAIL_AT=orders.commit.before#1:abort` ends the process when the run passes that place for the
//! first time; `:error` and `:transient` make it see an error there instead; `:hold` says so on
//! standard error and waits for a line on standard input, so that a test can do something meanwhile.
//! Several, divided by commas, happen in their order. `FAIL_POINTS_PASSED=FILE` lists in FILE what a
//! run passes, so that a test can visit every place there is. `BREAK=…` takes a guarantee out of the
//! engine, so that a test can show that it would be missed, or what a guarantee rests on, so that it can
//! show what takes its place. `BATCHES=3x1` makes batches of 3 rows and
//! lets 1 wait, so that few rows are many.

use sea_orm::DbErr;

#[cfg(not(feature = "fail-points"))]
pub(crate) use without::{batches, is_broken, is_transient, pass};

#[cfg(feature = "fail-points")]
pub(crate) use with::{batches, is_broken, is_transient, pass};

/// Ways to break the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Breakage {
    /// What refers to others is committed before them.
    ReversedCommits,
    /// A database is committed as soon as its own loads are through.
    NoBarrier,
    /// All values have the same digest.
    OneDigest,
    /// A COMMIT whose reply is lost counts as failed.
    NoLedgerQuestion,
    /// PostgreSQL counts as a server without advisory locks.
    #[cfg(feature = "postgres")]
    NoAdvisoryLocks,
}

#[cfg(not(feature = "fail-points"))]
mod without {
    use super::{Breakage, DbErr};

    /// Goes on.
    pub(crate) fn pass(_database: &str, _place: &str) -> Result<(), DbErr> {
        Ok(())
    }

    /// As usual.
    pub(crate) fn batches(rows: usize, ahead: usize) -> (usize, usize) {
        (rows, ahead)
    }

    /// No.
    pub(crate) fn is_transient(_error: &str) -> bool {
        false
    }

    /// No.
    pub(crate) fn is_broken(_how: Breakage) -> bool {
        false
    }
}

#[cfg(feature = "fail-points")]
mod with {
    use std::collections::HashMap;
    use std::env;
    use std::fs::OpenOptions;
    use std::io::Write;
    use std::sync::{LazyLock, Mutex};

    use super::{Breakage, DbErr};
    use crate::lock::lock;

    const TRANSIENT: &str = "transient fault on purpose";

    static PASSED: LazyLock<Mutex<HashMap<String, u32>>> = LazyLock::new(Mutex::default);

    /// Fails here if this is the place that the environment names.
    pub(crate) fn pass(database: &str, place: &str) -> Result<(), DbErr> {
        let point = numbered(format!("{database}.{place}"));
        if let Some(file) = env::var_os("FAIL_POINTS_PASSED") {
            let file = OpenOptions::new().create(true).append(true).open(file);
            let noted = file.and_then(|mut file| writeln!(file, "{point}"));
            noted.expect("the list of fail points can be written");
        }
        let wanted = env::var("FAIL_AT").unwrap_or_default();
        let wanted = wanted.split(',').filter_map(|one| one.rsplit_once(':'));
        wanted
            .filter(|(at, _)| *at == point)
            .try_for_each(|(_, how)| fail(&point, how))
    }

    fn fail(point: &str, how: &str) -> Result<(), DbErr> {
        match how {
            "abort" => std::process::abort(),
            "error" => Err(DbErr::Custom(format!("failed on purpose at {point}"))),
            "transient" => Err(DbErr::Custom(TRANSIENT.to_owned())),
            "hold" => {
                eprintln!("held at {point}");
                let released = std::io::stdin().read_line(&mut String::new());
                released.expect("standard input can be read");
                Ok(())
            }
            _ => panic!("`{how}` is no way to fail"),
        }
    }

    fn numbered(place: String) -> String {
        let mut passed = lock(&PASSED);
        let count = passed.entry(place.clone()).or_default();
        *count += 1;
        format!("{place}#{count}")
    }

    /// Rows in a batch, and batches that may wait.
    pub(crate) fn batches(rows: usize, ahead: usize) -> (usize, usize) {
        let told = env::var("BATCHES").ok();
        let told = told.as_deref().and_then(|told| told.split_once('x'));
        let number = |text: &str| text.parse().expect("`BATCHES` is two numbers");
        told.map_or((rows, ahead), |(rows, ahead)| (number(rows), number(ahead)))
    }

    /// Whether an error is one that was asked for as `:transient`.
    pub(crate) fn is_transient(error: &str) -> bool {
        error == TRANSIENT
    }

    /// Whether the environment asks for this breakage.
    pub(crate) fn is_broken(how: Breakage) -> bool {
        let asked = env::var("BREAK").unwrap_or_default();
        let asked = match asked.as_str() {
            "" => return false,
            "reversed-commits" => Breakage::ReversedCommits,
            "no-barrier" => Breakage::NoBarrier,
            "one-digest" => Breakage::OneDigest,
            "no-ledger-question" => Breakage::NoLedgerQuestion,
            #[cfg(feature = "postgres")]
            "no-advisory-locks" => Breakage::NoAdvisoryLocks,
            other => panic!("`{other}` is nothing that can be broken"),
        };
        asked == how
    }
}
