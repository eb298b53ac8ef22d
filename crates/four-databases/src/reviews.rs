//! What users think of products. Both live in other databases.

use entities::{products, users};
use sea_orm::entity::prelude::*;
use seedbed::Rules;
use serde::Deserialize;
use validator::ValidationError;

use crate::checks::ensure;

/// The most stars there are.
const MOST_STARS: i16 = 5;

/// With so many stars or fewer, a review says why.
const FEW_STARS: i16 = 2;

/// The longest text, in characters: about a page.
const TEXT_LENGTH: usize = 2_000;

/// A review.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "reviews")]
pub struct Model {
    /// The review's key.
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: Uuid,
    /// The key of the user whose opinion it is.
    pub user_id: i64,
    /// The key of the product it is about.
    pub product_id: i64,
    /// How good the product is: 1 to 5.
    pub stars: i16,
    /// The opinion in words, if the user found any.
    #[sea_orm(column_type = "Text", nullable)]
    pub text: Option<String>,
    /// When it was written, with the offset of where that was.
    pub written_at: DateTimeWithTimeZone,
    /// Who can see it.
    pub state: State,
}

/// Who can see a review.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "String(StringLen::N(20))",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its author.
    Draft,
    /// Everybody.
    Published,
    /// Nobody since a moderator has seen it.
    TakenDown,
}

impl ActiveModelBehavior for ActiveModel {}

/// What is asked of reviews.
pub fn rules() -> Rules<Entity> {
    Rules::of(Entity)
        .check(Column::Stars, |review| in_range(review.stars))
        .check(Column::Text, |review| not_too_long(review.text.as_deref()))
        .check_across([Column::Text, Column::Stars], says_why)
        .references(Column::UserId, users::Entity)
        .references(Column::ProductId, products::Entity)
        .warn_repeated([Column::UserId, Column::ProductId])
}

fn in_range(stars: i16) -> Result<(), ValidationError> {
    ensure((1..=MOST_STARS).contains(&stars), "range", || {
        format!("must be 1 to {MOST_STARS}, not {stars}")
    })
}

fn not_too_long(text: Option<&str>) -> Result<(), ValidationError> {
    let length = text.map_or(0, |text| text.chars().count());
    ensure(length <= TEXT_LENGTH, "length", || {
        format!("must have at most {TEXT_LENGTH} characters, not {length}")
    })
}

fn says_why(review: &Model) -> Result<(), ValidationError> {
    let wordless = review.text.as_deref().unwrap_or("").trim().is_empty();
    ensure(review.stars > FEW_STARS || !wordless, "reason", || {
        format!("must say why where `stars` is {FEW_STARS} or less")
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(stars: i16, text: Option<&str>, broken: &[&str]) {
        let review = Model {
            id: Uuid::nil(),
            user_id: 1,
            product_id: 1,
            stars,
            text: text.map(str::to_owned),
            written_at: DateTimeWithTimeZone::default(),
            state: State::Draft,
        };
        assert_eq!(rules().broken_by(&review), broken, "{stars} {text:?}");
    }

    #[test]
    fn stars_are_1_to_5_and_few_need_a_reason() {
        check(5, None, &[]);
        check(3, None, &[]);
        check(2, None, &["text.reason"]);
        check(2, Some(" \n"), &["text.reason"]);
        check(1, Some("Broke."), &[]);
        check(0, Some("Broke."), &["stars.range"]);
        check(6, None, &["stars.range"]);
        check(i16::MIN, None, &["stars.range", "text.reason"]);
        check(5, Some(&"é".repeat(2_000)), &[]);
        check(5, Some(&"é".repeat(2_001)), &["text.length"]);
    }
}
