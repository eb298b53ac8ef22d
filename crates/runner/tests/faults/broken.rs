//! The checks of the sweep see what they are for: each guarantee is taken out of the program once.

use crate::on::{On, on_every_engine};
use crate::scenario::{How, Scenario};

on_every_engine![
    reversed_commits_leave_dangling_orders,
    without_the_barrier_a_part_is_committed,
    without_asking_the_ledger_a_lost_reply_is_a_failure,
];

/// With `breakage`, failing in this way while rows are seeded, at places whose names begin so, breaks the
/// invariant.
#[track_caller]
fn check(on: On, breakage: &str, how: How, places: &str, invariant: u8) {
    let scenario = Scenario::up(on);
    let cases = || {
        let mut cases = scenario.cases(&[how]);
        cases.retain(|case| case.point.phase == 1 && case.point.place.starts_with(places));
        cases
    };
    let violations = scenario.violations(cases(), Some(breakage));
    let expected = format!("invariant {invariant}: ");
    let is_expected = |violation: &String| violation.contains(&expected);
    assert!(
        violations.iter().any(is_expected),
        "{breakage} breaks nothing of invariant {invariant}: {violations:#?}"
    );
}

fn reversed_commits_leave_dangling_orders(on: On) {
    check(on, "reversed-commits", How::Abort, "commit", 1);
    check(on, "reversed-commits", How::Error, "commit", 2);
}

fn without_the_barrier_a_part_is_committed(on: On) {
    check(on, "no-barrier", How::Error, "", 2);
}

fn without_asking_the_ledger_a_lost_reply_is_a_failure(on: On) {
    check(on, "no-ledger-question", How::Error, "commit", 3);
}
