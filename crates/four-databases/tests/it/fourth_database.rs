//! The fourth database beside the store's three, each with its own fixtures.

use crate::program::Place;

fn store() -> Place {
    let place = Place::of_the_store();
    place.fixtures_of("../../fixtures").fixtures_of("fixtures");
    place
}

const REVIEWS: &str =
    "SELECT substr(hex(id), 32) || ' ' || concat_ws(' ', typeof(id), user_id, product_id,
    stars, quote(text), written_at, state) FROM reviews ORDER BY id";

const VOTES: &str =
    "SELECT concat_ws(' ', id, substr(hex(review_id), 32), quote(user_id), helpful, weight,
    voted_on, quote(substr(hex(receipt), 32))) FROM votes ORDER BY id";

#[test]
fn up_loads_the_good_rows_of_four_databases() {
    let store = store();
    let up = store.runs("up");
    assert_eq!(up.outcome(), "seeded");
    assert_eq!(
        up.counts(),
        [
            "users: 10 9 1; 9 0 0",
            "products: 10 9 1; 9 0 0",
            "orders: 10 7 3; 7 0 0",
            "reviews: 10 4 6; 4 0 0",
            "votes: 9 3 6; 3 0 0",
        ]
    );
    assert_eq!(
        store.rows("reviews", REVIEWS),
        [
            "1 blob 1 1 5 'Quick, quiet, light.' 2026-03-01T09:30:00+01:00 published",
            "2 blob 2 2 4 NULL 2026-03-02T23:59:59.123456+00:00 published",
            "3 blob 3 3 1 'Broke after a week: the left side is silent.' 2026-03-03T00:00:00-05:30 taken_down",
            "4 blob 1 1 3 NULL 2026-04-01T12:00:00+00:00 draft",
        ]
    );
    assert_eq!(
        store.rows("reviews", VOTES),
        [
            "v-1 1 2 1 1 2026-03-02 '1'",
            "v-2 1 NULL 0 1 2026-03-03 ''",
            "v-3 3 4 1 10 2026-03-31 ''",
        ]
    );
}

const OF_REVIEWS: [&str; 13] = [
    r#"reviews.repeated reviews.yaml:25:12 ["00000000-0000-4000-8000-000000000004"] an earlier row has the same user_id and product_id"#,
    r#"  reviews.yaml:5:12 the earlier row"#,
    r#"reviews.user_id.exists reviews.yaml:32:12 ["00000000-0000-4000-8000-000000000005"] `users` has no row 8, as that row was rejected"#,
    r#"  users.yaml:24:7 row 8 of `users` was rejected"#,
    r#"reviews.stars.range reviews.yaml:40:10 ["00000000-0000-4000-8000-000000000006"] `stars` must be 1 to 5, not 6"#,
    r#"reviews.product_id.exists reviews.yaml:39:15 ["00000000-0000-4000-8000-000000000006"] `products` has no row 10, as that row was rejected"#,
    r#"  products.yaml:30:7 row 10 of `products` was rejected"#,
    r#"reviews.id.type reviews.yaml:43:7 [null] `id` can't be `7`: UUID parsing failed: invalid length: found 1; it is written like `123e4567-e89b-12d3-a456-426614174000`"#,
    r#"reviews.written_at.type reviews.yaml:53:15 ["00000000-0000-4000-8000-000000000008"] `written_at` can't be `2026-04-05T12:00:00`: premature end of input; it is written like `2026-01-31T12:30:00+01:00`"#,
    r#"reviews.state.type reviews.yaml:54:10 ["00000000-0000-4000-8000-000000000008"] `state` must be one of `draft`, `published`, `taken_down`, not `publishd`; did you mean `published`?"#,
    r#"reviews.text.reason reviews.yaml:55:3 ["00000000-0000-4000-8000-000000000009"] `text` must say why where `stars` is 2 or less"#,
    r#"reviews.id.unique reviews.yaml:61:7 ["00000000-0000-4000-8000-000000000001"] `id` 00000000-0000-4000-8000-000000000001 is already used by an earlier row"#,
    r#"  reviews.yaml:4:7 first used here"#,
];

const OF_VOTES: [&str; 13] = [
    r#"votes.review_id.exists votes.yaml:20:14 ["v-4"] `reviews` has no row 00000000-0000-4000-8000-000000000005, as that row was rejected"#,
    r#"  reviews.yaml:31:7 row 00000000-0000-4000-8000-000000000005 of `reviews` was rejected"#,
    r#"votes.review_id.exists votes.yaml:24:14 ["v-5"] `reviews` has no row 00000000-0000-4000-8000-000000000099"#,
    r#"votes.user_id.exists votes.yaml:25:12 ["v-5"] `users` has no row 8, as that row was rejected"#,
    r#"  users.yaml:24:7 row 8 of `users` was rejected"#,
    r#"votes.helpful.type votes.yaml:30:12 ["v-6"] `helpful` must be true or false, not `yes`"#,
    r#"votes.voted_on.type votes.yaml:31:13 ["v-6"] `voted_on` can't be `2026-02-30`: input is out of range; it is written like `2026-01-31`"#,
    r#"votes.receipt.unique votes.yaml:36:12 ["v-7"] `receipt` `00000000-0000-4000-9000-000000000001` is already used by an earlier row"#,
    r#"  votes.yaml:8:12 first used here"#,
    r#"votes.id.unique votes.yaml:37:7 ["v-1"] `id` v-1 is already used by an earlier row"#,
    r#"  votes.yaml:3:7 first used here"#,
    r#"votes.id.format votes.yaml:41:7 ["v 9"] `id` must be a text without white space, not `v 9`"#,
    r#"votes.weight.range votes.yaml:44:11 ["v 9"] `weight` must be 1 to 10, not 11"#,
];

#[test]
fn every_mistake_in_the_fourth_is_named_where_it_is() {
    let store = store();
    for command in ["check", "up --dry-run", "up"] {
        let done = store.run(command);
        assert_eq!(done.exit, Some(i32::from(command == "check")), "{command}");
        assert_eq!(done.problems("reviews"), OF_REVIEWS, "{command}");
        assert_eq!(done.problems("votes"), OF_VOTES, "{command}");
        assert_eq!(done.problems("users").len(), 2, "{command}");
        assert_eq!(done.problems("products").len(), 3, "{command}");
        assert_eq!(done.problems("orders").len(), 5, "{command}");
    }
}

#[test]
fn a_second_run_changes_nothing() {
    let store = store();
    store.runs("up");
    let before = store.rows("reviews", REVIEWS);
    for command in ["up", "seed", "seed --database reviews"] {
        let done = store.runs(command);
        assert_eq!(done.outcome(), "unchanged", "{command}");
        let counts = done.counts();
        assert_eq!(
            counts[counts.len() - 2..],
            ["reviews: 10 4 6; 0 0 4", "votes: 9 3 6; 0 0 3"],
            "{command}"
        );
    }
    assert_eq!(store.rows("reviews", REVIEWS), before);
}

#[test]
fn it_commits_after_the_databases_it_refers_to() {
    let up = store().runs("up");
    for referred in ["users", "products"] {
        assert!(
            up.committed(referred) < up.committed("reviews"),
            "{referred}: {}",
            up.json["databases"]
        );
    }
}

#[test]
fn strictness_holds_for_all_four() {
    let store = store();
    let up = store.run("up --strict");
    assert_eq!((up.exit, up.outcome()), (Some(1), "refused"));
    for (database, dataset) in [
        ("users", "users"),
        ("products", "products"),
        ("orders", "orders"),
        ("reviews", "reviews"),
        ("reviews", "votes"),
    ] {
        let sql = format!("SELECT count(*) || '' FROM {dataset}");
        assert_eq!(store.rows(database, &sql), ["0"], "{dataset}");
    }
}

#[test]
fn status_and_migrations_know_it() {
    let store = store();
    let pending = |done: &crate::program::Done| done.json["databases"][3]["pending"].to_string();
    let both = r#"["m20261201_000001_create_reviews","m20261201_000002_create_votes"]"#;
    assert_eq!(pending(&store.runs("status")), both);
    assert_eq!(pending(&store.runs("migrate status")), both);
    assert_eq!(store.run("migrate --check").exit, Some(1));
    let plan = store.runs("migrate plan");
    let sql = plan.json["databases"][3]["sql"].to_string();
    for table in ["reviews", "votes"] {
        assert!(
            sql.contains(&format!(r#"CREATE TABLE IF NOT EXISTS \"{table}\""#)),
            "{sql}"
        );
    }
    assert!(store.databases().is_empty(), "{:?}", store.databases());

    store.runs("up");
    let status = store.runs("status");
    let reviews = &status.json["databases"][3];
    assert_eq!(reviews["name"], "reviews");
    assert_eq!(reviews["applied"].to_string(), both);
    assert_eq!(reviews["pending"].to_string(), "[]");
    assert_eq!(
        reviews["datasets"].to_string(),
        r#"[{"name":"votes","rows":3},{"name":"reviews","rows":4}]"#
    );
}

#[test]
fn its_rows_keep_what_they_refer_to_from_being_removed() {
    let store = store();
    store.runs("up");
    let refused = |command: &str, rows: &str| {
        let done = store.run(command);
        assert_eq!(done.exit, Some(2), "{command}");
        let expected = format!("the database `reviews` holds {rows}");
        assert_eq!(done.error(), expected, "{command}");
    };
    let with_orders = "--yes --database orders --database";
    for what in ["down", "fresh"] {
        refused(
            &format!("migrate {what} {with_orders} users"),
            "7 rows that refer into `users`; nothing was removed; remove those with it: leave `--database` away",
        );
        refused(
            &format!("migrate {what} {with_orders} products"),
            "4 rows that refer into `products`; nothing was removed; remove those with it: leave `--database` away",
        );
    }
    // One step back takes the votes away, but not the reviews.
    refused(
        "migrate down --yes",
        "4 rows that refer into `products`; nothing was removed; this would not remove them; remove them first",
    );
    assert_eq!(store.rows("reviews", VOTES).len(), 3);
    store.runs("migrate fresh --yes --database reviews");
    assert_eq!(store.rows("reviews", VOTES).len(), 0);
    assert_eq!(store.runs("up").outcome(), "seeded");
    assert_eq!(store.runs("up --fresh --yes").outcome(), "seeded");
    assert_eq!(store.rows("reviews", VOTES).len(), 3);
    store.runs("migrate down 2 --yes");
    let tables = "SELECT name FROM sqlite_schema WHERE name IN ('reviews', 'votes')";
    assert_eq!(store.rows("reviews", tables).len(), 0);
}
