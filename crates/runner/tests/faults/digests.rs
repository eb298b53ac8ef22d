//! Different values that have the same digest, as all have with `BREAK=one-digest`.

use crate::fixtures::{users, version};
use crate::on::{On, on_every_engine};
use crate::sandbox::Sandbox;

on_every_engine![
    two_rows_of_a_run,
    a_row_and_a_stored_one_that_keeps_its_value
];

/// A user is rejected for an e-mail that nobody else has, which is noticed in time.
fn check(sandbox: &Sandbox, command: &str) {
    let before = sandbox.state();
    let run = sandbox.run(command).set("BREAK", "one-digest").finish();
    let told = [
        "two different values of `users.email` have the same digest",
        "run the command again",
    ];
    run.expect_failure("users", &told);
    assert_eq!(sandbox.state(), before);
}

fn user(id: i64) -> (i64, String, String) {
    (id, format!("User {id}"), format!("u{id}@example.com"))
}

fn two_rows_of_a_run(on: On) {
    let sandbox = Sandbox::on(on).with_tables(&version(1, 1));
    sandbox.fixtures(&[("users", users([1, 2].map(user).into_iter()))]);
    for command in ["check", "seed --dry-run", "seed"] {
        check(&sandbox, command);
    }
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
}

fn a_row_and_a_stored_one_that_keeps_its_value(on: On) {
    let sandbox = Sandbox::on(on).with_rows(&version(1, 1));
    sandbox.fixtures(&[("users", users([2].map(user).into_iter()))]);
    for command in ["seed --dry-run", "seed --existing keep", "seed"] {
        check(&sandbox, command);
    }
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
}
