use std::fmt::Write;

/// Rows of a fixture: what follows `id`, by `id`.
fn fixture(rows: impl Iterator<Item = (i64, String)>) -> String {
    rows.fold(String::new(), |mut yaml, (id, fields)| {
        _ = writeln!(yaml, "- {{id: {id}, {fields}}}");
        yaml
    })
}

pub fn users(rows: impl Iterator<Item = (i64, String, String)>) -> String {
    fixture(rows.map(|(id, name, email)| (id, format!("name: \"{name}\", email: {email}"))))
}

pub fn products(rows: impl Iterator<Item = (i64, i64)>) -> String {
    fixture(rows.map(|(id, price)| (id, format!("name: Product {id}, price: {price}"))))
}

pub fn orders(rows: impl Iterator<Item = (i64, [i64; 3])>) -> String {
    let fields = |[user, product, quantity]: [i64; 3]| {
        format!("user_id: {user}, product_id: {product}, quantity: {quantity}")
    };
    fixture(rows.map(|(id, numbers)| (id, fields(numbers))))
}

/// So many rows of each dataset, all good, with `version` in each of them.
pub fn version(version: i64, rows: i64) -> [(&'static str, String); 3] {
    let user = |id| {
        (
            id,
            format!("Version {version}"),
            format!("u{id}@example.com"),
        )
    };
    let order = |id| (id, [id, rows + 1 - id, version]);
    [
        ("users", users((1..=rows).map(user))),
        ("products", products((1..=rows).map(|id| (id, version)))),
        ("orders", orders((1..=rows).map(order))),
    ]
}

/// What [`newer`] finds.
pub fn older() -> [(&'static str, String); 3] {
    let user = |id| (id, format!("User {id}"), format!("u{id}@example.com"));
    let order = |id| (id, [id, id % 400 + 1, 1]);
    [
        ("users", users((1..=700).map(user))),
        ("products", products((1..=400).map(|id| (id, id)))),
        ("orders", orders((1..=600).map(order))),
    ]
}

/// Rows of every fate, spread over several batches: new, changed, as they were, and rejected, some of
/// these with an older version that stays. E-mails go round between rows of different batches.
pub fn newer() -> [(&'static str, String); 3] {
    [
        ("users", users((1..=1_101).filter_map(newer_user))),
        ("products", products((1..=521).map(newer_product))),
        ("orders", orders((1..=1_054).map(newer_order))),
    ]
}

fn newer_user(id: i64) -> Option<(i64, String, String)> {
    let holder = match id {
        3 => 520,
        520 => 690,
        690 => 3,
        // A new row takes over what a stored row gives up.
        900 => 10,
        10 => 900,
        _ => id,
    };
    let name = match id {
        // Stays in the database without being in the fixture.
        30 => return None,
        // Rejected: the first stays as it was, the second never gets in.
        20 | 1_101 => String::new(),
        _ if id % 7 == 0 => format!("Changed {id}"),
        _ => format!("User {id}"),
    };
    Some((id, name, format!("u{holder}@example.com")))
}

fn newer_product(id: i64) -> (i64, i64) {
    match id {
        50 | 521 => (id, -1),
        _ if id % 5 == 0 => (id, id + 1),
        _ => (id, id),
    }
}

fn newer_order(id: i64) -> (i64, [i64; 3]) {
    let quantity = if id % 3 == 0 { 2 } else { 1 };
    let numbers = match id {
        1..=600 => [id, id % 400 + 1, quantity],
        // Of rows that are only there after this run.
        601..=1_050 => [id + 50, id % 120 + 401, quantity],
        1_051 => [1_101, 1, quantity],
        1_052 => [1, 521, quantity],
        1_053 => [5_000, 1, quantity],
        _ => [30, 50, 0],
    };
    (id, numbers)
}
