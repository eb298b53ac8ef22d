use entities::products;
use proptest::collection::vec;
use proptest::prelude::*;
use rust_decimal::Decimal;
use sea_orm::{Database, EntityTrait, QueryOrder};
use serde_json::json;

use crate::sandbox::Sandbox;

/// 9,999,999,999.99, the highest price.
const HIGHEST: u64 = 999_999_999_999;

/// Prices in cents of every magnitude, those at the limits more often.
fn cents() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..=HIGHEST,
        2 => HIGHEST - 1_000..=HIGHEST,
        1 => 0..1_000u64,
        3 => (0u32..12, 0..10u64, -50..50i64).prop_map(|(digits, first, near)| {
            let magnitude = first * 10u64.pow(digits);
            magnitude.saturating_add_signed(near).min(HIGHEST)
        }),
    ]
}

proptest! {
    // Each case is a few processes over all its prices.
    #![proptest_config(ProptestConfig {
        cases: 4,
        max_shrink_iters: 40,
        failure_persistence: None,
        ..ProptestConfig::default()
    })]

    #[test]
    fn every_price_comes_back_exactly_as_written(cents in vec(cents(), 1_500..2_500)) {
        let fixture: String = cents
            .iter()
            .enumerate()
            .map(|(index, cents)| {
                let (whole, rest) = (cents / 100, cents % 100);
                let id = index + 1;
                format!("- id: {id}\n  name: Product {id}\n  price: {whole}.{rest:02}\n")
            })
            .collect();
        let sandbox = Sandbox::empty();
        sandbox.fixtures(&[("products", &fixture)]);
        let count = cents.len();
        let report = sandbox.json(["up", "--strict"]).ends("seeded", 0);
        prop_assert_eq!(report.counts("products"), json!([count, count, 0, count, 0, 0]));

        let written: Vec<Decimal> = cents.iter().map(|cents| Decimal::new(*cents as i64, 2)).collect();
        prop_assert_eq!(stored(&sandbox), written);

        let report = sandbox.json(["seed", "--strict"]).ends("unchanged", 0);
        prop_assert_eq!(report.counts("products"), json!([count, count, 0, 0, 0, count]));
    }
}

/// The prices in the database as the store's own entity reads them, in the order of their keys.
fn stored(sandbox: &Sandbox) -> Vec<Decimal> {
    let url = format!("sqlite://{}", sandbox.path("data/products.db").display());
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
        products.into_iter().map(|product| product.price).collect()
    })
}
