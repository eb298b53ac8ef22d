use serde_json::json;

use crate::expected::expected;
use crate::sandbox::Sandbox;

#[test]
fn what_is_no_sequence_of_mappings_refuses_the_whole_run() {
    for text in [
        "- {id: 1, name: 'Kim",
        "- id: 1\n name: Kim\n",
        "id: 1\nname: Kim\n",
        "Kim",
        "- Kim\n",
        "- 7\n",
        "- [1, Kim, k@x.com]\n",
        "- id: *nobody\n",
        "- {id: 1, name: Kim, email: k@x.com}\n]\n",
        "users:\n- {id: 1, name: Kim, email: k@x.com}\n",
        "- \u{1b}[2J\n",
    ] {
        let sandbox = Sandbox::seeded();
        sandbox.edit("fixtures/products.yaml", "name: Mouse", "name: Rat");
        sandbox.write("fixtures/users.yaml", text);
        let before = sandbox.files();
        for command in ["seed", "up", "check"] {
            let report = sandbox.json([command]).ends("refused", 1);
            let problem = report.problem("fixture.syntax");
            assert_eq!(problem["id"], json!(null), "{text}");
            assert_eq!(problem["severity"], "error", "{text}");
            assert_eq!(problem["dataset"], "users", "{text}");
            assert_eq!(problem["file"], "fixtures/users.yaml", "{text}");
            sandbox
                .run([command])
                .exits(1)
                .says("error[fixture.syntax]")
                .says("fixtures/users.yaml:");
        }
        assert!(sandbox.files() == before, "a file was changed: {text}");
    }
}

#[test]
fn bytes_that_are_no_text_are_a_syntax_error() {
    let sandbox = Sandbox::seeded();
    sandbox.write(
        "fixtures/users.yaml",
        b"- {id: 1, name: \xff, email: k@x.com}\n",
    );
    let report = sandbox.json(["seed"]).ends("refused", 1);
    assert_eq!(report.problem("fixture.syntax")["line"], 1);
}

#[test]
fn a_scalar_has_at_most_a_mebibyte() {
    let sandbox = Sandbox::empty();
    let name = "x".repeat((1 << 20) + 1);
    let text = format!("- {{id: 1, name: {name}, email: k@x.com}}\n");
    sandbox.fixtures(&[("users", &text)]);
    let report = sandbox.json(["check"]).ends("refused", 1);
    report.problem("fixture.syntax");
    let text = format!("- {{id: 1, name: {}, email: k@x.com}}\n", &name[1..]);
    sandbox.fixtures(&[("users", &text)]);
    let report = sandbox.json(["check"]).ends("checked", 1);
    assert_eq!(report.broken(), ["users.name.length 1"]);
}

#[test]
fn hostile_nesting_ends_in_a_syntax_error() {
    for text in [
        format!("- {}1{}\n", "[".repeat(10_000), "]".repeat(10_000)),
        format!("- name: {}\n", "{a: ".repeat(10_000)),
        format!("{}x\n", "- ".repeat(10_000)),
        "[".repeat(100_000),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.fixtures(&[("users", &text)]);
        let report = sandbox.json(["check"]).ends("refused", 1);
        report.problem("fixture.syntax");
    }
}

#[test]
fn aliases_of_much_text_end_in_a_syntax_error() {
    let text = "x".repeat(1 << 20);
    let aliases: String = (0..40).map(|n| format!(", f{n}: *name")).collect();
    let row = format!("- {{id: 1, name: &name {text}{aliases}}}\n");
    let sandbox = Sandbox::empty();
    sandbox.fixtures(&[("users", &row)]);
    let report = sandbox.json(["check"]).ends("refused", 1);
    report.problem("fixture.syntax");
}

/// A list in a field is of the wrong type whatever is in it, so aliases in it are never written out.
#[test]
fn aliases_of_aliases_do_no_harm() {
    let mut laughs = String::from("- id: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (level, name) in ["name", "email"].into_iter().cycle().take(10).enumerate() {
        let inner = format!("*a{level}, ").repeat(9);
        laughs += &format!("- {name}: &a{} [{inner}]\n", level + 1);
    }
    let sandbox = Sandbox::empty();
    sandbox.fixtures(&[("users", &laughs)]);
    let report = sandbox.json(["check"]);
    assert_eq!(report.ran.code, 1, "{report:#?}");
    assert_eq!(report.counts("users")[1], 0);
}

#[test]
fn the_mistake_is_pointed_at_and_the_rows_before_it_are_judged() {
    let text =
        "- {id: 0, name: Kim, email: k@x.com}\n- {id: 2, name: Lee, email: l@x.com}\n- oops\n";
    let sandbox = Sandbox::empty();
    sandbox.fixtures(&[("users", text)]);
    let report = sandbox.json(["check"]).ends("refused", 1);
    assert_eq!(
        report.problems(),
        expected(
            "fixtures/users.yaml",
            text,
            &[
                ("users.id.positive", "0", "id", "id: ^0"),
                ("fixture.syntax", "null", "null", "- ^oops"),
            ]
        )
    );
    assert_eq!(report.counts("users")[0], 2);
}

#[test]
fn references_into_a_dataset_that_could_not_be_read_are_not_judged() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.write("fixtures/users.yaml", "- {id: 1, name: 'Kim\n");
    for command in ["check", "seed"] {
        let report = sandbox.json([command]).ends("refused", 1);
        assert_eq!(
            report.broken(),
            [
                "orders.quantity.positive 8",
                "orders.quantity.positive 9",
                "orders.product_id.exists 10",
                "products.repeated 7",
                "products.price.non-negative 10",
                "fixture.syntax null",
            ],
            "{command}"
        );
    }
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
}

#[test]
fn one_fixture_of_several_is_enough_to_refuse() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate"]).exits(0);
    sandbox.write("fixtures/users/more.yaml", "oops");
    let report = sandbox.json(["seed"]).ends("refused", 1);
    assert_eq!(
        report.problem("fixture.syntax")["file"],
        "fixtures/users/more.yaml"
    );
    assert!(
        !report
            .broken()
            .iter()
            .any(|it| it.starts_with("orders.user_id"))
    );
    assert_eq!(sandbox.all_rows(), vec![Vec::<String>::new(); 3]);
}
