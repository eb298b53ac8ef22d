use serde_json::json;

use crate::sandbox::Sandbox;

fn user(id: u32, name: &str) -> String {
    format!(
        "- {{id: {id}, name: {name}, email: {}@x.com}}\n",
        name.to_lowercase()
    )
}

#[test]
fn only_the_chosen_fixtures_are_loaded() {
    let check = |chosen: &[&str], rows: [&str; 3]| {
        let sandbox = Sandbox::store();
        sandbox.run(["migrate"]).exits(0);
        let arguments = ["seed"].into_iter().chain(chosen.iter().copied());
        sandbox.json(arguments).ends("seeded", 0);
        let count = |alias: &str| sandbox.rows(alias, &format!("SELECT count(*) FROM {alias}"));
        let counts = ["users", "products", "orders"].map(count);
        assert_eq!(counts, rows.map(|it| [it]), "{chosen:?}");
    };
    check(&["fixtures/users.yaml"], ["9", "0", "0"]);
    check(
        &["fixtures/users.yaml", "fixtures/products.yaml"],
        ["9", "9", "0"],
    );
    check(&["./fixtures/../fixtures/products.yaml"], ["0", "9", "0"]);
    check(&["fixtures"], ["9", "9", "7"]);
    check(&[], ["9", "9", "7"]);
}

#[test]
fn the_main_fixture_is_read_first_then_the_others_by_path() {
    let sandbox = Sandbox::empty();
    let claims = ["first", "second", "third", "fourth", "fifth"];
    let files = [
        "users.yaml",
        "users.2023.yaml",
        "users.2024.yml",
        "users/10.yaml",
        "users/9.yaml",
    ];
    // Each file claims the keys from its own place on; the first claim holds.
    for (place, file) in files.iter().enumerate().rev() {
        let rows: String = (place..files.len())
            .map(|id| {
                let claim = claims[place];
                format!(
                    "- {{id: {}, name: {claim}, email: {claim}{id}@x.com}}\n",
                    id + 1
                )
            })
            .collect();
        sandbox.write(&format!("fixtures/{file}"), rows);
    }
    let report = sandbox.json(["up"]).ends("seeded", 0);
    assert_eq!(report.counts("users"), json!([15, 5, 10, 5, 0, 0]));
    assert_eq!(
        sandbox.rows("users", "SELECT name FROM users ORDER BY id"),
        ["first"; 5]
    );
    for (place, file) in files.iter().enumerate() {
        sandbox.remove(&format!("fixtures/{file}"));
        let left = files.len() - place - 1;
        if left == 0 {
            break;
        }
        let report = sandbox.json(["up", "--fresh", "--yes"]);
        assert_eq!(report.counts("users")[1], left, "without {file}");
        let names = sandbox.rows("users", "SELECT DISTINCT name FROM users");
        assert_eq!(names, [claims[place + 1]], "without {file}");
    }
}

#[test]
fn a_repeated_row_is_explained_by_the_file_of_its_first_use() {
    let sandbox = Sandbox::empty();
    sandbox.write("fixtures/users.yaml", user(1, "Kim"));
    sandbox.write("fixtures/users/more.yaml", user(1, "Lee"));
    let report = sandbox.json(["check"]).ends("checked", 1);
    let problem = report.problem("users.id.unique");
    assert_eq!(problem["file"], "fixtures/users/more.yaml");
    assert_eq!(problem["related"][0]["file"], "fixtures/users.yaml");
}

#[test]
fn a_file_that_feeds_no_dataset_is_refused_with_a_suggestion() {
    for (file, hint) in [
        ("ordrs.yaml", "did you mean `orders`?"),
        ("product.yml", "did you mean `products`?"),
        ("usres.2024.yaml", "did you mean `users`?"),
        ("invoices.yaml", "`users`"),
        ("users.json", ".yaml"),
    ] {
        let sandbox = Sandbox::store();
        sandbox.write(&format!("fixtures/{file}"), "[]");
        for command in ["check", "up"] {
            let report = sandbox.json([command]).ends("refused", 2);
            report.fails(None, &[&format!("fixtures/{file}"), hint]);
        }
        sandbox.run(["check"]).exits(2).says(hint);
        assert!(!sandbox.path("data").exists(), "{file}");
        let chosen = format!("fixtures/{file}");
        sandbox.run(["check", &chosen]).exits(2).says(hint);
    }
}

#[test]
fn hidden_files_and_readmes_are_left_alone() {
    let sandbox = Sandbox::store();
    for file in [
        ".users.yaml.swp",
        ".gitkeep",
        "README.md",
        "README",
        "readme.txt",
    ] {
        sandbox.write(&format!("fixtures/{file}"), "not a fixture");
    }
    sandbox.json(["up"]).ends("seeded", 0);
}

#[test]
fn a_fixture_or_folder_that_is_not_there_is_refused() {
    let sandbox = Sandbox::store();
    sandbox.run(["migrate"]).exits(0);
    for arguments in [
        &["seed", "fixtures/invoices.yaml"][..],
        &["seed", "nowhere/users.yaml"],
        &["check", "fixtures/missing.yaml"],
        &["check", "--fixtures", "nowhere"],
        &["seed", "--fixtures", "nowhere"],
        &["up", "--fixtures", "fixtures", "--fixtures", "nowhere"],
    ] {
        let missing = arguments[arguments.len() - 1];
        let report = sandbox.json(arguments.iter().copied()).ends("refused", 2);
        report.fails(None, &[missing]);
    }
    let sandbox = Sandbox::empty();
    for command in ["check", "up"] {
        let report = sandbox.json([command]).ends("refused", 2);
        report.fails(None, &["`fixtures`"]);
    }
    assert_eq!(sandbox.names(), [""; 0]);
}

#[test]
fn a_folder_without_fixtures_is_told() {
    let sandbox = Sandbox::empty();
    sandbox.write("fixtures/README.md", "Soon.");
    for command in ["check", "up", "seed"] {
        let ran = sandbox.run([command]).exits(0);
        ran.says("there are no fixtures in `fixtures`; `users.yaml` would feed `users`");
    }
    sandbox.write("fixtures/users.yaml", "[]");
    let ran = sandbox.run(["seed"]).exits(0);
    assert!(!ran.stderr.contains("no fixtures"), "{ran:#?}");
}

#[test]
fn several_folders_are_one_set() {
    let sandbox = Sandbox::empty();
    sandbox.write("base/users.yaml", user(1, "Kim"));
    sandbox.write("dev/users.yaml", user(2, "Lee") + &user(1, "Max"));
    sandbox.write("dev/products.yaml", "- {id: 1, name: Lamp, price: 1}");
    sandbox.write(
        "base/orders.yaml",
        "- {id: 1, user_id: 2, product_id: 1, quantity: 1}",
    );
    let flags = ["up", "--fixtures", "base", "--fixtures", "dev"];
    let report = sandbox.json(flags).ends("seeded", 0);
    assert_eq!(report.broken(), ["users.id.unique 1"]);
    assert_eq!(report.problem("users.id.unique")["file"], "dev/users.yaml");
    assert_eq!(report.counts("orders"), json!([1, 1, 0, 1, 0, 0]));
    sandbox.write(
        "seedbed.toml",
        "[default]\nfixtures = \"base\"\n[dev]\nfixtures = [\"base\", \"dev\"]\n",
    );
    let report = sandbox.json(["check"]);
    assert_eq!(report.counts("users")[0], 1);
    let report = sandbox.run_with(&[("SEEDBED_PROFILE", "dev")], ["check", "--format", "json"]);
    assert_eq!(crate::report::Report::of(report).counts("users")[0], 3);
}

#[test]
fn a_dataset_without_a_fixture_is_not_loaded() {
    let sandbox = Sandbox::seeded();
    sandbox.remove("fixtures/users.yaml");
    let report = sandbox.json(["seed"]).ends("unchanged", 0);
    let names: Vec<_> = report.json["datasets"]
        .as_array()
        .expect("datasets are a list")
        .iter()
        .map(|dataset| dataset["name"].clone())
        .collect();
    assert_eq!(names, ["products", "orders"]);
    assert_eq!(sandbox.rows("users", "SELECT count(*) FROM users"), ["9"]);
}

#[test]
fn a_fixture_that_is_chosen_twice_is_read_once() {
    let sandbox = Sandbox::store();
    let twice = [
        "check",
        "fixtures/users.yaml",
        "./fixtures/users.yaml",
        "fixtures",
    ];
    let report = sandbox.json(twice).ends("checked", 1);
    assert_eq!(report.counts("users")[0], 10);
    assert_eq!(report.problem_count(), (6, 1));
}
