//! The four databases for the tests of a service that uses them.

use four_databases::reviews::{self, State};
use four_databases::votes;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter};
use seedbed::testing::Databases;

use crate::program::Place;

#[tokio::test]
async fn entities_read_what_the_fixtures_say() {
    let place = Place::of_the_store();
    place.fixtures_of("../../fixtures").fixtures_of("fixtures");
    let seeded = || Databases::seeded(four_databases::registry(), place.fixtures());
    let (some, others) = tokio::join!(seeded(), seeded());
    let (some, others) = (some.unwrap(), others.unwrap());

    let db = some.connection("reviews");
    let taken_down = reviews::Entity::find()
        .filter(reviews::Column::State.eq(State::TakenDown))
        .one(db)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((taken_down.user_id, taken_down.stars), (3, 1));
    assert_eq!(
        taken_down.written_at.to_rfc3339(),
        "2026-03-03T00:00:00-05:30"
    );
    votes::Entity::delete_many().exec(db).await.unwrap();

    let votes = votes::Entity::find().all(others.connection("reviews"));
    let votes: Vec<_> = votes.await.unwrap();
    let weights: Vec<_> = votes
        .iter()
        .map(|vote| (vote.helpful, vote.weight))
        .collect();
    assert_eq!(weights, [(true, 1), (false, 1), (true, 10)]);
    assert_eq!(others.report().problems.errors, 6 + 8 + 9);
}
