use std::collections::BTreeSet;
use std::fmt::{self, Write};
use std::ops::Range;

use proptest::prelude::*;

/// One field as it is written, what is to be read from that, and the rules it breaks by itself.
#[derive(Clone, Debug)]
pub struct Field<T> {
    /// `None` where the field is left out.
    text: Option<String>,
    /// `None` where nothing of the field's type is there.
    pub value: Option<T>,
    broken: Vec<&'static str>,
}

impl<T> Field<T> {
    fn good(text: impl ToString, value: T) -> Self {
        Self::odd(text, value, &[])
    }

    fn odd(text: impl ToString, value: T, broken: &[&'static str]) -> Self {
        let text = Some(text.to_string());
        Self {
            text,
            value: Some(value),
            broken: broken.to_vec(),
        }
    }

    fn unreadable(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            value: None,
            broken: vec!["type"],
        }
    }

    fn null(text: &str) -> Self {
        Self {
            text: Some(text.to_owned()),
            value: None,
            broken: vec!["required"],
        }
    }

    fn missing() -> Self {
        Self {
            text: None,
            value: None,
            broken: vec!["required"],
        }
    }
}

/// A row of a fixture.
#[derive(Clone)]
pub struct Row<T> {
    pub id: Field<i64>,
    pub fields: T,
    /// A field that no dataset has.
    unknown: bool,
}

#[derive(Clone, Debug)]
pub struct UserFields {
    pub name: Field<String>,
    pub email: Field<String>,
}

#[derive(Clone, Debug)]
pub struct ProductFields {
    pub name: Field<String>,
    /// In cents, rounded.
    pub price: Field<i64>,
}

#[derive(Clone, Debug)]
pub struct OrderFields {
    pub user: Field<i64>,
    pub product: Field<i64>,
    pub quantity: Field<i64>,
}

/// The fields of a dataset beside `id`.
pub trait Fields {
    const DATASET: &'static str;

    /// Name, text and broken rules of each.
    fn each(&self) -> Vec<(&'static str, Option<&String>, &[&'static str])>;
}

impl Fields for UserFields {
    const DATASET: &'static str = "users";

    fn each(&self) -> Vec<(&'static str, Option<&String>, &[&'static str])> {
        let Self { name, email } = self;
        vec![
            ("name", name.text.as_ref(), &name.broken),
            ("email", email.text.as_ref(), &email.broken),
        ]
    }
}

impl Fields for ProductFields {
    const DATASET: &'static str = "products";

    fn each(&self) -> Vec<(&'static str, Option<&String>, &[&'static str])> {
        let Self { name, price } = self;
        vec![
            ("name", name.text.as_ref(), &name.broken),
            ("price", price.text.as_ref(), &price.broken),
        ]
    }
}

impl Fields for OrderFields {
    const DATASET: &'static str = "orders";

    fn each(&self) -> Vec<(&'static str, Option<&String>, &[&'static str])> {
        let Self {
            user,
            product,
            quantity,
        } = self;
        vec![
            ("user_id", user.text.as_ref(), &user.broken),
            ("product_id", product.text.as_ref(), &product.broken),
            ("quantity", quantity.text.as_ref(), &quantity.broken),
        ]
    }
}

impl<T: Fields> Row<T> {
    /// The rules it breaks whatever else there is.
    pub fn broken(&self) -> BTreeSet<String> {
        let dataset = T::DATASET;
        let of_id = self
            .id
            .broken
            .iter()
            .map(|code| format!("{dataset}.id.{code}"));
        let each = self.fields.each().into_iter();
        let of_fields = each.flat_map(|(field, _, broken)| {
            broken
                .iter()
                .map(move |code| format!("{dataset}.{field}.{code}"))
        });
        let unknown = self.unknown.then(|| format!("{dataset}.row.unknown-field"));
        of_id.chain(of_fields).chain(unknown).collect()
    }

    fn lines(&self) -> Vec<String> {
        let mut fields = vec![("id", self.id.text.as_ref())];
        fields.extend(
            self.fields
                .each()
                .into_iter()
                .map(|(field, text, _)| (field, text)),
        );
        let mut lines: Vec<_> = fields
            .into_iter()
            .filter_map(|(field, text)| Some(format!("{field}: {}", text?)))
            .collect();
        if self.unknown || lines.is_empty() {
            lines.push("colour: red".to_owned());
        }
        lines
    }
}

impl<T: Fields> fmt::Debug for Row<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{{{}}}", self.lines().join(", "))
    }
}

/// Rows as a fixture, and the lines that each of them takes.
pub fn written<T: Fields>(rows: &[Row<T>], in_flow_style: bool) -> (String, Vec<Range<u64>>) {
    let mut text = String::from("# Rows made up by a test\n");
    let mut places = Vec::new();
    let mut line = 2;
    for row in rows {
        let lines = row.lines();
        let taken = if in_flow_style {
            _ = writeln!(text, "- {{{}}}", lines.join(", "));
            1
        } else {
            _ = writeln!(text, "- {}", lines.join("\n  "));
            lines.len() as u64
        };
        places.push(line..line + taken);
        line += taken;
    }
    (text, places)
}

/// Addresses from so small a pool that rows get in each other's way, written with and without capitals.
pub fn address() -> impl Strategy<Value = String> + Clone {
    (0..5u8, 0..3u8).prop_map(|(number, style)| match style {
        0 => format!("m{number}@example.com"),
        1 => format!("M{number}@Example.com"),
        _ => format!("m{number}@EXAMPLE.com"),
    })
}

/// Rows of users.
pub fn users() -> impl Strategy<Value = Vec<Row<UserFields>>> {
    let email = prop_oneof![
        30 => address().prop_map(|text| Field::good(&text, text.clone())),
        1 => Just(Field::odd("nobody", "nobody".to_owned(), &["format"])),
        1 => Just(Field::unreadable("[a@example.com]")),
        1 => Just(Field::null("null")),
        1 => Just(Field::missing()),
    ];
    let fields = (name(), email).prop_map(|(name, email)| UserFields { name, email });
    proptest::collection::vec(row(8, fields), 0..9)
}

/// Rows of products.
pub fn products() -> impl Strategy<Value = Vec<Row<ProductFields>>> {
    let price = prop_oneof![
        20 => (0..4i64).prop_map(|n| Field::good(format!("{n}.50"), n * 100 + 50)),
        4 => Just(Field::good("9999999999.99", 999_999_999_999)),
        1 => Just(Field::odd("-0.01", -1, &["non-negative"])),
        1 => Just(Field::odd("1.005", 100, &["scale"])),
        1 => Just(Field::odd("10000000000", 1_000_000_000_000, &["range"])),
        1 => Just(Field::unreadable("'5'")),
        1 => Just(Field::unreadable("cheap")),
        1 => Just(Field::missing()),
    ];
    let fields = (name(), price).prop_map(|(name, price)| ProductFields { name, price });
    proptest::collection::vec(row(6, fields), 0..6)
}

/// Rows of orders, of which some name rows that are nowhere.
pub fn orders() -> impl Strategy<Value = Vec<Row<OrderFields>>> {
    let reference = |last: i64| {
        prop_oneof![
            30 => (1..=last).prop_map(|key| Field::good(key, key)),
            1 => Just(Field::unreadable("'1'")),
            1 => Just(Field::missing()),
        ]
    };
    let quantity = prop_oneof![
        20 => (1..4i64).prop_map(|n| Field::good(n, n)),
        1 => Just(Field::odd("0", 0, &["positive"])),
        1 => Just(Field::odd("2147483648", 2_147_483_648, &["range"])),
        1 => Just(Field::unreadable("many")),
        1 => Just(Field::unreadable("2.0")),
    ];
    let fields = (reference(10), reference(8), quantity);
    let fields = fields.prop_map(|(user, product, quantity)| OrderFields {
        user,
        product,
        quantity,
    });
    proptest::collection::vec(row(8, fields), 0..9)
}

fn row<T: Clone>(last: i64, fields: impl Strategy<Value = T>) -> impl Strategy<Value = Row<T>>
where
    Row<T>: fmt::Debug,
{
    let id = prop_oneof![
        40 => (1..=last).prop_map(|id| Field::good(id, id)),
        1 => Just(Field::odd("0", 0, &["positive"])),
        1 => Just(Field::unreadable("one")),
        1 => Just(Field::missing()),
    ];
    let unknown = prop::bool::weighted(0.02);
    (id, fields, unknown).prop_map(|(id, fields, unknown)| Row {
        id,
        fields,
        unknown,
    })
}

fn name() -> impl Strategy<Value = Field<String>> {
    prop_oneof![
        30 => (0..3u8).prop_map(|n| Field::good(format!("name {n}"), format!("name {n}"))),
        1 => Just(Field::odd("' '", " ".to_owned(), &["required"])),
        1 => Just(Field::odd("x".repeat(101), "x".repeat(101), &["length"])),
        1 => Just(Field::unreadable("[]")),
        1 => Just(Field::missing()),
    ]
}
