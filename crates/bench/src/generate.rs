//! Rows as people write them, any number of them, and the same ones every time.

/// One row in so many is bad.
const BAD_EVERY: i64 = 1_000;

const FIRST_NAMES: [&str; 16] = [
    "Alice", "Bob", "Charlie", "David", "Eve", "Frank", "Grace", "Henry", "Ines", "Jane", "Karim",
    "Lucia", "Mehmet", "Nora", "Oleg", "Priya",
];
const LAST_NAMES: [&str; 16] = [
    "Andersson",
    "Brown",
    "Costa",
    "Dubois",
    "Eriksen",
    "Ferrari",
    "Garcia",
    "Haddad",
    "Ivanov",
    "Jansen",
    "Kowalski",
    "Lopez",
    "Meyer",
    "Nguyen",
    "Okafor",
    "Patel",
];
const QUALITIES: [&str; 8] = [
    "Compact",
    "Curved",
    "Ergonomic",
    "Foldable",
    "Gaming",
    "Quiet",
    "Solid",
    "Wireless",
];
const THINGS: [&str; 8] = [
    "Chair",
    "Desk",
    "Headphones",
    "Keyboard",
    "Laptop",
    "Monitor",
    "Mouse",
    "Smartwatch",
];

/// How many rows each dataset has, the bad ones included.
#[derive(Clone, Copy, Debug)]
pub struct Size {
    pub users: i64,
    pub products: i64,
    pub orders: i64,
}

impl Size {
    /// 300,000 users, 100,000 products and 1,000,000 orders, times `scale`.
    pub fn times(scale: f64) -> Self {
        let scaled = |rows: f64| (rows * scale).round().max(1.0) as i64;
        Self {
            users: scaled(300_000.0),
            products: scaled(100_000.0),
            orders: scaled(1_000_000.0),
        }
    }

    /// Rows of all datasets.
    pub fn rows(self) -> i64 {
        self.users + self.products + self.orders
    }
}

/// Which values the rows have: the keys and the bad rows are those of both.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Edition {
    First,
    /// Every good row differs from the first edition's.
    Changed,
}

pub struct User {
    pub id: i64,
    pub name: String,
    pub email: String,
}

pub struct Product {
    pub id: i64,
    pub name: String,
    pub cents: i64,
}

pub struct Order {
    pub id: i64,
    pub user_id: i64,
    pub product_id: i64,
    pub quantity: i64,
}

/// Whether the row of this key is one that has to be rejected.
pub fn is_bad(id: i64) -> bool {
    id % BAD_EVERY == BAD_EVERY / 2
}

/// All rows of one size and edition, in the order of their keys.
#[derive(Clone, Copy, Debug)]
pub struct Rows {
    pub size: Size,
    pub edition: Edition,
}

impl Rows {
    /// Bad ones repeat the e-mail of the user before them.
    pub fn users(self) -> impl Iterator<Item = User> {
        (1..=self.size.users).map(move |id| {
            let name = format!(
                "{} {}",
                one_of(&FIRST_NAMES, id, 1),
                one_of(&LAST_NAMES, id, 2)
            );
            let email = self.email(if is_bad(id) { id - 1 } else { id });
            User { id, name, email }
        })
    }

    fn email(self, id: i64) -> String {
        let host = match self.edition {
            Edition::First => "example.com",
            Edition::Changed => "mail.example.com",
        };
        let (first, last) = (one_of(&FIRST_NAMES, id, 1), one_of(&LAST_NAMES, id, 2));
        format!("{first}.{last}{id}@{host}").to_lowercase()
    }

    /// Bad ones have a negative price.
    pub fn products(self) -> impl Iterator<Item = Product> {
        (1..=self.size.products).map(move |id| {
            let name = format!(
                "{} {} {id}",
                one_of(&QUALITIES, id, 3),
                one_of(&THINGS, id, 4)
            );
            let cents = 99 + below(200_000, id, 5) + self.difference();
            let cents = if is_bad(id) { -cents } else { cents };
            Product { id, name, cents }
        })
    }

    /// Bad ones have no quantity or a negative one, or refer to a product that never was or to a
    /// user that is rejected.
    pub fn orders(self) -> impl Iterator<Item = Order> {
        (1..=self.size.orders).map(move |id| {
            let mut order = Order {
                id,
                user_id: good_below(self.size.users, id, 6),
                product_id: good_below(self.size.products, id, 7),
                quantity: 1 + below(9, id, 8) + self.difference(),
            };
            if is_bad(id) {
                match id / BAD_EVERY % 4 {
                    0 => order.quantity = 0,
                    1 => order.quantity = -1,
                    2 => order.product_id = self.size.products + 1,
                    _ => order.user_id = BAD_EVERY / 2,
                }
            }
            order
        })
    }

    fn difference(self) -> i64 {
        match self.edition {
            Edition::First => 0,
            Edition::Changed => 1,
        }
    }
}

fn one_of(texts: &[&'static str], id: i64, field: u64) -> &'static str {
    texts[below(texts.len() as i64, id, field) as usize]
}

/// The key of a good row among the first `rows`.
fn good_below(rows: i64, id: i64, field: u64) -> i64 {
    let key = 1 + below(rows, id, field);
    if is_bad(key) { key - 1 } else { key }
}

/// A number from 0 up to `bound`, exclusive, that depends on the row and the field alone.
fn below(bound: i64, id: i64, field: u64) -> i64 {
    (splitmix(id as u64 ^ field << 56) % bound as u64) as i64
}

/// SplitMix64's output function: Steele, Lea and Flood, "Fast Splittable Pseudorandom Number
/// Generators", 2014.
fn splitmix(seed: u64) -> u64 {
    let z = seed.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
    let z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    z ^ (z >> 31)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn rows(edition: Edition) -> Rows {
        let size = Size::times(0.02);
        Rows { size, edition }
    }

    #[test]
    fn one_row_in_a_thousand_is_bad() {
        let bad = |rows: i64| (1..=rows).filter(|&id| is_bad(id)).count();
        let Size {
            users,
            products,
            orders,
        } = Size::times(0.1);
        assert_eq!([bad(users), bad(products), bad(orders)], [30, 10, 100]);
    }

    #[test]
    fn only_bad_users_repeat_an_email() {
        for edition in [Edition::First, Edition::Changed] {
            let mut seen = HashSet::new();
            for user in rows(edition).users() {
                assert_eq!(seen.insert(user.email), !is_bad(user.id), "{}", user.id);
            }
        }
    }

    #[test]
    fn only_bad_products_cost_less_than_nothing() {
        for product in rows(Edition::First).products() {
            assert_eq!(product.cents < 0, is_bad(product.id), "{}", product.id);
        }
    }

    #[test]
    fn only_bad_orders_break_a_rule() {
        let rows = rows(Edition::First);
        let in_table = |key: i64, size: i64| (1..=size).contains(&key) && !is_bad(key);
        for order in rows.orders() {
            let good = order.quantity > 0
                && in_table(order.user_id, rows.size.users)
                && in_table(order.product_id, rows.size.products);
            assert_eq!(good, !is_bad(order.id), "{}", order.id);
        }
    }

    #[test]
    fn every_good_row_changes() {
        let (first, changed) = (rows(Edition::First), rows(Edition::Changed));
        let mut users = first.users().zip(changed.users());
        let mut products = first.products().zip(changed.products());
        let mut orders = first.orders().zip(changed.orders());
        assert!(users.all(|(a, b)| is_bad(a.id) || a.email != b.email));
        assert!(products.all(|(a, b)| is_bad(a.id) || a.cents != b.cents));
        assert!(orders.all(|(a, b)| is_bad(a.id) || a.quantity != b.quantity));
    }
}
