//! Registries that make no sense.

use seedbed::{Database, FixtureEntity, Registry, Rules};
use tokio::join;

/// The registry of a name; `alias:X` has one good database, but for its alias `X`.
pub fn registry(name: &str) -> Registry {
    let hens = || Rules::of(hens::Entity);
    let of_eggs = || Rules::of(hens::Entity).references(hens::Column::Egg, eggs::Entity);
    let of_hens = || Rules::of(eggs::Entity).references(eggs::Column::Hen, hens::Entity);
    match name {
        "databases-in-a-circle" => two(
            database("barn", hens::Entity, of_eggs()),
            database("nest", eggs::Entity, of_hens()),
        ),
        "datasets-in-a-circle" => {
            one(database("barn", hens::Entity, of_eggs()).dataset(eggs::Entity, of_hens()))
        }
        "refers-to-itself" => one(database(
            "barn",
            hens::Entity,
            hens().references(hens::Column::Egg, hens::Entity),
        )),
        "database-twice" => two(
            database("barn", hens::Entity, hens()),
            database("barn", eggs::Entity, Rules::of(eggs::Entity)),
        ),
        "dataset-twice" => two(
            database("barn", hens::Entity, hens()),
            database("nest", hens::Entity, hens()),
        ),
        "dataset-twice-in-one" => {
            one(database("barn", hens::Entity, hens()).dataset(hens::Entity, hens()))
        }
        "unknown-target" => one(database("barn", hens::Entity, of_eggs())),
        "key-of-two-columns" => one(database("barn", visits::Entity, Rules::of(visits::Entity))),
        "key-of-a-date" => one(database(
            "barn",
            holidays::Entity,
            Rules::of(holidays::Entity),
        )),
        "reference-of-another-type" => two(
            database("barn", hens::Entity, hens()),
            database(
                "desk",
                labels::Entity,
                Rules::of(labels::Entity).references(labels::Column::Hen, hens::Entity),
            ),
        ),
        "column-skipped" => one(database("barn", ducks::Entity, Rules::of(ducks::Entity))),
        "column-renamed" => one(database("barn", geese::Entity, Rules::of(geese::Entity))),
        other => {
            let alias = other.strip_prefix("alias:").expect("a registry's name");
            one(database(alias, hens::Entity, hens()))
        }
    }
}

fn one(database: Database) -> Registry {
    Registry::new([database], |[one]| Box::pin(async { _ = join!(one) }))
}

fn two(first: Database, second: Database) -> Registry {
    Registry::new([first, second], |[first, second]| {
        Box::pin(async { _ = join!(first, second) })
    })
}

fn database<E: FixtureEntity>(alias: &str, entity: E, rules: Rules<E>) -> Database {
    Database::new(alias).dataset(entity, rules)
}

table!(hens, "hens", {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub egg: i64,
});
table!(eggs, "eggs", {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub hen: i64,
});
table!(labels, "labels", {
    #[sea_orm(primary_key)]
    pub id: i64,
    pub hen: String,
});
table!(visits, "visits", {
    #[sea_orm(primary_key)]
    pub hen: i64,
    #[sea_orm(primary_key)]
    pub day: Date,
});
table!(holidays, "holidays", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub day: Date,
});
table!(ducks, "ducks", {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[serde(skip)]
    pub weight: i64,
});
table!(geese, "geese", {
    #[sea_orm(primary_key)]
    pub id: i64,
    #[serde(rename = "kind")]
    pub breed: String,
});
