//! Measures the reader: `cargo run --release -p fixture-reader --example rows_per_second`, or with a word of the
//! cases to be measured behind it.

use std::{env, time::Instant};

use fixture_reader::{Format, RawRow, Reader};
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};

const ROWS: u64 = 1_000_000;

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is all")]
struct Order {
    id: i64,
    user_id: i64,
    product_id: i64,
    quantity: i32,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is all")]
struct User {
    id: i64,
    name: String,
    email: String,
}

#[derive(Deserialize)]
#[allow(dead_code, reason = "reading them is all")]
struct Product {
    id: i64,
    name: String,
    price: Decimal,
}

fn main() {
    let only = env::args().nth(1).unwrap_or_default();
    let measure = |what: &str, text: &str, run: fn(&str) -> u64| {
        if what.contains(&only) {
            measure(what, || run(text));
        }
    };
    for (style, [start, between, end]) in STYLES {
        let orders = orders(start, between, end);
        measure(&format!("orders, {style}, raw"), &orders, raw);
        measure(&format!("orders, {style}, typed"), &orders, typed::<Order>);
        let users = users(start, between, end);
        measure(&format!("users, {style}, raw"), &users, raw);
        measure(&format!("users, {style}, typed"), &users, typed::<User>);
        let products = products(start, between, end);
        measure(&format!("products, {style}, raw"), &products, raw);
        measure(
            &format!("products, {style}, typed"),
            &products,
            typed::<Product>,
        );
    }
    // The first anchor leaves the rest to the full lane.
    let rows: String = orders("- id: ", "\n  ", "\n")
        .lines()
        .take(400_000)
        .map(|it| format!("{it}\n"))
        .collect();
    measure(
        "orders, after an anchor, raw",
        &format!("- &a {{}}\n{rows}"),
        raw,
    );
}

const STYLES: [(&str, [&str; 3]); 2] = [
    ("block style", ["- id: ", "\n  ", "\n"]),
    ("flow style", ["- {id: ", ", ", "}\n"]),
];

fn orders(start: &str, between: &str, end: &str) -> String {
    let row = |id| {
        let (user, product, quantity) = (id % 300_000 + 1, id % 100_000 + 1, id % 9 + 1);
        format!(
            "{start}{id}{between}user_id: {user}{between}product_id: {product}{between}quantity: {quantity}{end}"
        )
    };
    (1..=ROWS).map(row).collect()
}

fn users(start: &str, between: &str, end: &str) -> String {
    let row = |id| {
        format!("{start}{id}{between}name: Person {id}{between}email: person{id}@example.com{end}")
    };
    (1..=ROWS).map(row).collect()
}

fn products(start: &str, between: &str, end: &str) -> String {
    let row = |id| {
        let (units, cents) = (id % 5000, id % 100);
        format!("{start}{id}{between}name: Thing {id}{between}price: {units}.{cents:02}{end}")
    };
    (1..=ROWS).map(row).collect()
}

fn raw(text: &str) -> u64 {
    let mut reader = Reader::new(text.as_bytes(), Format::Yaml);
    let mut row = RawRow::new();
    let mut rows = 0;
    while reader.read(&mut row).expect("the rows are well formed") {
        rows += 1;
    }
    rows
}

fn typed<T: DeserializeOwned>(text: &str) -> u64 {
    let mut reader = Reader::new(text.as_bytes(), Format::Yaml);
    let mut row = RawRow::new();
    let mut rows = 0;
    while reader.read(&mut row).expect("the rows are well formed") {
        let read = row.deserialize::<T>();
        std::hint::black_box(read.unwrap_or_else(|_| panic!("the rows are of this type")));
        rows += 1;
    }
    rows
}

/// The best of five runs: the others are the machine's.
fn measure(what: &str, run: impl Fn() -> u64) {
    let rates = (0..5).map(|_| {
        let start = Instant::now();
        let rows = run();
        rows as f64 / start.elapsed().as_secs_f64() / 1e6
    });
    let best = rates.fold(0.0, f64::max);
    println!("{what:30} {best:6.2} million rows a second");
}
