use std::collections::HashMap;

use proptest::collection::vec;
use proptest::prelude::*;
use serde_json::json;

use crate::expected::place;
use crate::on::{On, on_every_engine};
use crate::report::Report;
use crate::sandbox::Sandbox;

on_every_engine![
    an_email_may_go_round_in_one_run,
    two_rows_may_swap_whatever_their_order,
    an_email_may_move_to_a_new_row_whatever_their_order,
    an_email_may_change_its_case,
    two_rows_may_swap_and_change_their_case,
    what_a_row_keeps_is_not_free,
    a_chain_that_is_blocked_at_its_end_moves_nowhere,
    a_chain_that_ends_in_a_free_email_moves,
    an_email_whose_holder_is_rejected_stays_with_it,
    of_several_who_want_an_email_that_becomes_free_the_first_gets_it,
    rows_of_one_run_do_not_share_an_email,
    a_rejected_row_reserves_neither_its_key_nor_its_email,
    an_email_that_two_rows_hold_is_free_when_both_give_it_up,
    a_long_rotation_goes_through_several_batches,
    a_row_that_keeps_its_email_goes_before_an_earlier_one_that_wants_it,
    an_email_is_refused_exactly_if_another_row_has_it_in_the_end,
    an_email_may_move_from_a_row_that_gets_a_free_one,
    emails_may_go_round_while_orders_wait_for_the_users,
    an_email_differs_from_one_with_a_blank_behind_it,
];

/// Users as fixture, each given as id and e-mail.
fn users(rows: &[(u32, &str)]) -> String {
    let row = |(id, email): &(u32, &str)| format!("- {{id: {id}, name: User, email: {email}}}\n");
    rows.iter().map(row).collect()
}

fn an_email_may_move_from_a_row_that_gets_a_free_one(on: On) {
    let (before, after) = (
        [(1, "a@x.com"), (2, "b@x.com")],
        [(1, "b@x.com"), (2, "c@x.com")],
    );
    check(on, &before, &after, [0, 2, 0], &[], &after);
}

/// Loads users one list after the other; in the end these are stored, and running again changes nothing.
/// Counts of the last run: inserted, updated, unchanged. Those rejected each break `users.email.unique`.
#[track_caller]
fn check(
    on: On,
    before: &[(u32, &str)],
    after: &[(u32, &str)],
    counts: [u64; 3],
    rejected: &[u32],
    stored: &[(u32, &str)],
) {
    let sandbox = on.with(&[("users", &users(before))]);
    sandbox.json(["seed"]).ends("seeded", 0);
    sandbox.fixtures(&[("users", &users(after))]);
    for again in [false, true] {
        let report = sandbox.json(["seed"]);
        let broken: Vec<_> = rejected
            .iter()
            .map(|id| format!("users.email.unique {id}"))
            .collect();
        assert_eq!(report.broken(), broken, "{report:#?}");
        let [inserted, updated, unchanged] = if again {
            [0, 0, counts.iter().sum()]
        } else {
            counts
        };
        let (read, rejected) = (after.len(), rejected.len());
        assert_eq!(
            report.counts("users"),
            json!([
                read,
                read - rejected,
                rejected,
                inserted,
                updated,
                unchanged
            ])
        );
        assert_eq!(report.ran.code, 0);
        let row = |(id, email): &(u32, &str)| format!("{id}|{email}");
        let expected: Vec<_> = stored.iter().map(row).collect();
        let query = "SELECT id, email FROM users ORDER BY id";
        assert_eq!(sandbox.rows("users", query), expected);
    }
}

fn an_email_may_go_round_in_one_run(on: On) {
    check(
        on,
        &[(1, "a@x.com"), (2, "b@x.com"), (3, "c@x.com")],
        &[(1, "b@x.com"), (2, "c@x.com"), (3, "a@x.com")],
        [0, 3, 0],
        &[],
        &[(1, "b@x.com"), (2, "c@x.com"), (3, "a@x.com")],
    );
}

fn two_rows_may_swap_whatever_their_order(on: On) {
    for swapped in [
        [(1, "b@x.com"), (2, "a@x.com")],
        [(2, "a@x.com"), (1, "b@x.com")],
    ] {
        check(
            on,
            &[(1, "a@x.com"), (2, "b@x.com")],
            &swapped,
            [0, 2, 0],
            &[],
            &[(1, "b@x.com"), (2, "a@x.com")],
        );
    }
}

fn an_email_may_move_to_a_new_row_whatever_their_order(on: On) {
    for moved in [
        [(1, "b@x.com"), (2, "a@x.com")],
        [(2, "a@x.com"), (1, "b@x.com")],
    ] {
        check(
            on,
            &[(1, "a@x.com")],
            &moved,
            [1, 1, 0],
            &[],
            &[(1, "b@x.com"), (2, "a@x.com")],
        );
    }
}

fn an_email_may_change_its_case(on: On) {
    check(
        on,
        &[(1, "a@x.com"), (2, "b@x.com")],
        &[(1, "A@x.com"), (2, "b@x.com")],
        [0, 1, 1],
        &[],
        &[(1, "A@x.com"), (2, "b@x.com")],
    );
}

fn two_rows_may_swap_and_change_their_case(on: On) {
    check(
        on,
        &[(1, "a@x.com"), (2, "b@x.com")],
        &[(1, "B@x.com"), (2, "A@x.com")],
        [0, 2, 0],
        &[],
        &[(1, "B@x.com"), (2, "A@x.com")],
    );
}

fn what_a_row_keeps_is_not_free(on: On) {
    for email in ["a@x.com", "A@X.com"] {
        check(
            on,
            &[(1, "a@x.com")],
            &[(2, email), (3, "c@x.com")],
            [1, 0, 0],
            &[2],
            &[(1, "a@x.com"), (3, "c@x.com")],
        );
    }
}

fn a_chain_that_is_blocked_at_its_end_moves_nowhere(on: On) {
    let stored = [
        (1, "a@x.com"),
        (2, "b@x.com"),
        (3, "c@x.com"),
        (4, "d@x.com"),
    ];
    for blocked in [
        [(1, "b@x.com"), (2, "c@x.com"), (3, "d@x.com")],
        [(3, "d@x.com"), (2, "c@x.com"), (1, "b@x.com")],
    ] {
        let order = blocked.map(|(id, _)| id);
        check(on, &stored, &blocked, [0, 0, 0], &order, &stored);
    }
}

fn a_chain_that_ends_in_a_free_email_moves(on: On) {
    check(
        on,
        &[(1, "a@x.com"), (2, "b@x.com"), (3, "c@x.com")],
        &[(1, "b@x.com"), (2, "c@x.com"), (3, "d@x.com")],
        [0, 3, 0],
        &[],
        &[(1, "b@x.com"), (2, "c@x.com"), (3, "d@x.com")],
    );
}

fn an_email_whose_holder_is_rejected_stays_with_it(on: On) {
    let stored = [(1, "a@x.com"), (2, "b@x.com")];
    let sandbox = on.with(&[("users", &users(&stored))]);
    sandbox.json(["seed"]).ends("seeded", 0);
    let text = users(&[(1, "nowhere"), (2, "a@x.com"), (3, "b@x.com")]);
    sandbox.fixtures(&[("users", &text)]);
    let report = sandbox.json(["seed"]).ends("unchanged", 0);
    assert_eq!(
        report.broken(),
        [
            "users.email.format 1",
            "users.email.unique 2",
            "users.email.unique 3",
        ]
    );
    let query = "SELECT id, email FROM users ORDER BY id";
    assert_eq!(sandbox.rows("users", query), ["1|a@x.com", "2|b@x.com"]);
}

fn of_several_who_want_an_email_that_becomes_free_the_first_gets_it(on: On) {
    check(
        on,
        &[(1, "a@x.com")],
        &[(2, "a@x.com"), (3, "A@x.com"), (1, "b@x.com")],
        [1, 1, 0],
        &[3],
        &[(1, "b@x.com"), (2, "a@x.com")],
    );
}

fn rows_of_one_run_do_not_share_an_email(on: On) {
    let text = users(&[(1, "a@x.com"), (2, "A@X.COM"), (3, "a@x.com")]);
    let sandbox = on.with(&[("users", &text)]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(
        report.broken(),
        ["users.email.unique 2", "users.email.unique 3"]
    );
    let (line, column) = place(&text, "{id: 1, name: User, email: ^a@x.com}");
    let related = &report.problem("users.email.unique")["related"][0];
    assert_eq!(
        json!([related["line"], related["column"]]),
        json!([line, column])
    );
}

fn a_rejected_row_reserves_neither_its_key_nor_its_email(on: On) {
    let text = "\
- {id: 1, name: '', email: a@x.com}
- {id: 1, name: Kim, email: a@x.com}
- {id: 1, name: Lee, email: b@x.com}
- {id: 2, name: Max, email: b@x.com}
";
    let sandbox = on.with(&[("users", text)]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(
        report.broken(),
        ["users.name.required 1", "users.id.unique 1"]
    );
    assert_eq!(
        sandbox.rows("users", "SELECT * FROM users ORDER BY id"),
        ["1|Kim|a@x.com", "2|Max|b@x.com"]
    );
}

/// Another program's two rows may differ in case only; a value is free when none of them keeps it.
fn an_email_that_two_rows_hold_is_free_when_both_give_it_up(on: On) {
    // The index of its column compares without case, and refuses the second.
    if on == On::Mariadb {
        return;
    }
    let twins = "INSERT INTO users VALUES (50, 'User', 'T@x.com'), (51, 'User', 't@x.com')";
    let check = |after: &[(u32, &str)], broken: &[&str]| {
        let sandbox = on.with(&[("users", &users(after))]);
        sandbox.execute("users", twins);
        let report = sandbox.json(["seed", "--existing", "update"]);
        assert_eq!(report.broken(), broken, "{after:?}");
    };
    check(&[(50, "a@x.com"), (51, "b@x.com"), (60, "t@x.com")], &[]);
    check(
        &[(50, "a@x.com"), (60, "t@x.com")],
        &["users.email.unique 60"],
    );
    check(
        &[(51, "b@x.com"), (60, "t@x.com")],
        &["users.email.unique 60"],
    );
}

fn a_long_rotation_goes_through_several_batches(on: On) {
    let email = |number: u32| format!("u{number}@x.com");
    let row = |(id, email): (u32, String)| format!("- {{id: {id}, name: User, email: {email}}}\n");
    let rotated = |by: u32| -> String {
        (1..=1300)
            .map(|id| row((id, email((id + by) % 1300))))
            .collect()
    };
    let sandbox = on.with(&[("users", &rotated(0))]);
    sandbox.json(["seed"]).ends("seeded", 0);
    sandbox.fixtures(&[("users", &rotated(1))]);
    let report = sandbox.json(["seed"]).ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([1300, 1300, 0, 0, 1300, 0]));
    let query = "SELECT email FROM users WHERE id IN (1, 1299, 1300) ORDER BY id";
    assert_eq!(
        sandbox.rows("users", query),
        ["u2@x.com", "u0@x.com", "u1@x.com"]
    );
    sandbox.json(["seed"]).ends("unchanged", 0);
}

/// The first reading, which others wait for, sends on what the writer is ready to take; here that is little.
fn emails_may_go_round_while_orders_wait_for_the_users(on: On) {
    let rotated = |by: u32| -> String {
        let row = |id| {
            format!(
                "- {{id: {id}, name: User, email: u{}@x.com}}\n",
                (id + by) % 20
            )
        };
        (1..=20).map(row).collect()
    };
    let newcomer = "- {id: 21, name: User, email: new@x.com}\n";
    let product = "- {id: 1, name: Pen, price: 1}\n";
    let order = "- {id: 1, user_id: 21, product_id: 1, quantity: 1}\n";
    for batches in ["1x1", "3x1", "4x2"] {
        let variables = [("BATCHES", batches)];
        let seed = |sandbox: &Sandbox| {
            Report::of(sandbox.run_with(&variables, ["seed", "--format", "json"]))
        };
        let sandbox = on.with(&[("users", &rotated(0)), ("products", product)]);
        seed(&sandbox).ends("seeded", 0);
        let users = [newcomer, &rotated(1)].concat();
        sandbox.fixtures(&[("users", &users), ("orders", order)]);
        let report = seed(&sandbox).ends("seeded", 0);
        assert_eq!(report.counts("users"), json!([21, 21, 0, 1, 20, 0]));
        assert_eq!(report.counts("orders"), json!([1, 1, 0, 1, 0, 0]));
        let expected: Vec<_> = (1..=20)
            .map(|id| format!("u{}@x.com", (id + 1) % 20))
            .collect();
        let query = "SELECT email FROM users WHERE id < 21 ORDER BY id";
        assert_eq!(sandbox.rows("users", query), expected);
        seed(&sandbox).ends("unchanged", 0);
    }
}

/// No fixture can have one, but other programs can.
fn an_email_differs_from_one_with_a_blank_behind_it(on: On) {
    let sandbox = on.store();
    sandbox.run(["migrate"]).exits(0);
    let theirs = "INSERT INTO users VALUES (50, 'Theirs', 'kim@x.com ')";
    sandbox.execute("users", theirs);
    sandbox.fixtures(&[("users", &users(&[(1, "kim@x.com")]))]);
    let seed = ["seed", "--existing", "update"];
    sandbox.json(seed).ends("seeded", 0);
    sandbox.json(seed).ends("unchanged", 0);
    let ids = "SELECT id FROM users ORDER BY id";
    assert_eq!(sandbox.rows("users", ids), ["1", "50"]);
}

fn a_row_that_keeps_its_email_goes_before_an_earlier_one_that_wants_it(on: On) {
    check(
        on,
        &[(1, "a@x.com"), (2, "b@x.com")],
        &[(11, "a@x.com"), (1, "a@x.com"), (2, "b@x.com")],
        [0, 0, 2],
        &[11],
        &[(1, "a@x.com"), (2, "b@x.com")],
    );
}

/// Users of a scenario: keys and numbers of e-mails, each used once or not at all.
type Few = Vec<(u32, u32)>;

/// Rows stored first, then rows that are loaded over them.
fn scenario() -> impl Strategy<Value = (Few, Few)> {
    let few = |keys: u32| {
        let row = (0..keys, 0..5u32, any::<u64>());
        vec(row, 0..7).prop_map(|mut rows| {
            rows.sort_by_key(|(key, ..)| *key);
            rows.dedup_by_key(|(key, ..)| *key);
            rows.sort_by_key(|(_, _, shuffled)| *shuffled);
            rows.into_iter()
                .map(|(key, email, _)| (key, email))
                .collect()
        })
    };
    (few(5), few(7))
}

fn an_email_is_refused_exactly_if_another_row_has_it_in_the_end(on: On) {
    // A case is three processes over all its scenarios, which do not meet.
    let config = ProptestConfig {
        cases: 8,
        max_shrink_iters: 60,
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    proptest!(config, |(scenarios in vec(scenario(), 1..120))| {
    let rows = |which: fn(&(Few, Few)) -> &Few, upper: bool| -> Vec<(u32, String)> {
        let of = |(number, scenario): (usize, _)| {
            let row = move |(key, email): &(u32, u32)| {
                let text = format!("e{email}@s{number}.com");
                let text = if upper && key % 2 == 0 { text.to_uppercase() } else { text };
                (number as u32 * 10 + key + 1, text)
            };
            which(scenario).iter().map(row).collect::<Vec<_>>()
        };
        scenarios.iter().enumerate().flat_map(of).collect()
    };
    let (before, after) = (rows(|it| &it.0, false), rows(|it| &it.1, true));
    let text = |rows: &[(u32, String)]| {
        let rows: Vec<_> = rows.iter().map(|(id, email)| (*id, email.as_str())).collect();
        users(&rows)
    };
    let sandbox = on.empty();
    sandbox.fixtures(&[("users", &text(&before))]);
    sandbox.run(["up"]).exits(0);
    sandbox.fixtures(&[("users", &text(&after))]);
    let first = sandbox.json(["seed"]);
    prop_assert_eq!(first.code, 0, "{:#?}", first);
    let stored: HashMap<u32, String> = sandbox
        .rows("users", "SELECT id, email FROM users")
        .iter()
        .filter_map(|row| row.split_once('|'))
        .map(|(id, email)| (id.parse().expect("a key is a number"), email.to_owned()))
        .collect();
    let rejected = first.broken();
    for (id, email) in &after {
        let is_rejected = rejected.contains(&format!("users.email.unique {id}"));
        prop_assert_eq!(!is_rejected, stored.get(id) == Some(email), "{} {}", id, email);
        let taken = stored
            .iter()
            .any(|(other, held)| other != id && held.eq_ignore_ascii_case(email));
        prop_assert_eq!(is_rejected, taken, "{} {} in {:?}", id, email, stored);
    }
    let second = sandbox.json(["seed"]);
    prop_assert_eq!(&second.json["outcome"], "unchanged");
    prop_assert_eq!(second.broken(), rejected);
    });
}
