//! A database whose migrations begin transactions of their own.

use sea_orm::TransactionTrait;
use sea_orm_migration::prelude::*;
use seedbed::{Database, Registry, Rules};
use tokio::join;

table!(posts, "posts", {
    #[sea_orm(primary_key, auto_increment = false)]
    pub id: i64,
    pub title: String,
});

pub fn registry() -> Registry {
    let club = Database::new("club")
        .migrated_by(Migrator)
        .dataset(posts::Entity, Rules::of(posts::Entity));
    Registry::new([club], |[club]| Box::pin(async { _ = join!(club) }))
}

struct Migrator;

#[async_trait::async_trait]
impl MigratorTrait for Migrator {
    fn migrations() -> Vec<Box<dyn MigrationTrait>> {
        vec![
            Box::new(CreatePosts),
            Box::new(WelcomeAll),
            Box::new(WelcomeMore),
        ]
    }
}

#[derive(DeriveMigrationName)]
struct CreatePosts;

#[async_trait::async_trait]
impl MigrationTrait for CreatePosts {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let create = "CREATE TABLE posts (id bigint PRIMARY KEY, title varchar(20) NOT NULL)";
        run(manager.get_connection(), create).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager.get_connection(), "DROP TABLE posts").await
    }
}

/// Begins and ends it, and another in it.
struct WelcomeAll;

impl MigrationName for WelcomeAll {
    fn name(&self) -> &str {
        "welcome_all"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for WelcomeAll {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let all = manager.get_connection().begin().await?;
        run(&all, "INSERT INTO posts VALUES (100, 'welcome')").await?;
        let part = all.begin().await?;
        run(&part, "INSERT INTO posts VALUES (101, 'never mind')").await?;
        part.rollback().await?;
        all.commit().await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let all = manager.get_connection().begin().await?;
        run(&all, "DELETE FROM posts WHERE id = 100").await?;
        all.commit().await
    }
}

/// Has it begun and ended.
struct WelcomeMore;

impl MigrationName for WelcomeMore {
    fn name(&self) -> &str {
        "welcome_more"
    }
}

#[async_trait::async_trait]
impl MigrationTrait for WelcomeMore {
    fn use_transaction(&self) -> Option<bool> {
        Some(true)
    }

    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        let insert = "INSERT INTO posts VALUES (102, 'welcome, too')";
        run(manager.get_connection(), insert).await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        run(manager.get_connection(), "DELETE FROM posts WHERE id = 102").await
    }
}

async fn run(db: &impl ConnectionTrait, statement: &str) -> Result<(), DbErr> {
    db.execute_unprepared(statement).await.map(drop)
}
