//! A database of one table, of a shape that the store's tables do not have. Others make the table.

use sea_orm::entity::prelude::*;
use seedbed::{Database, FixtureEntity, Registry, Rules};
use serde::Deserialize;
use tokio::join;

/// The registry whose only table has this name.
pub fn registry(table: &str) -> Registry {
    match table {
        "members" => one(
            members::Entity,
            Rules::of(members::Entity)
                .unique(members::Column::Badge)
                .unique(members::Column::Locker),
        ),
        "seats" => one(
            seats::Entity,
            Rules::of(seats::Entity)
                .unique(seats::Column::Row)
                .unique_ignoring_case(seats::Column::Code)
                .unique(seats::Column::SoldOn),
        ),
        "tokens" => one(
            tokens::Entity,
            Rules::of(tokens::Entity).unique(tokens::Column::Serial),
        ),
        "countries" => one(countries::Entity, Rules::of(countries::Entity)),
        "parcels" => one(parcels::Entity, Rules::of(parcels::Entity)),
        "teams" => one(
            teams::Entity,
            Rules::of(teams::Entity).unique(teams::Column::Colour),
        ),
        other => panic!("no table is called `{other}`"),
    }
}

fn one<E: FixtureEntity>(entity: E, rules: Rules<E>) -> Registry {
    let club = Database::new("club").dataset(entity, rules);
    Registry::new([club], |[club]| Box::pin(async { _ = join!(club) }))
}

table!(members, "members", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(unique)]
    pub badge: Option<String>,
    #[sea_orm(unique)]
    pub locker: Option<String>,
});
table!(seats, "seats", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(unique, column_type = "Char(Some(1))")]
    pub row: String,
    #[sea_orm(unique, column_type = "String(StringLen::N(2))")]
    pub code: String,
    #[sea_orm(unique)]
    pub sold_on: Option<Date>,
});
table!(tokens, "tokens", {
    #[sea_orm(primary_key, auto_increment = false, column_type = "Binary(16)")]
    pub id: Uuid,
    #[sea_orm(unique, nullable, column_type = "Binary(16)")]
    pub serial: Option<Uuid>,
});
table!(countries, "countries", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub code: String,
    pub name: String,
});
table!(parcels, "parcels", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub weight: f32,
});
table!(teams, "teams", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    #[sea_orm(unique)]
    pub colour: Option<super::Colour>,
});

/// Of a type of the engine's own, where it has such.
#[derive(Clone, Copy, Debug, PartialEq, Eq, EnumIter, DeriveActiveEnum, Deserialize)]
#[sea_orm(
    rs_type = "String",
    db_type = "Enum",
    enum_name = "colour",
    rename_all = "snake_case"
)]
#[serde(rename_all = "snake_case")]
pub enum Colour {
    Red,
    Green,
    Blue,
}
