//! Reverting some of a database's migrations, and not all.

use serde_json::json;
use servers::testing::is_here;
use servers::{Kind, Server, Settings};

use crate::program::Place;

const REVIEWS: &str = "m20261201_000001_create_reviews";
const VOTES: &str = "m20261201_000002_create_votes";

/// Reverts one migration while a fault strikes that passes, when its table is gone.
fn check(store: &mut Place) {
    store.runs("migrate");
    store.variable("FAIL_AT", "reviews.ledger.before#1:transient");
    let done = store.runs("migrate down 1 --database reviews --yes");
    assert!(done.said.contains("trying again"), "{}", done.said);
    let database = &done.json["databases"][0];
    assert_eq!(database["newly_reverted"], json!([VOTES]));
    assert_eq!(database["applied"], json!([REVIEWS]));
}

#[test]
fn another_try_reverts_no_more() {
    check(&mut Place::of_the_store());
}

/// There, what was reverted is not taken back.
#[test]
fn another_try_reverts_no_more_where_tables_go_at_once() {
    if !is_here(Kind::Mariadb) {
        return;
    }
    let server = Server::start(Kind::Mariadb, Settings::default());
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let created = server.create_databases(&["reviews".to_owned()]);
    created.unwrap_or_else(|error| panic!("{error}"));
    let mut store = Place::of_the_store();
    store.variable("SEEDBED_DATABASES__REVIEWS__URL", &server.url("reviews"));
    check(&mut store);
}
