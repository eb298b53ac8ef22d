//! What users think of reviews. The reviews live in the same database, the users in another.

use entities::users;
use sea_orm::entity::prelude::*;
use seedbed::Rules;
use serde::Deserialize;
use validator::ValidationError;

use crate::checks::ensure;
use crate::reviews;

/// A vote.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "votes")]
pub struct Model {
    /// The vote's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: String,
    /// The key of the review voted on.
    pub review_id: Uuid,
    /// The key of the user who voted; nothing for a guest.
    pub user_id: Option<i64>,
    /// Whether the review helped.
    pub helpful: bool,
    /// How many ordinary votes it counts for.
    #[serde(default = "one")]
    pub weight: i32,
    /// The day of the vote.
    pub voted_on: Date,
    /// What the voter was given to prove the vote by; no two votes share one.
    #[sea_orm(unique)]
    pub receipt: Option<Uuid>,
}

impl ActiveModelBehavior for ActiveModel {}

fn one() -> i32 {
    1
}

/// What is asked of votes.
pub fn rules() -> Rules<Entity> {
    Rules::of(Entity)
        .check(Column::Id, |vote| without_space(&vote.id))
        .check(Column::Weight, |vote| in_range(vote.weight))
        .unique(Column::Receipt)
        .references(Column::ReviewId, reviews::Entity)
        .references(Column::UserId, users::Entity)
}

fn without_space(id: &str) -> Result<(), ValidationError> {
    let good = !id.is_empty() && !id.contains(char::is_whitespace);
    ensure(good, "format", || {
        format!("must be a text without white space, not `{id}`")
    })
}

fn in_range(weight: i32) -> Result<(), ValidationError> {
    ensure((1..=10).contains(&weight), "range", || {
        format!("must be 1 to 10, not {weight}")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(id: &str, weight: i32, broken: &[&str]) {
        let vote = Model {
            id: id.to_owned(),
            review_id: Uuid::nil(),
            user_id: None,
            helpful: true,
            weight,
            voted_on: Date::default(),
            receipt: None,
        };
        assert_eq!(rules().broken_by(&vote), broken, "{id:?} {weight}");
    }

    #[test]
    fn a_key_has_no_space_and_a_weight_is_1_to_10() {
        check("v-1", 1, &[]);
        check("v-1", 10, &[]);
        check("", 1, &["id.format"]);
        check("v 1", 0, &["id.format", "weight.range"]);
        check("v-1", 11, &["weight.range"]);
    }
}
