//! Migrations that begin transactions of their own.

use serde_json::json;

use crate::club::{Club, On, on_every_engine};

on_every_engine![they_are_applied_and_reverted_as_others];

fn they_are_applied_and_reverted_as_others(on: On) {
    let club = Club::new(on, "own-transactions", "SELECT 1");
    let posts = || club.rows("SELECT concat_ws(' ', id, title) FROM posts ORDER BY id");
    let welcomed = ["100 welcome", "102 welcome, too"];
    club.run("migrate").exits(0);
    assert_eq!(posts(), welcomed);
    let down = club.run("migrate down 2 --yes").exits(0);
    let reverted = json!(["welcome_all", "welcome_more"]);
    assert_eq!(down.json["databases"][0]["newly_reverted"], reverted);
    assert!(posts().is_empty());
    club.run("migrate fresh --yes").exits(0);
    assert_eq!(posts(), welcomed);
    let seed = club.up("posts.yaml", "- {id: 100, title: bye}\n");
    // Nothing was seeded there before.
    assert!(seed.exits(2).error().contains("--existing"));
    let kept = club.run("seed --existing update").exits(0);
    assert_eq!(kept.counts(), ["posts: 1 1 0; 0 1 0"]);
}
