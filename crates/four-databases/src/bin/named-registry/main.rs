//! The kit's program over one of several small registries: the one that the variable `REGISTRY`
//! names. Some of them cannot be run, and are to be refused.

/// An entity of a table.
macro_rules! table {
    ($name:ident, $table:tt, { $($fields:tt)* }) => {
        mod $name {
            use sea_orm::entity::prelude::*;
            use serde::Deserialize;

            #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
            #[sea_orm(table_name = $table)]
            pub struct Model {
                $($fields)*
            }

            #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
            pub enum Relation {}

            impl ActiveModelBehavior for ActiveModel {}
        }
    };
}

mod own_transactions;
mod refused;
mod seed_only;
mod shapes;
mod users_with_phone;

use std::env;
use std::process::ExitCode;

use seedbed::Registry;

fn main() -> ExitCode {
    let name = env::var("REGISTRY").expect("`REGISTRY` names a registry");
    seedbed::main(registry(&name))
}

fn registry(name: &str) -> Registry {
    match name {
        "own-transactions" => own_transactions::registry(),
        "seed-only" => seed_only::registry(),
        "users" => users_with_phone::before(),
        "users-with-phone" => users_with_phone::after(),
        other => match other.strip_prefix("shape:") {
            Some(shape) => shapes::registry(shape),
            None => refused::registry(other),
        },
    }
}
