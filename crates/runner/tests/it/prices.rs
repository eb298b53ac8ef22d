use entities::products;
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sea_orm::{Database, EntityTrait, QueryOrder};
use serde_json::json;

use crate::on::{On, on_every_engine};
use crate::sandbox::Sandbox;

on_every_engine![
    every_price_comes_back_exactly_as_written,
    no_price_is_taken_for_another_by_the_next_run,
];

/// 9,999,999,999.99, the highest price.
const HIGHEST: u64 = 999_999_999_999;

/// A case is a few processes over all its prices. What fails is told by its price, so nothing is shrunk.
fn few_cases() -> ProptestConfig {
    ProptestConfig {
        cases: 4,
        max_shrink_iters: 0,
        failure_persistence: None,
        ..ProptestConfig::default()
    }
}

/// Prices in cents of every magnitude, those at the limits more often.
fn prices() -> impl Strategy<Value = Prices> {
    let cents = prop_oneof![
        4 => 0..=HIGHEST,
        2 => HIGHEST - 1_000..=HIGHEST,
        1 => 0..1_000u64,
        3 => (0u32..12, 0..10u64, -50..50i64).prop_map(|(digits, first, near)| {
            let magnitude = first * 10u64.pow(digits);
            magnitude.saturating_add_signed(near).min(HIGHEST)
        }),
    ];
    vec(cents, 1_500..2_500).prop_map(Prices)
}

/// Prices in cents; the first is that of product 1.
struct Prices(Vec<u64>);

impl std::fmt::Debug for Prices {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} prices", self.0.len())
    }
}

impl Prices {
    /// Seeds a folder's databases with them.
    fn seed(&self, on: On) -> Sandbox {
        let row = |(index, cents): (usize, &u64)| {
            let (id, whole, rest) = (index + 1, cents / 100, cents % 100);
            format!("- id: {id}\n  name: Product {id}\n  price: {whole}.{rest:02}\n")
        };
        let sandbox = on.empty();
        let fixture: String = self.0.iter().enumerate().map(row).collect();
        sandbox.fixtures(&[("products", &fixture)]);
        let count = self.0.len();
        let report = sandbox.json(["up", "--strict"]).ends("seeded", 0);
        let inserted = json!([count, count, 0, count, 0, 0]);
        assert_eq!(report.counts("products"), inserted);
        sandbox
    }
}

fn every_price_comes_back_exactly_as_written(on: On) {
    proptest!(few_cases(), |(prices in prices())| {
        let sandbox = prices.seed(on);
        let stored = stored(&sandbox);
        prop_assert_eq!(stored.len(), prices.0.len());
        for (stored, cents) in stored.into_iter().zip(&prices.0) {
            prop_assert_eq!(stored, Decimal::new(*cents as i64, 2));
        }
    });
}

fn no_price_is_taken_for_another_by_the_next_run(on: On) {
    proptest!(few_cases(), |(prices in prices())| {
        let sandbox = prices.seed(on);
        let count = prices.0.len();
        let report = sandbox.json(["seed", "--strict"]);
        let unchanged = json!([count, count, 0, 0, 0, count]);
        prop_assert_eq!(report.counts("products"), unchanged);
        prop_assert_eq!(&report.json["outcome"], "unchanged");
    });
}

/// The prices in the database as the store's own entity reads them, in the order of their keys.
fn stored(sandbox: &Sandbox) -> Vec<Decimal> {
    let url = sandbox.url("products");
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build();
    runtime.expect("a runtime can be made").block_on(async {
        let db = Database::connect(&url)
            .await
            .expect("the database is there");
        let products = products::Entity::find()
            .order_by_asc(products::Column::Id)
            .all(&db)
            .await
            .expect("the products can be read");
        db.close().await.expect("the database can be closed");
        products
            .into_iter()
            .map(|product| product.price.0)
            .collect()
    })
}
