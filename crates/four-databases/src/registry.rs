use entities::{orders, products, users};
use seedbed::{Database, Registry};
use tokio::join;

use crate::{Migrator, reviews, votes};

/// The store's three databases as they are, and the fourth.
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
            // Votes refer to reviews, which are loaded first wherever they are listed.
            Database::new("reviews")
                .migrated_by(Migrator)
                .dataset(votes::Entity, votes::rules())
                .dataset(reviews::Entity, reviews::rules()),
        ],
        |[users, products, orders, reviews]| {
            Box::pin(async { _ = join!(users, products, orders, reviews) })
        },
    )
}
