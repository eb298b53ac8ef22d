use crate::on::{On, on_every_engine};

on_every_engine![
    a_plain_scalar_in_a_text_field_is_its_text_as_written,
    whole_numbers_have_the_spellings_of_yaml_1_2,
    prices_have_the_spellings_of_yaml_1_2,
    quotes_escapes_and_several_lines_are_text,
];
on_every_engine!(postgres_alone Postgres: a_database_without_most_characters_is_not_begun);

/// The fixture's users are stored like this.
#[track_caller]
fn users(on: On, text: &str, stored: &[&str]) {
    let sandbox = on.with(&[("users", text)]);
    let report = sandbox.json(["seed", "--strict"]);
    assert_eq!(report.ran.code, 0, "{text}\n{report:#?}");
    let query = "SELECT id, name, email FROM users ORDER BY id";
    assert_eq!(sandbox.rows("users", query), stored, "{text}");
    sandbox.json(["seed"]).ends("unchanged", 0);
}

fn a_plain_scalar_in_a_text_field_is_its_text_as_written(on: On) {
    for name in [
        "no",
        "off",
        "true",
        "42",
        "2.0",
        "1e3",
        "0x10",
        "2024-01-01",
        "12:30",
        "<<",
    ] {
        users(
            on,
            &format!("- {{id: 1, name: {name}, email: k@x.com}}"),
            &[&format!("1|{name}|k@x.com")],
        );
    }
    users(
        on,
        "- {id: 1, name: 'null', email: k@x.com}",
        &["1|null|k@x.com"],
    );
    users(on, "- {id: 1, name: '~', email: k@x.com}", &["1|~|k@x.com"]);
}

fn whole_numbers_have_the_spellings_of_yaml_1_2(on: On) {
    for (id, stored) in [
        ("16", 16),
        ("0x10", 16),
        ("0o20", 16),
        ("+16", 16),
        ("016", 16),
    ] {
        users(
            on,
            &format!("- {{id: {id}, name: Kim, email: k@x.com}}"),
            &[&format!("{stored}|Kim|k@x.com")],
        );
    }
    users(
        on,
        "- {id: 9223372036854775807, name: Kim, email: k@x.com}",
        &["9223372036854775807|Kim|k@x.com"],
    );
}

fn prices_have_the_spellings_of_yaml_1_2(on: On) {
    for (price, stored) in [
        ("1e3", "1000"),
        ("12.5", "12.5"),
        ("12.50000", "12.5"),
        ("+.5", "0.5"),
        ("5.", "5"),
        ("125e-2", "1.25"),
        ("-0", "0"),
        ("0.10", "0.1"),
    ] {
        let row = format!("- {{id: 1, name: Lamp, price: {price}}}");
        let sandbox = on.with(&[("products", &row)]);
        sandbox.run(["seed", "--strict"]).exits(0);
        let query = "SELECT price FROM products";
        assert_eq!(sandbox.rows("products", query), [stored], "{price}");
        sandbox.json(["seed"]).ends("unchanged", 0);
    }
}

fn quotes_escapes_and_several_lines_are_text(on: On) {
    users(
        on,
        "- {id: 1, name: 'it''s', email: \"k\\x40x.com\"}\n",
        &["1|it's|k@x.com"],
    );
    users(
        on,
        "- {id: 1, name: \"Zo\\u00EB \\U0001F980\", email: k@x.com}",
        &["1|Zoë 🦀|k@x.com"],
    );
    users(
        on,
        "- id: 1\n  name: >-\n    Kim\n    Lee\n  email: k@x.com\n",
        &["1|Kim Lee|k@x.com"],
    );
    users(
        on,
        "- id: 1\n  name: |-\n    Kim\n    Lee\n  email: k@x.com\n",
        &["1|Kim\nLee|k@x.com"],
    );
    users(
        on,
        "- id: 1\n  name: Kim\n    Lee\n  email: k@x.com\n",
        &["1|Kim Lee|k@x.com"],
    );
    users(
        on,
        "- id: 1\n  name: Kim # not Lee\n  email: k@x.com\n",
        &["1|Kim|k@x.com"],
    );
    users(
        on,
        "- id: 1\n  name: Kim#Lee\n  email: k@x.com\n",
        &["1|Kim#Lee|k@x.com"],
    );
}

#[test]
fn rows_may_be_written_in_all_the_ways_of_yaml() {
    let two = ["1|Kim|k@x.com", "2|Kim|l@x.com"];
    users(
        On::Sqlite,
        "[{id: 1, name: Kim, email: k@x.com},\n {id: 2, name: Kim, email: l@x.com}]",
        &two,
    );
    users(
        On::Sqlite,
        "- &kim\n  id: 1\n  name: Kim\n  email: k@x.com\n- <<: *kim\n  id: 2\n  email: l@x.com\n",
        &two,
    );
    users(
        On::Sqlite,
        "- {id: 1, name: &name Kim, email: k@x.com}\n- {id: 2, name: *name, email: l@x.com}\n",
        &two,
    );
    users(
        On::Sqlite,
        "\u{feff}- id: 1\r\n  name: Kim\r\n  email: k@x.com\r\n\r\n# and\r\n- id: 2\r\n  name: Kim\r\n  email: l@x.com",
        &two,
    );
    users(
        On::Sqlite,
        "---\n# First\n-   id: 1\n    name: Kim\n    email: k@x.com\n\n\n-\n  email: l@x.com\n  \"name\": Kim\n  'id': 2\n...\n",
        &two,
    );
    users(
        On::Sqlite,
        r#"[{"id": 1, "name": "Kim", "email": "k@x.com"}, {"id":2,"name":"Kim","email":"l@x.com"}]"#,
        &two,
    );
    users(
        On::Sqlite,
        "  - id: 1\n    name: Kim\n    email: k@x.com\n  - id: 2\n    name: Kim\n    email: l@x.com\n",
        &two,
    );
}

#[test]
fn a_fixture_may_have_no_rows() {
    for text in [
        "",
        "\n",
        "# none yet\n",
        "null",
        "~",
        "[]",
        "---\n",
        "\u{feff}",
        "--- # none\n",
    ] {
        users(On::Sqlite, text, &[]);
    }
}

fn a_database_without_most_characters_is_not_begun(on: On) {
    let sandbox = on.store();
    let (server, _) = sandbox.server("users").expect("it is on a server");
    for encoding in ["LATIN1", "SQL_ASCII"] {
        let name = format!("other_{}", std::process::id());
        let create = format!(
            "CREATE DATABASE {name} ENCODING '{encoding}' LOCALE 'C' TEMPLATE template0 OWNER seed;"
        );
        let created = server.sql("postgres", &create);
        created.unwrap_or_else(|error| panic!("{error}"));
        let url = server.url(&name);
        let there = [("SEEDBED_DATABASES__USERS__URL", url.as_str())];
        for command in [&["migrate"][..], &["migrate", "fresh", "--yes"]] {
            let ran = sandbox.run_with(&there, command.iter().copied()).exits(3);
            ran.says(encoding).says("ENCODING 'UTF8'");
        }
        let tables = server.sql(
            &name,
            "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'",
        );
        assert_eq!(tables.unwrap_or_else(|error| panic!("{error}")), [["0"]]);
        let removed = server.drop_databases(&[name]);
        removed.unwrap_or_else(|error| panic!("{error}"));
    }
}
