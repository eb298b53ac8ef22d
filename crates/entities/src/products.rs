//! Things that are ordered.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

use crate::price::Price;

/// A product.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "products")]
pub struct Model {
    /// The product's key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What the product is called.
    pub name: String,
    /// What one of it costs.
    pub price: Price,
}

impl ActiveModelBehavior for ActiveModel {}
