//! The checks of the sweep see what they are for: each guarantee is taken out of the program once.

use crate::scenario::{How, Scenario};

/// With `breakage`, failing in this way at commits breaks the invariant.
#[track_caller]
fn check(breakage: &str, how: How, invariant: u8) {
    let scenario = Scenario::up();
    let cases = || {
        let mut cases = scenario.cases(&[how]);
        cases.retain(|case| case.point.phase == 1);
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

#[test]
fn reversed_commits_leave_dangling_orders() {
    check("reversed-commits", How::Abort, 1);
    check("reversed-commits", How::Error, 2);
}

#[test]
fn without_the_barrier_a_part_is_committed() {
    check("no-barrier", How::Error, 2);
}

#[test]
fn without_asking_the_ledger_a_lost_reply_is_a_failure() {
    check("no-ledger-question", How::Error, 3);
}
