//! The rules of products.

use entities::products::{Column, Entity};
use rust_decimal::Decimal;
use seedbed::Rules;

use crate::checks::{Checked, ensure, not_blank, not_too_long, positive};

/// The highest price the column holds: twelve digits, two of them decimals.
const HIGHEST_PRICE: Decimal = Decimal::from_parts(3_567_587_327, 232, 0, false, 2);

/// What is asked of products.
pub fn rules() -> Rules<Entity> {
    Rules::of(Entity)
        .check(Column::Id, |product| positive(product.id))
        .check(Column::Name, |product| not_blank(&product.name))
        .check(Column::Name, |product| not_too_long(&product.name))
        .check(Column::Price, |product| non_negative(product.price.0))
        .check(Column::Price, |product| in_cents(product.price.0))
        .check(Column::Price, |product| in_range(product.price.0))
        .warn_repeated([Column::Name, Column::Price])
}

fn non_negative(price: Decimal) -> Checked {
    ensure(price >= Decimal::ZERO, "non-negative", || {
        format!("must not be negative, but is {price}")
    })
}

fn in_cents(price: Decimal) -> Checked {
    ensure(price.normalize().scale() <= 2, "scale", || {
        format!("must have at most 2 decimals, but is {price}")
    })
}

fn in_range(price: Decimal) -> Checked {
    ensure(price <= HIGHEST_PRICE, "range", || {
        format!("must be at most {HIGHEST_PRICE}, but is {price}")
    })
}

#[cfg(test)]
mod tests {
    use entities::Price;
    use entities::products::Model;

    use super::*;

    fn check(price: &str, broken: &[&str]) {
        let product = Model {
            id: 1,
            name: "Laptop".into(),
            price: Price(price.parse().unwrap()),
        };
        assert_eq!(rules().broken_by(&product), broken, "{price}");
    }

    #[test]
    fn a_price_is_a_sum_of_money() {
        check("0", &[]);
        check("-0", &[]);
        check("0.01", &[]);
        check("1.5000", &[]);
        check("9999999999.99", &[]);
        check("-0.01", &["price.non-negative"]);
        check("0.001", &["price.scale"]);
        check("9999999999.990", &[]);
        check("10000000000", &["price.range"]);
        check("9999999999.991", &["price.scale", "price.range"]);
        check("-1.234", &["price.non-negative", "price.scale"]);
    }
}
