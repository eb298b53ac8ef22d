use async_trait::async_trait;
use sea_orm::{DatabaseConnection, DbErr};
use sea_orm_migration::{Migration, MigrationStatus, MigratorTraitSelf, SchemaManager};

use crate::engine;

/// A SeaORM migrator of any type.
#[async_trait]
pub(crate) trait Migrations: Send + Sync {
    /// The migrations' names, oldest first.
    fn names(&self) -> Vec<String>;

    /// The names of the migrations that are not applied, oldest first. Creates nothing.
    async fn pending(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr>;

    /// Applies what is pending.
    async fn up(&self, db: &DatabaseConnection) -> Result<(), DbErr>;

    /// Reverts the newest `steps` applied ones.
    async fn down(&self, db: &DatabaseConnection, steps: u32) -> Result<(), DbErr>;

    /// Drops every table, then applies all.
    async fn fresh(&self, db: &DatabaseConnection) -> Result<(), DbErr>;

    /// Applies the named ones to whatever stands behind the manager, without bookkeeping.
    async fn rehearse(&self, manager: &SchemaManager<'_>, names: &[String]) -> Result<(), DbErr>;
}

#[async_trait]
impl<M: MigratorTraitSelf> Migrations for M {
    fn names(&self) -> Vec<String> {
        let migrations = MigratorTraitSelf::migrations(self);
        let names = migrations.iter().map(|migration| migration.name());
        names.map(str::to_owned).collect()
    }

    async fn pending(&self, db: &DatabaseConnection) -> Result<Vec<String>, DbErr> {
        let migrations = self.get_migration_with_status_read_only(db).await?;
        let is_pending = |it: &&Migration| it.status() == MigrationStatus::Pending;
        let pending: Vec<_> = migrations.iter().filter(is_pending).collect();
        if !pending.is_empty() && pending.len() == migrations.len() {
            let table = self.migration_table_name();
            engine::reveal(db, None, &table.to_string()).await?;
        }
        Ok(pending.iter().map(|it| it.name().to_owned()).collect())
    }

    async fn up(&self, db: &DatabaseConnection) -> Result<(), DbErr> {
        MigratorTraitSelf::up(self, db, None).await
    }

    async fn down(&self, db: &DatabaseConnection, steps: u32) -> Result<(), DbErr> {
        MigratorTraitSelf::down(self, db, Some(steps)).await
    }

    async fn fresh(&self, db: &DatabaseConnection) -> Result<(), DbErr> {
        MigratorTraitSelf::fresh(self, db).await
    }

    async fn rehearse(&self, manager: &SchemaManager<'_>, names: &[String]) -> Result<(), DbErr> {
        for migration in MigratorTraitSelf::migrations(self) {
            if names.iter().any(|name| name == migration.name()) {
                migration.up(manager).await?;
            }
        }
        Ok(())
    }
}
