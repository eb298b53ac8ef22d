//! The table in which runs record themselves, inside the transaction of the data they are about.

use chrono::{DateTime, Utc};
use sea_orm::entity::prelude::*;
use sea_orm::{
    DatabaseConnection, DbBackend, PaginatorTrait, QueryOrder, QuerySelect, Schema, Set,
};
use sea_orm_migration::SchemaManager;
use serde::Serialize;
use uuid::Uuid;

use crate::engine;
use crate::write::Counts;

/// What a run did to one database.
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Serialize)]
#[sea_orm(table_name = "seedbed_ledger")]
pub struct Model {
    /// Counts up; the order of commits.
    #[sea_orm(primary_key)]
    #[serde(skip)]
    pub id: i64,
    /// The same in all databases of a run.
    #[sea_orm(column_type = "String(StringLen::N(36))")]
    pub run_id: String,
    /// `migrate` or `seed`.
    #[sea_orm(column_type = "String(StringLen::N(16))")]
    pub command: String,
    /// The profile the database belongs to.
    pub profile: String,
    /// The datasets loaded, divided by blanks.
    #[sea_orm(column_type = "Text")]
    pub datasets: String,
    /// BLAKE3 over the fixtures of those datasets, in hexadecimal.
    #[sea_orm(column_type = "String(StringLen::N(64))", nullable)]
    pub fixtures: Option<String>,
    /// Rows inserted.
    pub inserted: i64,
    /// Rows updated.
    pub updated: i64,
    /// Rows found unchanged.
    pub unchanged: i64,
    /// RFC 3339, in UTC.
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub started_at: String,
    /// RFC 3339, in UTC; taken just before the commit.
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub ended_at: String,
    /// Of seedbed.
    #[sea_orm(column_type = "String(StringLen::N(32))")]
    pub version: String,
    /// The operating system's user who ran it.
    pub os_user: String,
    /// The machine it ran on.
    pub host: String,
}

/// The ledger refers to nothing.
#[derive(Copy, Clone, Debug, EnumIter, DeriveRelation)]
pub enum Relation {}

impl ActiveModelBehavior for ActiveModel {}

/// What there is to say about a run before it is recorded.
pub(crate) struct Entry<'a> {
    pub run: Uuid,
    pub command: &'static str,
    pub profile: &'a str,
    pub datasets: Vec<&'a str>,
    pub fixtures: Option<String>,
    pub counts: Counts,
    pub started: DateTime<Utc>,
}

/// The command whose entries say that datasets were loaded.
pub(crate) const SEED: &str = "seed";

/// The command whose first entry stamps the profile.
pub(crate) const MIGRATE: &str = "migrate";

/// Creates the ledger where there is none.
pub(crate) async fn install(db: &DatabaseConnection) -> Result<(), DbErr> {
    let backend = db.get_database_backend();
    let mut table = Schema::new(backend).create_table_from_entity(Entity);
    if backend == DbBackend::MySql {
        // Whatever the server's default: names of people and machines have all kinds of letters.
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    db.execute(table.if_not_exists()).await?;
    Ok(())
}

/// Whether the database has a ledger.
pub(crate) async fn is_installed(db: &DatabaseConnection) -> Result<bool, DbErr> {
    let table = Entity.table_name();
    SchemaManager::new(db).has_table(table).await
}

/// The profile the database was stamped with; `None` where no migration has been recorded yet.
pub(crate) async fn profile(db: &DatabaseConnection) -> Result<Option<String>, DbErr> {
    if !engine::has_table(db, None, Entity.table_name()).await? {
        return Ok(None);
    }
    let first = Entity::find().order_by_asc(Column::Id).one(db).await?;
    Ok(first.map(|entry| entry.profile))
}

/// Locks the first entry, if there is one, to the end of the open transaction.
///
/// # Errors
/// At once, when another transaction has it locked.
#[cfg(feature = "postgres")]
pub(crate) async fn lock_first(db: &DatabaseConnection) -> Result<(), DbErr> {
    use sea_orm::sea_query::{LockBehavior, LockType};

    let first = Entity::find().order_by_asc(Column::Id);
    let locked = first.lock_with_behavior(LockType::Update, LockBehavior::Nowait);
    locked.one(db).await.map(drop)
}

/// Whether a run has loaded the dataset.
pub(crate) async fn has_loaded(db: &DatabaseConnection, dataset: &str) -> Result<bool, DbErr> {
    let loads = Entity::find()
        .select_only()
        .column(Column::Datasets)
        .distinct()
        .filter(Column::Command.eq(SEED))
        .into_tuple::<String>()
        .all(db)
        .await?;
    let has = |datasets: &String| datasets.split(' ').any(|name| name == dataset);
    Ok(loads.iter().any(has))
}

/// How often the run is recorded, and so committed: once, unless another run had its turn between two
/// attempts and made it write again.
pub(crate) async fn times(db: &DatabaseConnection, run: Uuid) -> Result<u64, DbErr> {
    // The first migration makes the ledger in the transaction that it is asked about.
    if !is_installed(db).await? {
        return Ok(0);
    }
    let entries = Entity::find().filter(Column::RunId.eq(run.to_string()));
    entries.count(db).await
}

/// Fails where nothing may be written, and writes nothing.
pub(crate) async fn touch(db: &DatabaseConnection) -> Result<(), DbErr> {
    if !is_installed(db).await? {
        return Ok(());
    }
    let none = Entity::update_many()
        .col_expr(Column::Host, Column::Host.into_expr())
        .filter(Column::RunId.is_null());
    none.exec(db).await.map(drop)
}

/// The newest entries, newest first.
pub(crate) async fn newest(db: &DatabaseConnection, count: u64) -> Result<Vec<Model>, DbErr> {
    let entries = Entity::find().order_by_desc(Column::Id).limit(count);
    entries.all(db).await
}

/// Records a run, after all rows are written: on a transaction that has failed it fails too, where some engines would take
/// the COMMIT for an answer.
pub(crate) async fn record(db: &DatabaseConnection, entry: Entry<'_>) -> Result<(), DbErr> {
    let rows = |count: u64| Set(i64::try_from(count).unwrap_or(i64::MAX));
    let entry = ActiveModel {
        run_id: Set(entry.run.to_string()),
        command: Set(entry.command.to_owned()),
        profile: Set(entry.profile.to_owned()),
        datasets: Set(entry.datasets.join(" ")),
        fixtures: Set(entry.fixtures),
        inserted: rows(entry.counts.inserted),
        updated: rows(entry.counts.updated),
        unchanged: rows(entry.counts.unchanged),
        started_at: Set(stamp(entry.started)),
        ended_at: Set(stamp(Utc::now())),
        version: Set(env!("CARGO_PKG_VERSION").to_owned()),
        os_user: Set(whoami::username().unwrap_or_else(|_| "unknown".to_owned())),
        host: Set(whoami::hostname().unwrap_or_else(|_| "unknown".to_owned())),
        ..Default::default()
    };
    Entity::insert(entry).exec_without_returning(db).await?;
    Ok(())
}

fn stamp(time: DateTime<Utc>) -> String {
    time.to_rfc3339_opts(chrono::SecondsFormat::Millis, true)
}
