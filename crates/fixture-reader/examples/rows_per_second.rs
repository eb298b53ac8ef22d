//! Measures the reader: `cargo run --release -p fixture-reader --example rows_per_second`.

use std::{fmt::Write, time::Instant};

use fixture_reader::{RawRow, Reader};
use serde::Deserialize;

const ROWS: u64 = 1_000_000;

#[derive(Deserialize)]
struct Order {
    id: i64,
    user_id: i64,
    product_id: i64,
    quantity: i32,
}

fn main() {
    let block = orders("- id: ", "\n  ", "\n");
    let flow = orders("- {id: ", ", ", "}\n");
    let any = format!("# The first anchor leaves the rest to the full lane.\n- &a {{}}\n{block}");
    measure("block style, raw", || raw(&block));
    measure("block style, typed", || typed(&block));
    measure("flow style, raw", || raw(&flow));
    measure("flow style, typed", || typed(&flow));
    measure("after an anchor, raw", || raw(&any));
}

fn orders(start: &str, between: &str, end: &str) -> String {
    let mut text = String::new();
    for id in 1..=ROWS {
        let (user, product, quantity) = (id % 300_000 + 1, id % 100_000 + 1, id % 9 + 1);
        // Writing to a string can't fail.
        let _ = write!(
            text,
            "{start}{id}{between}user_id: {user}{between}product_id: {product}"
        );
        let _ = write!(text, "{between}quantity: {quantity}{end}");
    }
    text
}

fn raw(text: &str) {
    let mut reader = Reader::new(text.as_bytes());
    let mut row = RawRow::new();
    while reader.read(&mut row).expect("the rows are well formed") {}
}

fn typed(text: &str) {
    let mut reader = Reader::new(text.as_bytes());
    let mut row = RawRow::new();
    let mut sum = 0;
    while reader.read(&mut row).expect("the rows are well formed") {
        let order = row.deserialize::<Order>();
        let order = order.unwrap_or_else(|_| panic!("the rows are orders"));
        sum += order.id + order.user_id + order.product_id + i64::from(order.quantity);
    }
    assert!(sum > 0);
}

/// The best of five runs: the others are the machine's.
fn measure(what: &str, run: impl Fn()) {
    let times = (0..5).map(|_| {
        let start = Instant::now();
        run();
        start.elapsed()
    });
    let best = times.min().unwrap_or_default();
    let rate = ROWS as f64 / best.as_secs_f64() / 1e6;
    println!("{what:22} {rate:6.2} million rows a second");
}
