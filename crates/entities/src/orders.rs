//! Who ordered how much of what. User and product live in other databases.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// An order.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "orders")]
pub struct Model {
    /// The order's key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// The key of the user who ordered.
    pub user_id: i64,
    /// The key of the product ordered.
    pub product_id: i64,
    /// How many of it.
    pub quantity: i64,
}

impl ActiveModelBehavior for ActiveModel {}
