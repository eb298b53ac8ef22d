//! Two databases whose tables are made by others.

use seedbed::{Database, Registry, Rules};
use tokio::join;

pub fn registry() -> Registry {
    let trips = Rules::of(trips::Entity).references(trips::Column::Country, countries::Entity);
    Registry::new(
        [
            Database::new("places").dataset(countries::Entity, Rules::of(countries::Entity)),
            Database::new("travel").dataset(trips::Entity, trips),
        ],
        |[places, travel]| Box::pin(async { _ = join!(places, travel) }),
    )
}

mod countries {
    use sea_orm::entity::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
    #[sea_orm(table_name = "countries")]
    pub struct Model {
        #[sea_orm(primary_key, auto_increment = false)]
        pub code: String,
        pub name: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

mod trips {
    use sea_orm::entity::prelude::*;
    use serde::Deserialize;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
    #[sea_orm(table_name = "trips")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        pub country: String,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}
