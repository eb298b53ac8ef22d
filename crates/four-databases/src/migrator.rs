use sea_orm_migration::prelude::*;

mod m20261201_000001_create_reviews;
mod m20261201_000002_create_votes;

/// The migrations of the database `reviews`, oldest first.
pub struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(m20261201_000001_create_reviews::Migration),
            Box::new(m20261201_000002_create_votes::Migration),
        ]
    }
}
