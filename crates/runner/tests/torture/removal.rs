use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, ChildStderr, Stdio};

use crate::sandbox::Sandbox;
use crate::tables::Tables;
use crate::version::Version;

/// Rows that a run is about to commit cannot be seen yet, and still must find what they refer to.
#[test]
fn what_a_run_under_way_refers_to_is_not_removed() {
    for removal in ["down", "fresh"] {
        let sandbox = all_but_orders();
        let mut seed = Program::start(&sandbox, &SEED, "orders.commit.before#1");
        assert_eq!(seed.pauses(), "held at orders.commit.before#1");
        let removal = ["migrate", removal, "--yes", "--database", "users"];
        let mut removal = Program::start(&sandbox, &removal, "");
        let paused = removal.pauses();
        seed.go_on();
        assert_eq!((removal.end(), seed.end()), (Some(2), Some(0)), "{paused}");
        assert!(Tables::of(&sandbox) == Version(1).tables());
    }
}

/// Who looked whether anybody refers to the users keeps others from doing so until they are gone.
#[test]
fn nobody_comes_to_refer_to_what_is_about_to_be_removed() {
    for removal in ["down", "fresh"] {
        let sandbox = all_but_orders();
        let removal = ["migrate", removal, "--yes", "--database", "users"];
        let mut removal = Program::start(&sandbox, &removal, "users.commit.before#1");
        assert_eq!(removal.pauses(), "held at users.commit.before#1");
        let mut seed = Program::start(&sandbox, &SEED, "orders.commit.before#1");
        let paused = seed.pauses();
        removal.go_on();
        assert_eq!(removal.end(), Some(0), "{paused}");
        seed.go_on();
        seed.end();
        assert_eq!(Tables::of(&sandbox).dangling().len(), 0, "{paused}");
    }
}

/// Who removes everything begins with the orders. A run that loads orders alone does not come in between,
/// and then finds nothing to refer to.
#[test]
fn no_run_comes_between_the_commits_of_a_removal() {
    let sandbox = all_but_orders();
    let removal = ["migrate", "fresh", "--yes"];
    let mut removal = Program::start(&sandbox, &removal, "orders.commit.after#1");
    assert_eq!(removal.pauses(), "held at orders.commit.after#1");
    let mut seed = Program::start(&sandbox, &SEED, "orders.commit.before#1");
    let paused = seed.pauses();
    removal.go_on();
    assert_eq!(removal.end(), Some(0), "{paused}");
    seed.go_on();
    assert_eq!(seed.end(), Some(0), "{paused}");
    assert_eq!(Tables::of(&sandbox).dangling().len(), 0, "{paused}");
}

/// A run that loads nothing but orders.
const SEED: [&str; 3] = ["seed", "--database", "orders"];

/// Users and products of version 1, and no orders yet.
fn all_but_orders() -> Sandbox {
    let sandbox = Sandbox::new();
    Version(1).write_fixtures(&sandbox);
    assert!(sandbox.run(&["migrate"]).status.success());
    sandbox.succeeds(&["seed", "--database", "users", "--database", "products"]);
    sandbox
}

/// A program that may be held at a fail point.
struct Program {
    child: Child,
    told: BufReader<ChildStderr>,
}

impl Program {
    fn start(sandbox: &Sandbox, arguments: &[&str], hold_at: &str) -> Self {
        let mut command = sandbox.command(arguments);
        command.env("FAIL_AT", format!("{hold_at}:hold"));
        command.stdin(Stdio::piped()).stdout(Stdio::null());
        let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
        let told = BufReader::new(child.stderr.take().expect("a pipe"));
        Self { child, told }
    }

    /// Waits until it is held or says that it waits for its turn; if it does neither, until it ends.
    fn pauses(&mut self) -> String {
        let lines = self.told.by_ref().lines().map_while(Result::ok);
        let mut pauses =
            lines.filter(|line| line.contains("held at") || line.contains("waiting for"));
        pauses.next().unwrap_or_default()
    }

    /// Lets it go on, if it is held or will be.
    fn go_on(&mut self) {
        let input = self.child.stdin.as_mut().expect("a pipe");
        // One that is through already has nothing to be told.
        _ = input.write_all(b"\n");
    }

    fn end(mut self) -> Option<i32> {
        while !self.pauses().is_empty() {}
        self.child
            .wait()
            .expect("it is a child of this process")
            .code()
    }
}
