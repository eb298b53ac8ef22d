use std::fmt::Write;

use crate::sandbox::Sandbox;
use crate::tables::{Order, Product, Tables, User};

/// Rows of version 1 beside those each version adds.
const USERS: i64 = 5_000;
const PRODUCTS: i64 = 3_000;
const ORDERS: i64 = 12_000;

/// What each version adds to each dataset.
const STEP: i64 = 40;

/// Keys from here on belong to rows that are rejected in every version.
const REJECTED: i64 = 1_000_000;

/// A version of the whole store in which every row differs from the same row of any other version and
/// says so, every e-mail belongs to another user than before, and orders name rows that are new.
/// Version 0 is that of empty tables.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Version(pub i64);

impl Version {
    /// How many rows its tables have, by dataset.
    pub fn rows(self, dataset: &str) -> i64 {
        let first = match dataset {
            "users" => USERS,
            "products" => PRODUCTS,
            _ => ORDERS,
        };
        if self.0 == 0 {
            0
        } else {
            first + STEP * self.0
        }
    }

    /// The version after it.
    pub fn next(self) -> Self {
        Self(self.0 + 1)
    }

    /// What its tables hold.
    pub fn tables(self) -> Tables {
        let keys = |dataset| 1..=self.rows(dataset);
        Tables {
            users: keys("users").map(|id| (id, self.user(id))).collect(),
            products: keys("products").map(|id| (id, self.product(id))).collect(),
            orders: keys("orders").map(|id| (id, self.order(id))).collect(),
        }
    }

    fn user(self, id: i64) -> User {
        let address = (id + 7 * self.0) % self.rows("users");
        User {
            name: format!("user {id} of version {}", self.0),
            email: format!("user.{address}@example.com"),
        }
    }

    fn product(self, id: i64) -> Product {
        Product {
            name: format!("product {id} of version {}", self.0),
            cents: id * 100 + self.0,
        }
    }

    fn order(self, id: i64) -> Order {
        let one_of = |dataset| match id % 3 {
            0 => self.rows(dataset) - id % STEP,
            _ => id * 31 % self.rows(dataset) + 1,
        };
        Order {
            user: one_of("users"),
            product: one_of("products"),
            quantity: self.0,
        }
    }

    /// Makes it what the fixtures say. A few rows of each are bad, and some orders name those.
    pub fn write_fixtures(self, sandbox: &Sandbox) {
        let Tables {
            mut users,
            mut products,
            mut orders,
        } = self.tables();
        users.insert(
            REJECTED,
            User {
                name: "second".to_owned(),
                ..self.user(1)
            },
        );
        products.insert(
            REJECTED,
            Product {
                cents: -1,
                ..self.product(1)
            },
        );
        orders.insert(
            REJECTED,
            Order {
                user: REJECTED,
                ..self.order(1)
            },
        );
        orders.insert(
            REJECTED + 1,
            Order {
                product: REJECTED,
                ..self.order(1)
            },
        );
        orders.insert(
            REJECTED + 2,
            Order {
                quantity: 0,
                ..self.order(1)
            },
        );
        let [mut of_users, mut of_products, mut of_orders] = [const { String::new() }; 3];
        for (id, User { name, email }) in &users {
            _ = writeln!(of_users, "- id: {id}\n  name: {name}\n  email: {email}");
        }
        for (id, Product { name, cents }) in &products {
            let sign = if *cents < 0 { "-" } else { "" };
            let (whole, rest) = (cents.abs() / 100, cents.abs() % 100);
            _ = writeln!(
                of_products,
                "- id: {id}\n  name: {name}\n  price: {sign}{whole}.{rest:02}"
            );
        }
        for (
            id,
            Order {
                user,
                product,
                quantity,
            },
        ) in &orders
        {
            _ = writeln!(
                of_orders,
                "- id: {id}\n  user_id: {user}\n  product_id: {product}\n  quantity: {quantity}"
            );
        }
        sandbox.fixture("users.yaml", &of_users);
        sandbox.fixture("products.yaml", &of_products);
        sandbox.fixture("orders.yaml", &of_orders);
    }
}
