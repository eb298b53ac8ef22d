use crate::expected::{Expected, expected};
use crate::sandbox::Sandbox;

/// Rows that orders may refer to.
const TARGETS: [(&str, &str); 2] = [
    ("users", "- {id: 1, name: Kim, email: kim@example.com}\n"),
    ("products", "- {id: 1, name: Lamp, price: 20}\n"),
];

/// Exactly these problems are in a fixture of the dataset.
#[track_caller]
fn check(dataset: &str, text: &str, problems: &[Expected<'_>]) {
    let sandbox = Sandbox::empty();
    if dataset == "orders" {
        sandbox.fixtures(&TARGETS);
    }
    sandbox.fixtures(&[(dataset, text)]);
    let report = sandbox.json(["check"]);
    let file = format!("fixtures/{dataset}.yaml");
    assert_eq!(
        report.problems(),
        expected(&file, text, problems),
        "{text}\n{report:#?}"
    );
    let severities: Vec<_> = report.json["problems"]
        .as_array()
        .expect("problems are a list")
        .iter()
        .map(|problem| problem["severity"].clone())
        .collect();
    let errors = severities.iter().filter(|it| **it == "error").count();
    let warnings = severities.iter().filter(|it| **it == "warning").count();
    assert_eq!(report.problem_count(), (errors as u64, warnings as u64));
    assert_eq!(report.ran.code, i32::from(errors > 0));
}

fn user(row: &str, problems: &[Expected<'_>]) {
    check("users", row, problems);
}

fn product(row: &str, problems: &[Expected<'_>]) {
    check("products", row, problems);
}

fn order(row: &str, problems: &[Expected<'_>]) {
    check("orders", row, problems);
}

#[test]
fn good_rows_break_no_rule() {
    user("- {id: 1, name: Kim, email: kim@example.com}", &[]);
    product("- {id: 1, name: Lamp, price: 0}", &[]);
    product("- {id: 1, name: Lamp, price: 9999999999.99}", &[]);
    order("- {id: 1, user_id: 1, product_id: 1, quantity: 1}", &[]);
    order(
        "- {id: 1, user_id: 1, product_id: 1, quantity: 2147483647}",
        &[],
    );
    let longest = format!("- {{id: 1, name: {}, email: k@x.com}}", "é".repeat(100));
    user(&longest, &[]);
}

#[test]
fn a_row_has_the_fields_of_its_dataset_each_once() {
    user(
        "- id: 1\n  name: Kim\n  age: 3\n  email: k@x.com\n",
        &[("users.row.unknown-field", "1", "age", "^age: 3")],
    );
    user(
        "- id: 1\n  name: Kim\n  email: k@x.com\n  name: Lee\n",
        &[("users.row.duplicate-field", "1", "name", "^name: Lee")],
    );
    product(
        "- {id: 1, name: Lamp, price: 1, price: 2}",
        &[("products.row.duplicate-field", "1", "price", "^price: 2")],
    );
    order(
        "- {id: 1, user_id: 1, product_id: 1, quantity: 1, user: 1}",
        &[("orders.row.unknown-field", "1", "user", "^user: 1")],
    );
}

#[test]
fn every_field_is_required() {
    user(
        "- id: 1\n  name: Kim\n",
        &[("users.email.required", "1", "email", "- ^id: 1")],
    );
    user(
        "- id: 1\n  name: ~\n  email: null\n",
        &[
            ("users.name.required", "1", "name", "name: ^~"),
            ("users.email.required", "1", "email", "email: ^null"),
        ],
    );
    user(
        "- {name: Kim, email: k@x.com}",
        &[("users.id.required", "null", "id", "- {^name: Kim")],
    );
    product(
        "- {id: 1, name: Lamp, price: ~}",
        &[("products.price.required", "1", "price", "price: ^~")],
    );
    order(
        "- {id: 1, user_id: NULL, product_id: Null, quantity: ~}",
        &[
            ("orders.user_id.required", "1", "user_id", "user_id: ^NULL"),
            (
                "orders.product_id.required",
                "1",
                "product_id",
                "product_id: ^Null",
            ),
            ("orders.quantity.required", "1", "quantity", "quantity: ^~"),
        ],
    );
}

#[test]
fn an_empty_value_is_none() {
    let sandbox = Sandbox::empty();
    sandbox.fixtures(&[("users", "- id: 1\n  name:\n  email: k@x.com\n")]);
    let report = sandbox.json(["check"]).ends("checked", 1);
    assert_eq!(report.broken(), ["users.name.required 1"]);
    assert_eq!(report.problem("users.name.required")["line"], 2);
}

#[test]
fn a_name_has_something_to_read_and_at_most_100_characters() {
    for blank in ["''", "'   '", "\"\\t\\u2003\""] {
        let (users, products) = (
            format!("- {{id: 1, name: {blank}, email: k@x.com}}"),
            format!("- {{id: 1, name: {blank}, price: 1}}"),
        );
        let marked = format!("name: ^{blank}");
        user(&users, &[("users.name.required", "1", "name", &marked)]);
        product(
            &products,
            &[("products.name.required", "1", "name", &marked)],
        );
    }
    let long = "é".repeat(101);
    let marked = format!("name: ^{long}");
    user(
        &format!("- {{id: 1, name: {long}, email: k@x.com}}"),
        &[("users.name.length", "1", "name", &marked)],
    );
    product(
        &format!("- {{id: 1, name: {long}, price: 1}}"),
        &[("products.name.length", "1", "name", &marked)],
    );
}

#[test]
fn a_key_is_at_least_1_and_used_once() {
    user(
        "- {id: 0, name: Kim, email: k@x.com}",
        &[("users.id.positive", "0", "id", "id: ^0")],
    );
    product(
        "- {id: -7, name: Lamp, price: 1}",
        &[("products.id.positive", "-7", "id", "id: ^-7")],
    );
    order(
        "- {id: 0, user_id: 1, product_id: 1, quantity: 1}",
        &[("orders.id.positive", "0", "id", "id: ^0")],
    );
    user(
        "- {id: 1, name: Kim, email: k@x.com}\n- {id: 1, name: Lee, email: l@x.com}\n",
        &[("users.id.unique", "1", "id", "id: ^1, name: Lee")],
    );
    product(
        "- {id: 1, name: Lamp, price: 1}\n- {id: 0x1, name: Bulb, price: 1}\n",
        &[("products.id.unique", "1", "id", "id: ^0x1")],
    );
    order(
        "- {id: 3, user_id: 1, product_id: 1, quantity: 1}\n\
         - {id: 3, user_id: 1, product_id: 1, quantity: 2}\n",
        &[(
            "orders.id.unique",
            "3",
            "id",
            "^3, user_id: 1, product_id: 1, quantity: 2",
        )],
    );
}

#[test]
fn an_email_is_an_address_and_used_once() {
    for email in ["kim", "kim@", "'@x.com'", "k m@x.com", "k@x@y.com", "''"] {
        user(
            &format!("- id: 1\n  name: Kim\n  email: {email}\n"),
            &[(
                "users.email.format",
                "1",
                "email",
                &format!("email: ^{email}"),
            )],
        );
    }
    user(
        "- {id: 1, name: Kim, email: kim@x.com}\n- {id: 2, name: Lee, email: KIM@x.com}\n",
        &[("users.email.unique", "2", "email", "email: ^KIM@x.com")],
    );
}

#[test]
fn a_long_value_is_cut_in_its_message() {
    let sandbox = Sandbox::empty();
    let row = format!("- {{id: 1, name: Kim, email: {}}}\n", "é".repeat(100_000));
    sandbox.write("fixtures/users.yaml", row);
    let report = sandbox.json(["check"]).ends("checked", 1);
    let message = report.problem("users.email.format")["message"].as_str();
    let message = message.expect("it is text");
    assert!(message.starts_with("`email` must be an e-mail address, not `éé"));
    assert!(
        message.ends_with("éé`") && message.len() < 1000,
        "{message}"
    );
}

#[test]
fn a_price_is_a_sum_of_money() {
    let check = |price: &str, rules: &[&str]| {
        let row = format!("- id: 1\n  name: Lamp\n  price: {price}\n");
        let marked = format!("price: ^{price}");
        let rules: Vec<_> = rules
            .iter()
            .map(|it| format!("products.price.{it}"))
            .collect();
        let expected: Vec<_> = rules
            .iter()
            .map(|rule| (rule.as_str(), "1", "price", marked.as_str()))
            .collect();
        product(&row, &expected);
    };
    check("-0.01", &["non-negative"]);
    check("0.001", &["scale"]);
    check("1.2345", &["scale"]);
    check("10000000000", &["range"]);
    check("9999999999.991", &["range", "scale"]);
    check("-1.234", &["non-negative", "scale"]);
    check("1.50000", &[]);
    check("9999999999.9900", &[]);
    check(&format!("1.5{}", "0".repeat(40)), &[]);
    check("-0", &[]);
    check("1e3", &[]);
    check("1.25e1", &[]);
    check("125e-2", &[]);
    check("1e-3", &["scale"]);
    check("1e10", &["range"]);
    check("cheap", &["type"]);
    check("'5'", &["type"]);
    check(".inf", &["type"]);
    check("-.inf", &["type"]);
    check(".nan", &["type"]);
    check("1,5", &["type"]);
    check("5 EUR", &["type"]);
    check("[5]", &["type"]);
    check("true", &["type"]);
}

#[test]
fn a_product_like_an_earlier_one_is_kept_with_a_warning() {
    product(
        "- {id: 1, name: Lamp, price: 20}\n- {id: 2, name: Lamp, price: 20.00}\n",
        &[(
            "products.repeated",
            "2",
            "null",
            "name: ^Lamp, price: 20.00",
        )],
    );
    product(
        "- {id: 1, name: Lamp, price: 20}\n- {id: 2, name: lamp, price: 20}\n\
         - {id: 3, name: Lamp, price: 21}\n",
        &[],
    );
    // A rejected row is no earlier product.
    product(
        "- {id: 0, name: Lamp, price: 20}\n- {id: 2, name: Lamp, price: 20}\n",
        &[("products.id.positive", "0", "id", "id: ^0")],
    );
}

#[test]
fn a_quantity_is_a_whole_number_that_fits_32_bits_and_is_at_least_1() {
    let check = |quantity: &str, rule: Option<&str>| {
        let row = format!("- id: 1\n  user_id: 1\n  product_id: 1\n  quantity: {quantity}\n");
        let marked = format!("quantity: ^{quantity}");
        let rule = rule.map(|rule| format!("orders.quantity.{rule}"));
        let expected: Vec<_> = rule
            .iter()
            .map(|rule| (rule.as_str(), "1", "quantity", marked.as_str()))
            .collect();
        order(&row, &expected);
    };
    check("0", Some("positive"));
    check("-1", Some("positive"));
    check("2147483648", Some("range"));
    check("9223372036854775807", Some("range"));
    check("9223372036854775808", Some("type"));
    check("many", Some("type"));
    check("\"7\"", Some("type"));
    check("'7'", Some("type"));
    check("2.0", Some("type"));
    check("1e2", Some("type"));
    check("no", Some("type"));
    check("true", Some("type"));
    check(".inf", Some("type"));
    check("[7]", Some("type"));
    check("{of: 7}", Some("type"));
    check("1_000", Some("type"));
    check("0x10", None);
    check("0o17", None);
    check("+7", None);
    check("007", None);
}

#[test]
fn a_reference_names_a_row() {
    order(
        "- {id: 1, user_id: 2, product_id: 3, quantity: 1}",
        &[
            ("orders.user_id.exists", "1", "user_id", "user_id: ^2"),
            (
                "orders.product_id.exists",
                "1",
                "product_id",
                "product_id: ^3",
            ),
        ],
    );
    order(
        "- {id: 1, user_id: 0, product_id: -1, quantity: 1}",
        &[
            ("orders.user_id.exists", "1", "user_id", "user_id: ^0"),
            (
                "orders.product_id.exists",
                "1",
                "product_id",
                "product_id: ^-1",
            ),
        ],
    );
}

#[test]
fn all_broken_rules_of_a_row_are_reported() {
    user(
        "- id: 0\n  name: ' '\n  email: nowhere\n  age: 3\n  id: 1\n",
        &[
            ("users.id.positive", "0", "id", "id: ^0"),
            ("users.name.required", "0", "name", "name: ^' '"),
            ("users.email.format", "0", "email", "email: ^nowhere"),
            ("users.row.unknown-field", "0", "age", "^age: 3"),
            ("users.row.duplicate-field", "0", "id", "^id: 1"),
        ],
    );
    order(
        "- {id: -1, user_id: 5, product_id: many, quantity: 0}",
        &[
            ("orders.id.positive", "-1", "id", "id: ^-1"),
            ("orders.user_id.exists", "-1", "user_id", "user_id: ^5"),
            (
                "orders.product_id.type",
                "-1",
                "product_id",
                "product_id: ^many",
            ),
            ("orders.quantity.positive", "-1", "quantity", "quantity: ^0"),
        ],
    );
}

#[test]
fn a_field_of_the_wrong_type_breaks_no_further_rule() {
    user(
        "- {id: one, name: [], email: {}}\n- {id: one, name: [], email: {}}",
        &[
            (
                "users.id.type",
                "null",
                "id",
                "- {id: ^one, name: [], email: {}}\n-",
            ),
            (
                "users.name.type",
                "null",
                "name",
                "- {id: one, name: ^[], email: {}}\n-",
            ),
            (
                "users.email.type",
                "null",
                "email",
                "- {id: one, name: [], email: ^{}}\n-",
            ),
            (
                "users.id.type",
                "null",
                "id",
                "\n- {id: ^one, name: [], email: {}}",
            ),
            (
                "users.name.type",
                "null",
                "name",
                "\n- {id: one, name: ^[], email: {}}",
            ),
            (
                "users.email.type",
                "null",
                "email",
                "\n- {id: one, name: [], email: ^{}}",
            ),
        ],
    );
    order(
        "- {id: 1, user_id: '1', product_id: 1.0, quantity: ''}",
        &[
            ("orders.user_id.type", "1", "user_id", "user_id: ^'1'"),
            (
                "orders.product_id.type",
                "1",
                "product_id",
                "product_id: ^1.0",
            ),
            ("orders.quantity.type", "1", "quantity", "quantity: ^''"),
        ],
    );
}

#[test]
fn columns_are_counted_in_characters() {
    user(
        "# Größe 🦀\n- {name: Zoë 🦀 日本 e\u{301}, id: 1, email: nowhere}",
        &[("users.email.format", "1", "email", "email: ^nowhere")],
    );
    user(
        "- id: 1\r\n  name: Zoë\r\n  email: nowhere\r\n",
        &[("users.email.format", "1", "email", "email: ^nowhere")],
    );
}
