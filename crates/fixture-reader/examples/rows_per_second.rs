//! Measures the reader: `cargo run --release -p fixture-reader --example rows_per_second`, or with a word of the
//! cases to be measured behind it.

use std::{env, time::Instant};

use fixture_reader::{Format, RawRow, Reader};
use rust_decimal::Decimal;
use serde::{Deserialize, de::DeserializeOwned};

/// Few enough for one run to fit between two interruptions.
const ROWS: u64 = 100_000;

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
    let only_these = |what: &str, run: &dyn Fn() -> u64| {
        if what.contains(&only) {
            measure(what, run);
        }
    };
    for (style, format, write) in STYLES {
        let texts = [orders, users, products].map(|row| fixture(format, write, row));
        let typed = [typed::<Order>, typed::<User>, typed::<Product>];
        for (index, dataset) in ["orders", "users", "products"].iter().enumerate() {
            let text = texts[index].as_str();
            only_these(&format!("{dataset}, {style}, raw"), &|| raw(text, format));
            only_these(&format!("{dataset}, {style}, typed"), &|| {
                typed[index](text, format)
            });
        }
    }
    // The first anchor leaves the rest to the full lane.
    let rows: String = (1..=ROWS / 20).map(|id| block(&orders(id))).collect();
    let rows = format!("- &a {{}}\n{rows}");
    only_these("orders, after an anchor, raw", &|| raw(&rows, Format::Yaml));
}

/// The names and values of a row; text is in quotes, which not all formats need.
type Row = Vec<(&'static str, String)>;

type Style = (&'static str, Format, fn(&Row) -> String);

const STYLES: [Style; 4] = [
    ("block style", Format::Yaml, block),
    ("flow style", Format::Yaml, flow),
    ("JSON lines", Format::JsonLines, json),
    ("CSV", Format::Csv, csv),
];

fn fixture(format: Format, write: fn(&Row) -> String, row: fn(u64) -> Row) -> String {
    let names: Vec<_> = row(0).iter().map(|(name, _)| *name).collect();
    let header = (format == Format::Csv).then(|| names.join(",") + "\n");
    let rows = (1..=ROWS).map(|id| write(&row(id)));
    header.into_iter().chain(rows).collect()
}

fn orders(id: u64) -> Row {
    let (user, product, quantity) = (id % 300_000 + 1, id % 100_000 + 1, id % 9 + 1);
    vec![
        ("id", id.to_string()),
        ("user_id", user.to_string()),
        ("product_id", product.to_string()),
        ("quantity", quantity.to_string()),
    ]
}

fn users(id: u64) -> Row {
    vec![
        ("id", id.to_string()),
        ("name", format!("\"Person {id}\"")),
        ("email", format!("\"person{id}@example.com\"")),
    ]
}

fn products(id: u64) -> Row {
    vec![
        ("id", id.to_string()),
        ("name", format!("\"Thing {id}\"")),
        ("price", format!("{}.{:02}", id % 5000, id % 100)),
    ]
}

fn block(row: &Row) -> String {
    let fields = row
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.trim_matches('"')));
    format!("- {}\n", fields.collect::<Vec<_>>().join("\n  "))
}

fn flow(row: &Row) -> String {
    let fields = row
        .iter()
        .map(|(name, value)| format!("{name}: {}", value.trim_matches('"')));
    format!("- {{{}}}\n", fields.collect::<Vec<_>>().join(", "))
}

fn json(row: &Row) -> String {
    let fields = row
        .iter()
        .map(|(name, value)| format!("\"{name}\":{value}"));
    format!("{{{}}}\n", fields.collect::<Vec<_>>().join(","))
}

fn csv(row: &Row) -> String {
    let values: Vec<_> = row
        .iter()
        .map(|(_, value)| value.trim_matches('"'))
        .collect();
    values.join(",") + "\n"
}

fn raw(text: &str, format: Format) -> u64 {
    let mut reader = Reader::new(text.as_bytes(), format);
    let mut row = RawRow::new();
    let mut rows = 0;
    while reader.read(&mut row).expect("the rows are well formed") {
        rows += 1;
    }
    rows
}

fn typed<T: DeserializeOwned>(text: &str, format: Format) -> u64 {
    let mut reader = Reader::new(text.as_bytes(), format);
    let mut row = RawRow::new();
    let mut rows = 0;
    while reader.read(&mut row).expect("the rows are well formed") {
        let read = row.deserialize::<T>();
        std::hint::black_box(read.unwrap_or_else(|_| panic!("the rows are of this type")));
        rows += 1;
    }
    rows
}

/// The best of fifty runs: the others are the machine's.
fn measure(what: &str, run: impl Fn() -> u64) {
    let rates = (0..50).map(|_| {
        let start = Instant::now();
        let rows = run();
        rows as f64 / start.elapsed().as_secs_f64() / 1e6
    });
    let best = rates.fold(0.0, f64::max);
    println!("{what:30} {best:6.2} million rows a second");
}
