use crate::sandbox::{Ran, Sandbox};

/// What a terminal would obey or hide, apart from the end of a line.
#[track_caller]
fn is_harmless(ran: &Ran) {
    for text in [&ran.stdout, &ran.stderr] {
        let hostile = |c: &char| {
            (c.is_control() && *c != '\n')
                || matches!(*c, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
                || matches!(*c, '\u{2066}'..='\u{2069}' | '\u{feff}')
        };
        let found = text.chars().find(hostile);
        assert_eq!(found, None, "in {ran:#?}");
    }
}

#[test]
fn hostile_text_of_fixtures_never_reaches_the_terminal() {
    for text in [
        "- {id: 1, name: Kim, email: \"\\e[2J\\e]0;owned\\a\"}",
        "- {id: 1, name: Kim, email: \"a\u{202e}b\u{2066}c\u{200f}d\"}",
        "- {id: 1, name: Kim, email: \"\\u202e\\u200b\\r\\n\\0\"}",
        "- {id: 1, name: \"\\e[31m\", email: nowhere} # \u{202e}",
        "- {id: 1, name: Kim, email: k@x.com, \"\\e[2J\": 1}",
        "- {id: 1, name: Kim, email: k@x.com, \"\u{202e}\": 1}",
        "- {id: \"\\e[2J\", name: Kim, email: k@x.com}",
        "- {id: 1, name: Kim, email: \u{9b}31m}",
        "- {id: 1, name: Kim, email: \x1b[2J}",
        "- {id: 1, name: Kim, email: a\x07b}",
        "- *\u{202e}",
        "- {id: 1, name: !\u{202e} Kim, email: k@x.com}",
        "- {id: 1, name: Kim, email: 'k@x.com\u{2028}'}\r",
        "\u{202e}",
        "%\u{202e} directive\n---\n- 1",
    ] {
        let sandbox = Sandbox::empty();
        sandbox.fixtures(&[("users", text)]);
        for arguments in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", "-v"],
            &["up"],
            &["seed"],
        ] {
            let ran = sandbox.run(arguments.iter().copied());
            assert!(ran.code <= 1, "{ran:#?}");
            is_harmless(&ran);
        }
        let ran = sandbox.run(["check", "--color", "always"]);
        for hostile in ["\x1b[2J", "\x1b]0", "\u{202e}", "\u{9b}", "\x07"] {
            assert!(!ran.stderr.contains(hostile), "{ran:#?}");
        }
    }
}

#[test]
fn hostile_names_of_files_never_reach_the_terminal() {
    for (file, code) in [
        ("fixtures/users.\u{1b}[2J.yaml", 1),
        ("fixtures/users.\u{202e}.yaml", 1),
        ("fixtures/ordrs\u{202e}.yaml", 2),
        ("fixtures/ordrs\u{1b}[2J.yaml", 2),
    ] {
        let sandbox = Sandbox::empty();
        sandbox.write(file, "- {id: 0, name: Kim, email: nowhere}");
        for arguments in [
            &["check"][..],
            &["check", "--format", "json"],
            &["check", file],
        ] {
            is_harmless(&sandbox.run(arguments.iter().copied()).exits(code));
        }
    }
}

#[test]
fn the_line_is_drawn_with_the_value_underlined() {
    let sandbox = Sandbox::empty();
    let text = "- id: 1\n  name: Kim\n  email: nowhere # Zoë\n";
    sandbox.fixtures(&[("users", text)]);
    let ran = sandbox.run(["check"]).exits(1);
    let lines: Vec<&str> = ran.stderr.lines().collect();
    let at = lines
        .iter()
        .position(|it| it.contains("email: nowhere # Zoë"));
    let at = at.unwrap_or_else(|| panic!("the line is drawn in {ran:#?}"));
    let column = lines[at].find("nowhere").expect("the value is there");
    let underlined = lines[at + 1].find("^^^^^^^").expect("it is underlined");
    assert_eq!(column, underlined, "{}", ran.stderr);
    assert_eq!(lines[at + 1].matches('^').count(), "nowhere".len());
    assert!(ran.stderr.contains("fixtures/users.yaml:3:10"));
}

#[test]
fn after_20_problems_of_a_rule_the_rest_is_counted() {
    let sandbox = Sandbox::empty();
    let row = |id: u32| format!("- {{id: {id}, name: '', email: u{id}@x.com}}\n");
    let bad = "- {id: 0, name: Kim, email: nowhere}\n";
    let check = |count: u32, drawn: usize, more: Option<&str>| {
        let rows: String = (1..=count).map(row).collect();
        sandbox.fixtures(&[("users", &(rows + bad))]);
        let ran = sandbox.run(["check"]).exits(1);
        let of_rule = ran.stderr.matches("error[users.name.required]").count();
        assert_eq!(of_rule, drawn, "{count}");
        assert_eq!(ran.stderr.matches("error[users.email.format]").count(), 1);
        let told = ran.stderr.lines().find(|it| it.contains("more of"));
        assert_eq!(told.is_some(), more.is_some(), "{}", ran.stderr);
        if let (Some(told), Some(more)) = (told, more) {
            assert!(
                told.contains(more) && told.contains("users.name.required"),
                "{told}"
            );
        }
    };
    check(20, 20, None);
    check(21, 20, Some("1 more"));
    check(43, 20, Some("23 more"));
}

#[test]
fn colours_are_for_terminals_or_whoever_asks() {
    let sandbox = Sandbox::store();
    for (arguments, coloured) in [
        (&["check"][..], false),
        (&["check", "--color", "auto"], false),
        (&["check", "--color", "never"], false),
        (&["check", "--color", "always"], true),
    ] {
        let ran = sandbox.run(arguments.iter().copied());
        assert_eq!(ran.stderr.contains('\x1b'), coloured, "{arguments:?}");
        assert_eq!(ran.stdout.contains('\x1b'), coloured, "{arguments:?}");
    }
    let ran = sandbox.run(["check", "--format", "json", "--color", "always"]);
    assert!(!ran.stdout.contains('\x1b'));
}

#[test]
fn results_go_to_standard_output_and_problems_to_standard_error() {
    let sandbox = Sandbox::store();
    let ran = sandbox.run(["up"]).exits(0);
    assert!(!ran.stdout.contains("users.email.unique"), "{ran:#?}");
    let ran = sandbox.run(["up", "--format", "json"]).exits(0);
    assert!(!ran.stderr.contains("users.email.unique"), "{ran:#?}");
    let ran = sandbox.run(["seed", "--database", "nowhere"]).exits(2);
    assert_eq!(ran.stdout, "");
    assert!(ran.stderr.contains("nowhere"), "{ran:#?}");
}

#[test]
fn whoever_closes_the_pipe_has_seen_enough() {
    use std::process::Stdio;

    let sandbox = Sandbox::seeded();
    let mut command = sandbox.command(["status"]);
    let mut child = command
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be started");
    drop(child.stdout.take());
    let output = child.wait_with_output().expect("it ends");
    let told = String::from_utf8_lossy(&output.stderr);
    assert!(!told.contains("panicked"), "{told}");
}
