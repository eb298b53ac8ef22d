//! Different values that have the same digest, as all have with `BREAK=one-digest`.

use crate::fixtures::{users, version};
use crate::sandbox::Sandbox;

/// Somebody is rejected for an e-mail that nobody else has, which is noticed in time.
fn check(sandbox: &Sandbox, dataset: &str, fields: &str) {
    let before = sandbox.state();
    let run = sandbox.run("seed").set("BREAK", "one-digest").finish();
    let told = [
        format!("two different values of `{dataset}` ({fields}) have the same digest"),
        "run the command again".to_owned(),
        "; nothing was written".to_owned(),
    ];
    run.expect_failure(dataset, &told.each_ref().map(String::as_str));
    assert_eq!(sandbox.state(), before);
    sandbox.run("seed").finish().expect_outcome(0, "seeded");
}

fn user(id: i64) -> (i64, String, String) {
    (id, format!("User {id}"), format!("u{id}@example.com"))
}

#[test]
fn two_rows_of_a_run() {
    let sandbox = Sandbox::migrated(&version(1, 1));
    sandbox.fixtures(&[("users", users([1, 2].map(user).into_iter()))]);
    check(&sandbox, "users", "email");
}

#[test]
fn a_row_and_a_stored_one_that_keeps_its_value() {
    let sandbox = Sandbox::seeded(&version(1, 1));
    sandbox.fixtures(&[("users", users([2].map(user).into_iter()))]);
    check(&sandbox, "users", "email");
}

#[test]
fn two_rows_that_are_only_warned_of() {
    let sandbox = Sandbox::migrated(&version(1, 1));
    let products = "- {id: 1, name: A, price: 1}\n- {id: 2, name: B, price: 2}\n";
    sandbox.fixtures(&[("products", products.to_owned())]);
    check(&sandbox, "products", "name and price");
}
