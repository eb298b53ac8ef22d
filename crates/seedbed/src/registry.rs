use std::pin::Pin;
use std::sync::Arc;

use sea_orm_migration::MigratorTraitSelf;

use crate::dataset::{Dataset, TypedDataset};
use crate::migrations::Migrations;
use crate::rules::{FixtureEntity, Rules};

/// A future that leaves its result with whoever made it, so that futures of any purpose join alike.
pub type Joined<'a> = Pin<Box<dyn Future<Output = ()> + Send + 'a>>;

type Join = Box<dyn for<'a> Fn(Vec<Joined<'a>>) -> Joined<'a> + Send + Sync>;

/// The one place that lists a store's databases and their datasets.
///
/// ```no_run
/// # mod migrations { pub use sea_orm_migration::prelude::*;
/// #   pub struct Users; #[async_trait::async_trait]
/// #   impl MigratorTrait for Users { fn migrations() -> Vec<Box<dyn MigrationTrait>> { vec![] } } }
/// # mod users { use sea_orm::entity::prelude::*;
/// #   #[sea_orm::model] #[derive(Clone, Debug, PartialEq, DeriveEntityModel, serde::Deserialize)]
/// #   #[sea_orm(table_name = "users")]
/// #   pub struct Model { #[sea_orm(primary_key)] pub id: i64 }
/// #   impl ActiveModelBehavior for ActiveModel {} }
/// use seedbed::{Database, Registry, Rules};
///
/// let registry = Registry::new(
///     [Database::new("users")
///         .migrated_by(migrations::Users)
///         .dataset(users::Entity, Rules::of(users::Entity))],
///     |[users]| Box::pin(async { tokio::join!(users); }),
/// );
/// ```
pub struct Registry {
    databases: Vec<Database>,
    join: Join,
}

impl Registry {
    /// The databases, and how futures for each of them are joined: a `tokio::join!` of them all.
    pub fn new<const N: usize>(
        databases: [Database; N],
        join: for<'a> fn([Joined<'a>; N]) -> Joined<'a>,
    ) -> Self {
        Self {
            databases: databases.into(),
            join: Box::new(move |futures| match futures.try_into() {
                Ok(futures) => join(futures),
                Err(_) => unreachable!("`together` makes one future for each database"),
            }),
        }
    }

    /// The databases, in the order they were listed.
    pub(crate) fn databases(&self) -> &[Database] {
        &self.databases
    }

    /// All databases' aliases, in the order they were listed.
    pub(crate) fn aliases(&self) -> Vec<&str> {
        self.databases.iter().map(|d| d.alias.as_str()).collect()
    }

    /// Runs `work` for each of the databases at the same time and hands back the results in the order
    /// of `indices`, which name no database twice.
    pub(crate) async fn together<'a, F, T>(
        &'a self,
        indices: &[usize],
        work: impl Fn(usize) -> F,
    ) -> Vec<T>
    where
        F: Future<Output = T> + Send + 'a,
        T: Send + 'a,
    {
        let mut results: Vec<Option<T>> = Vec::new();
        results.resize_with(self.databases.len(), || None);
        let futures = results.iter_mut().enumerate().map(|(index, result)| {
            let work = indices.contains(&index).then(|| work(index));
            let joined: Joined<'_> = Box::pin(async move {
                if let Some(work) = work {
                    *result = Some(work.await);
                }
            });
            joined
        });
        (self.join)(futures.collect()).await;
        let done = |&index: &usize| results[index].take();
        indices
            .iter()
            .map(done)
            .map(|result| result.expect("every future was joined"))
            .collect()
    }
}

/// One independent store: its alias, its migrations and the datasets in it.
pub struct Database {
    alias: String,
    migrations: Option<Box<dyn Migrations>>,
    datasets: Vec<Arc<dyn Dataset>>,
}

impl Database {
    /// A database with neither migrations nor datasets yet. The alias is `[a-z][a-z0-9_]*`, without `__`.
    pub fn new(alias: impl Into<String>) -> Self {
        Self {
            alias: alias.into(),
            migrations: None,
            datasets: Vec::new(),
        }
    }

    /// Its migrations: any SeaORM migrator.
    pub fn migrated_by(mut self, migrator: impl MigratorTraitSelf + 'static) -> Self {
        self.migrations = Some(Box::new(migrator));
        self
    }

    /// A table of it that is fed by fixtures: the dataset is named as the table is.
    pub fn dataset<E: FixtureEntity>(mut self, _entity: E, rules: Rules<E>) -> Self {
        self.datasets.push(Arc::new(TypedDataset::new(rules)));
        self
    }

    /// The name it goes by.
    pub(crate) fn alias(&self) -> &str {
        &self.alias
    }

    /// Whether the dataset is one of its tables.
    pub(crate) fn has_dataset(&self, name: &str) -> bool {
        self.datasets.iter().any(|dataset| dataset.name() == name)
    }

    pub(crate) fn migrations(&self) -> Option<&dyn Migrations> {
        self.migrations.as_deref()
    }

    pub(crate) fn datasets(&self) -> &[Arc<dyn Dataset>] {
        &self.datasets
    }
}
