//! Reverting some of a database's migrations, and not all.

use serde_json::json;
use servers::testing::is_here;
use servers::{Fault, Kind, Moment, Proxy, Server, Settings};

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
    if let Some(server) = mariadb() {
        let mut store = Place::of_the_store();
        store.variable("SEEDBED_DATABASES__REVIEWS__URL", &server.url("reviews"));
        check(&mut store);
    }
}

#[test]
fn another_try_goes_on_where_a_connection_broke() {
    let Some(server) = mariadb() else { return };
    let drop_reviews = "DROP TABLE IF EXISTS `reviews`";
    let drop_votes = "DROP TABLE IF EXISTS `votes`";
    for (steps, moment, reverted, applied) in [
        (
            2,
            Moment::Before(drop_reviews),
            json!([REVIEWS, VOTES]),
            json!([]),
        ),
        (
            2,
            Moment::BeforeReplyTo(drop_votes),
            json!([REVIEWS, VOTES]),
            json!([]),
        ),
        (
            1,
            Moment::Before(drop_votes),
            json!([VOTES]),
            json!([REVIEWS]),
        ),
        (
            1,
            Moment::BeforeReplyTo(drop_votes),
            json!([VOTES]),
            json!([REVIEWS]),
        ),
    ] {
        let proxy = Proxy::start(server.port(), Some(Fault::Cut(moment)));
        let proxy = proxy.unwrap_or_else(|error| panic!("{error}"));
        let url = server.url_at(proxy.port(), "reviews");
        let mut store = Place::of_the_store();
        store.variable("SEEDBED_DATABASES__REVIEWS__URL", &url);
        store.runs("migrate --database users --database products --database reviews");
        let done = store.runs(&format!("migrate down {steps} --database reviews --yes"));
        assert!(proxy.has_struck(), "{moment:?}");
        let database = &done.json["databases"][0];
        let found = [&database["newly_reverted"], &database["applied"]];
        assert_eq!(found, [&reverted, &applied], "{steps}, {moment:?}");
    }
}

/// A server with an empty database of reviews, where there can be one.
fn mariadb() -> Option<Server> {
    if !is_here(Kind::Mariadb) {
        return None;
    }
    let server = Server::start(Kind::Mariadb, Settings::default());
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let created = server.create_databases(&["reviews".to_owned()]);
    created.unwrap_or_else(|error| panic!("{error}"));
    Some(server)
}
