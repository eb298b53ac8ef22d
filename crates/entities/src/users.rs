//! People who order.

use sea_orm::entity::prelude::*;
use serde::Deserialize;

/// A user.
#[sea_orm::model]
#[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
#[sea_orm(table_name = "users")]
pub struct Model {
    /// The user's key.
    #[sea_orm(primary_key)]
    pub id: i64,
    /// What the user is called.
    pub name: String,
    /// Where the user is reached; no two users share one.
    #[sea_orm(unique)]
    pub email: String,
}

impl ActiveModelBehavior for ActiveModel {}
