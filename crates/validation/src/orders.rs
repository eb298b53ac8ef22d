//! The rules of orders.

use entities::orders::{Column, Entity};
use entities::{products, users};
use seedbed::Rules;
use validator::ValidateRange;

use crate::checks::{Checked, ensure, positive};

/// The most of one product that an order takes: what 32 bits hold, as other programs read it.
const HIGHEST_QUANTITY: i64 = 2_147_483_647;

/// What is asked of orders.
pub fn rules() -> Rules<Entity> {
    Rules::of(Entity)
        .check(Column::Id, |order| positive(order.id))
        .check(Column::Quantity, |order| positive(order.quantity))
        .check(Column::Quantity, |order| in_range(order.quantity))
        .references(Column::UserId, users::Entity)
        .references(Column::ProductId, products::Entity)
}

fn in_range(quantity: i64) -> Checked {
    ensure(
        quantity.validate_range(None, Some(HIGHEST_QUANTITY), None, None),
        "range",
        || format!("must be at most {HIGHEST_QUANTITY}, not {quantity}"),
    )
}

#[cfg(test)]
mod tests {
    use entities::orders::Model;

    use super::*;

    fn check(quantity: i64, broken: &[&str]) {
        let order = Model {
            id: 1,
            user_id: 1,
            product_id: 1,
            quantity,
        };
        assert_eq!(rules().broken_by(&order), broken, "{quantity}");
    }

    #[test]
    fn a_quantity_fits_32_bits_and_is_at_least_one() {
        check(1, &[]);
        check(0, &["quantity.positive"]);
        check(-1, &["quantity.positive"]);
        check(2_147_483_647, &[]);
        check(2_147_483_648, &["quantity.range"]);
        check(i64::MIN, &["quantity.positive"]);
    }
}
