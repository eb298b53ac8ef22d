//! The store's users, before and after they get an optional column.
//!
//! What the column takes: a field of the entity, the next migration, and values in the fixtures.

mod m20261202_000001_add_phone;
mod users;

use sea_orm_migration::prelude::*;
use seedbed::{Database, Registry, Rules};
use tokio::join;

/// As the store has them.
pub fn before() -> Registry {
    one(Database::new("users")
        .migrated_by(migrations::users::Migrator)
        .dataset(entities::users::Entity, validation::users::rules()))
}

/// With the column.
pub fn after() -> Registry {
    let rules = Rules::of(users::Entity).unique_ignoring_case(users::Column::Email);
    one(Database::new("users")
        .migrated_by(Migrator)
        .dataset(users::Entity, rules))
}

fn one(database: Database) -> Registry {
    Registry::new([database], |[users]| Box::pin(async { _ = join!(users) }))
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        let mut all = migrations::users::Migrator::migrations();
        all.push(Box::new(m20261202_000001_add_phone::Migration));
        all
    }
}
