use entities::{orders, products, users};
use seedbed::{Database, Registry};
use tokio::join;

/// The store's databases: the alias, the migrations, and a line for each dataset.
pub fn registry() -> Registry {
    Registry::new(
        [
            Database::new("users")
                .migrated_by(migrations::users::Migrator)
                .dataset(users::Entity, validation::users::rules()),
            Database::new("products")
                .migrated_by(migrations::products::Migrator)
                .dataset(products::Entity, validation::products::rules()),
            Database::new("orders")
                .migrated_by(migrations::orders::Migrator)
                .dataset(orders::Entity, validation::orders::rules()),
        ],
        |[users, products, orders]| Box::pin(async { _ = join!(users, products, orders) }),
    )
}
