use crate::sandbox::Sandbox;

#[test]
fn the_exit_code_says_how_it_went() {
    let check = |arguments: &[&str], code: i32| {
        let ran = Sandbox::seeded().run(arguments.iter().copied());
        assert_eq!(ran.code, code, "{arguments:?}: {ran:#?}");
    };
    check(&["up"], 0);
    check(&["seed"], 0);
    check(&["seed", "--dry-run"], 0);
    check(&["migrate"], 0);
    check(&["migrate", "up"], 0);
    check(&["migrate", "up", "--check"], 0);
    check(&["migrate", "--check"], 0);
    check(&["migrate", "status"], 0);
    check(&["migrate", "plan"], 0);
    check(&["migrate", "fresh", "--yes"], 0);
    check(&["migrate", "down", "--yes"], 0);
    check(&["migrate", "down", "2", "--yes"], 0);
    check(&["status"], 0);
    check(&["--help"], 0);
    check(&["--version"], 0);
    check(&["check"], 1);
    check(&["seed", "--strict"], 1);
    check(&[], 2);
    check(&["sow"], 2);
    check(&["seed", "--sideways"], 2);
    check(&["seed", "--database"], 2);
    check(&["seed", "--database", "nowhere"], 2);
    check(&["seed", "nowhere.yaml"], 2);
    check(&["seed", "--format", "xml"], 2);
    check(&["seed", "-q", "-v"], 2);
    check(&["check", "--strict"], 2);
    check(&["migrate", "sideways"], 2);
    check(&["migrate", "down", "0", "--yes"], 2);
    check(&["migrate", "down", "-1", "--yes"], 2);
    check(&["migrate", "down"], 2);
    check(&["migrate", "fresh"], 2);
    check(&["migrate", "--database", "nowhere"], 2);
    check(&["migrate", "status", "--database", "nowhere"], 2);
    check(&["up", "--fresh"], 2);
    check(&["--config", "nowhere.toml", "status"], 2);
}
