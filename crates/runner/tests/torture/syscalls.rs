//! What becomes of a run whose disk fails, or which is killed, at each of the system calls by which
//! SQLite writes. `strace` makes them fail.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::process::ExitStatusExt;
use std::process::Output;

use crate::report::Report;
use crate::sandbox::{ALIASES, Sandbox};
use crate::tables::{Tables, integrity};

/// The calls that change files, and that make changes last.
const CALLS: [&str; 5] = ["pwrite64", "fsync", "fdatasync", "ftruncate", "unlink"];

/// What is done to them. The last is for want of space.
const WAYS: [&str; 3] = ["signal=KILL", "error=EIO", "error=ENOSPC"];

#[test]
#[ignore = "takes minutes and needs strace: just torture-syscalls"]
fn a_disk_that_fails_at_any_call_leaves_old_or_new() {
    let mut tally = BTreeMap::<String, u64>::new();
    for over_older in [false, true] {
        let sweep = Sweep::new(over_older);
        for alias in ALIASES {
            for call in CALLS {
                for number in 1..=sweep.count(alias, call) {
                    for way in WAYS {
                        let ended = sweep.fail(alias, call, number, way);
                        *tally.entry(format!("{call} {way}: {ended}")).or_default() += 1;
                    }
                }
            }
        }
    }
    let runs: u64 = tally.values().sum();
    println!("{tally:#?}\n{runs} runs");
    assert!(runs > 0);
    let struck = tally.keys().filter(|ended| !ended.ends_with("done"));
    assert!(struck.count() > 0, "no call failed");
}

/// A small run, of which one call after the other fails.
struct Sweep {
    sandbox: Sandbox,
    before: Tables,
    after: Tables,
}

impl Sweep {
    /// A run that makes the databases, or one that changes all rows of older ones.
    fn new(over_older: bool) -> Self {
        let sandbox = Sandbox::new();
        if over_older {
            write_fixtures(&sandbox, 1);
            sandbox.succeeds(&["up"]);
        }
        sandbox.keep_databases("before");
        let before = Tables::of(&sandbox);
        write_fixtures(&sandbox, 2);
        sandbox.succeeds(&["up"]);
        let after = Tables::of(&sandbox);
        assert!(after.users.len() == 12 && after.orders.len() == 20 && after != before);
        Self {
            sandbox,
            before,
            after,
        }
    }

    /// How often at most one thread makes the call on the files of a database: `strace` counts by thread.
    fn count(&self, alias: &str, call: &str) -> usize {
        self.sandbox.restore_databases("before");
        let ran = self.trace(
            alias,
            &[
                "-o".to_owned(),
                "calls".to_owned(),
                format!("--trace={call}"),
            ],
        );
        assert!(ran.status.success(), "{ran:?}");
        let calls =
            fs::read_to_string(self.sandbox.path().join("calls")).expect("calls were noted");
        let mut by_thread = BTreeMap::<&str, usize>::new();
        for (thread, what) in calls.lines().filter_map(|line| line.split_once(' ')) {
            if what.trim_start().starts_with(call) {
                *by_thread.entry(thread).or_default() += 1;
            }
        }
        by_thread.into_values().max().unwrap_or(0)
    }

    /// Makes one call fail, looks at what that leaves, and completes it.
    fn fail(&self, alias: &str, call: &str, number: usize, way: &str) -> String {
        let case = format!("{alias}: {call} {number} {way}");
        self.sandbox.restore_databases("before");
        let inject = format!("--inject={call}:{way}:when={number}");
        let trace = [
            "-o".to_owned(),
            "/dev/null".to_owned(),
            format!("--trace={call}"),
            inject,
        ];
        let ran = self.trace(alias, &trace);
        assert_eq!(integrity(&self.sandbox), [""; 0], "{case}");
        let left = Tables::of(&self.sandbox);
        assert_eq!(left.dangling().len(), 0, "{case}: {ran:?}");
        let is_new = |alias: &str| left.same(alias, &self.after);
        for alias in ALIASES {
            let is_old = left.same(alias, &self.before);
            assert!(
                is_new(alias) || is_old,
                "{case}: `{alias}` is neither old nor new: {ran:?}"
            );
            assert!(
                is_new(alias) || !is_new("orders"),
                "{case}: orders come last: {ran:?}"
            );
        }
        let ended = match (ran.status.code(), ran.status.signal()) {
            (Some(0), _) => {
                assert!(
                    left == self.after,
                    "{case}: a run that succeeds is complete: {ran:?}"
                );
                "done".to_owned()
            }
            (Some(code), _) => {
                for (alias, committed) in &Report::of(&ran).committed {
                    assert_eq!(*committed, is_new(alias), "{case}: `{alias}`: {ran:?}");
                }
                format!("exit code {code}")
            }
            (None, Some(signal)) => format!("signal {signal}"),
            (None, None) => unreachable!("it ended"),
        };
        self.sandbox.succeeds(&["up"]);
        assert!(Tables::of(&self.sandbox) == self.after, "{case}: completed");
        ended
    }

    fn trace(&self, alias: &str, more: &[String]) -> Output {
        let mut strace = vec!["--follow-forks".to_owned(), "--quiet=all".to_owned()];
        let file = self.sandbox.database(alias);
        for end in ["", "-wal", "-shm", "-journal"] {
            strace.push(format!("--trace-path={}{end}", file.display()));
        }
        strace.extend_from_slice(more);
        let ran = self
            .sandbox
            .traced(&strace, &["up", "--format", "json"])
            .output();
        ran.expect("strace is installed")
    }
}

/// Twelve users whose e-mails move on by one with each version, five products and twenty orders.
fn write_fixtures(sandbox: &Sandbox, version: u32) {
    let rows = |count: u32, row: &dyn Fn(u32) -> String| (1..=count).map(row).collect::<String>();
    let user = |id| {
        let address = (id + version) % 12;
        format!("- id: {id}\n  name: user {version}\n  email: user.{address}@example.com\n")
    };
    let product = |id| format!("- id: {id}\n  name: product {version}\n  price: {id}\n");
    let order = |id| {
        let (user, product) = (id % 12 + 1, id % 5 + 1);
        format!("- id: {id}\n  user_id: {user}\n  product_id: {product}\n  quantity: {version}\n")
    };
    sandbox.fixture("users.yaml", &rows(12, &user));
    sandbox.fixture("products.yaml", &rows(5, &product));
    sandbox.fixture("orders.yaml", &rows(20, &order));
}
