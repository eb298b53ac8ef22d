//! Columns of every type: what is equal, what is an update, what is a mistake.

use crate::club::{On, OnServer, on_every_engine};
use crate::program::Place;

on_every_engine![the_same_value_written_otherwise_is_unchanged];

/// A row, each field with its value as YAML.
type Row<'a> = &'a [(&'a str, &'a str)];

const REVIEW: Row = &[
    ("id", "00000000-0000-4000-8000-00000000000a"),
    ("user_id", "1"),
    ("product_id", "1"),
    ("stars", "5"),
    ("written_at", "2026-03-01T09:30:00.250+01:00"),
    ("state", "published"),
];

const VOTE: Row = &[
    ("id", "v-a"),
    ("review_id", "00000000-0000-4000-8000-00000000000a"),
    ("helpful", "true"),
    ("voted_on", "2026-03-02"),
    ("receipt", "00000000-0000-4000-9000-00000000000a"),
];

/// The row with one field given, or given otherwise.
fn with(row: Row, field: &str, value: &str) -> String {
    let is_new = !row.iter().any(|(name, _)| *name == field);
    let of = |&(name, old): &(&str, &str)| {
        let value = if name == field { value } else { old };
        format!("  {name}: {value}\n")
    };
    let mut fields: String = row.iter().map(of).collect();
    if is_new {
        fields.push_str(&format!("  {field}: {value}\n"));
    }
    fields.replacen("  ", "- ", 1)
}

/// A store with the review and the vote.
fn seeded() -> Place {
    seed(Place::of_the_store())
}

fn seed(store: Place) -> Place {
    store
        .fixtures_of("../../fixtures")
        .fixture("reviews.yaml", &with(REVIEW, "stars", "5"))
        .fixture("votes.yaml", &with(VOTE, "helpful", "true"));
    store.runs("up");
    store
}

/// The counts of a run over one field given otherwise.
fn counts(store: &Place, dataset: &str, field: &str, value: &str) -> String {
    let row = if dataset == "reviews" { REVIEW } else { VOTE };
    store.fixture(&format!("{dataset}.yaml"), &with(row, field, value));
    let done = store.runs(&format!("seed fixtures/{dataset}.yaml"));
    let problems = done.problems(dataset);
    assert!(problems.is_empty(), "{field}: {value}: {problems:?}");
    done.counts().concat()
}

fn the_same_value_written_otherwise_is_unchanged(on: On) {
    let server = OnServer::new(on);
    let mut store = Place::of_the_store();
    if let Some(server) = &server {
        store.variable("SEEDBED_DATABASES__REVIEWS__URL", &server.url());
    }
    let store = seed(store);
    let check = |dataset: &str, field: &str, value: &str| {
        let counts = counts(&store, dataset, field, value);
        let unchanged = format!("{dataset}: 1 1 0; 0 0 1");
        assert_eq!(counts, unchanged, "{field}: {value}");
    };
    check("reviews", "id", "00000000-0000-4000-8000-00000000000A");
    check("reviews", "id", "0000000000004000800000000000000a");
    check("reviews", "id", "'{00000000-0000-4000-8000-00000000000a}'");
    check(
        "reviews",
        "id",
        "urn:uuid:00000000-0000-4000-8000-00000000000a",
    );
    check("reviews", "stars", "0x5");
    check("reviews", "stars", "+5");
    check("reviews", "text", "");
    check("reviews", "text", "~");
    check("reviews", "text", "null");
    check("reviews", "written_at", "2026-03-01T08:30:00.250Z");
    check("reviews", "written_at", "2026-03-01T14:00:00.25+05:30");
    check(
        "reviews",
        "written_at",
        "'2026-02-28T20:30:00.250000-12:00'",
    );
    check("reviews", "written_at", "2026-03-01 09:30:00.25 +01:00");
    check("reviews", "state", "'published'");
    check("votes", "id", "'v-a'");
    check(
        "votes",
        "review_id",
        "\"00000000-0000-4000-8000-00000000000A\"",
    );
    check("votes", "user_id", "null");
    check("votes", "helpful", "True");
    check("votes", "helpful", "TRUE");
    check("votes", "weight", "1");
    check("votes", "voted_on", "'2026-03-02'");
    check("votes", "receipt", "0000000000004000900000000000000A");
}

#[test]
fn every_column_can_be_updated() {
    let store = seeded();
    let check = |dataset: &str, field: &str, value: &str, stored: &str| {
        let expected = ["0 1 0", "0 0 1"].map(|counts| format!("{dataset}: 1 1 0; {counts}"));
        let found = [0, 1].map(|_| counts(&store, dataset, field, value));
        assert_eq!(found, expected, "{field}: {value}");
        let sql = format!("SELECT quote({field}) FROM {dataset}");
        assert_eq!(store.rows("reviews", &sql), [stored], "{field}: {value}");
    };
    check("reviews", "user_id", "2", "2");
    check("reviews", "product_id", "2", "2");
    check("reviews", "stars", "3", "3");
    check("reviews", "text", "''", "''");
    check("reviews", "text", "'null'", "'null'");
    check("reviews", "text", "no", "'no'");
    check("reviews", "text", "42", "'42'");
    check("reviews", "text", "|\n    Two\n    lines", "'Two\nlines\n'");
    check(
        "reviews",
        "written_at",
        "2026-03-01T09:30:00.250+02:00",
        "'2026-03-01T09:30:00.250+02:00'",
    );
    check(
        "reviews",
        "written_at",
        "1969-12-31T23:59:59.000000001Z",
        "'1969-12-31T23:59:59.000000001+00:00'",
    );
    check("reviews", "state", "draft", "'draft'");
    check("reviews", "state", "taken_down", "'taken_down'");
    check("votes", "user_id", "7", "7");
    check("votes", "helpful", "false", "0");
    check("votes", "weight", "10", "10");
    check("votes", "voted_on", "2024-02-29", "'2024-02-29'");
    check(
        "votes",
        "receipt",
        "ffffffff-ffff-ffff-ffff-ffffffffffff",
        "X'FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF'",
    );
    check("votes", "receipt", "~", "NULL");
}

#[test]
fn a_value_of_the_wrong_type_is_told_what_is_right() {
    let store = seeded();
    let check = |dataset: &str, field: &str, value: &str, message: &str| {
        let row = if dataset == "reviews" { REVIEW } else { VOTE };
        let file = format!("{dataset}.yaml");
        store.fixture(&file, &with(row, field, value));
        let done = store.run(&format!("check fixtures/{file}"));
        store.fixture(&file, &with(row, row[0].0, row[0].1));
        let problems = done.problems(dataset);
        let [problem] = problems.as_slice() else {
            panic!("{field}: {value}: {problems:#?}");
        };
        assert!(
            problem.starts_with(&format!("{dataset}.{field}.type {dataset}.yaml:")),
            "{problem}"
        );
        assert!(problem.ends_with(message), "{problem}");
    };
    let uuid = "; it is written like `123e4567-e89b-12d3-a456-426614174000`";
    let time = "; it is written like `2026-01-31T12:30:00+01:00`";
    let day = "; it is written like `2026-01-31`";
    check("reviews", "id", "7", uuid);
    check("reviews", "id", "00000000-0000-4000-8000-00000000000", uuid);
    check("reviews", "id", "[]", "must be text, not a list");
    check("reviews", "written_at", "2026-03-01", time);
    check("reviews", "written_at", "2026-03-01T09:30:00", time);
    check("reviews", "written_at", "2026-02-29T09:30:00Z", time);
    check("reviews", "written_at", "1772354000", time);
    check("reviews", "state", "Published", "did you mean `published`?");
    check(
        "reviews",
        "state",
        "1",
        "`state` must be one of `draft`, `published`, `taken_down`, not `1`",
    );
    check(
        "reviews",
        "stars",
        "40000",
        "`stars` must be a whole number from -32768 to 32767, not `40000`",
    );
    check("reviews", "stars", "4.0", "not `4.0`");
    check("votes", "review_id", "1", uuid);
    check(
        "votes",
        "helpful",
        "yes",
        "must be true or false, not `yes`",
    );
    check("votes", "helpful", "1", "must be true or false, not `1`");
    check("votes", "voted_on", "2026-02-29", day);
    check("votes", "voted_on", "29.2.2024", day);
    check("votes", "voted_on", "2026-03-02T00:00:00Z", day);
    check("votes", "receipt", "lost", uuid);
}

/// Two votes with the receipts of these last digits, `-` for none.
fn votes(receipts: [&str; 2]) -> String {
    let vote = |(id, last): (&str, &str)| {
        let receipt = format!("00000000-0000-4000-9000-00000000000{last}");
        let receipt = if last == "-" { "null" } else { &receipt };
        with(VOTE, "receipt", receipt).replacen("v-a", id, 1)
    };
    ["v-a", "v-b"].into_iter().zip(receipts).map(vote).collect()
}

#[test]
fn a_unique_uuid_moves_and_is_told_apart_by_value() {
    let store = seeded();
    let check = |receipts: [&str; 2], counts: &str, stored: &str| {
        store.fixture("votes.yaml", &votes(receipts));
        let seed = store.runs("seed fixtures/votes.yaml");
        assert_eq!(
            seed.counts(),
            [format!("votes: 2 {counts}")],
            "{receipts:?}"
        );
        let sql = "SELECT group_concat(iif(receipt IS NULL, '-', substr(hex(receipt), 32)), ' ' ORDER BY id) FROM votes";
        assert_eq!(store.rows("reviews", sql), [stored], "{receipts:?}");
    };
    check(["a", "b"], "2 0; 1 0 1", "A B");
    check(["b", "a"], "2 0; 0 2 0", "B A");
    check(["-", "b"], "2 0; 0 2 0", "- B");
    check(["-", "-"], "2 0; 0 1 1", "- -");
    check(["c", "C"], "1 1; 0 1 0", "C -");

    store.fixture("votes.yaml", &votes(["c", "C"]));
    let receipt = "00000000-0000-4000-9000-00000000000c";
    assert_eq!(
        store.runs("seed fixtures/votes.yaml").problems("votes"),
        [
            format!(
                "votes.receipt.unique votes.yaml:10:12 [\"v-b\"] `receipt` `{receipt}` is already used by an earlier row"
            ),
            "  votes.yaml:5:12 first used here".to_owned(),
        ]
    );
}

#[test]
fn a_text_key_is_compared_as_it_is_written() {
    let store = seeded();
    let vote = |id: &str| with(VOTE, "id", id).replace("-9000-00000000000a", "-9000-00000000000b");
    let many: String = ["v-A", "7", "'07'", "'7'", "null"].map(vote).concat();
    let many = many.replace("  receipt: 00000000-0000-4000-9000-00000000000b\n", "");
    store.fixture("votes.yaml", &many);
    let seed = store.runs("seed fixtures/votes.yaml");
    assert_eq!(seed.counts(), ["votes: 5 3 2; 3 0 0"]);
    assert_eq!(
        seed.problems("votes"),
        [
            "votes.id.unique votes.yaml:13:7 [\"7\"] `id` 7 is already used by an earlier row",
            "  votes.yaml:5:7 first used here",
            "votes.id.required votes.yaml:17:7 [null] `id` must not be null",
        ]
    );
    let ids = "SELECT group_concat(id, ' ' ORDER BY id) FROM votes";
    assert_eq!(store.rows("reviews", ids), ["07 7 v-A v-a"]);
}
