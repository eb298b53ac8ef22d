//! A new optional column takes a field, a migration and the fixtures.

use crate::program::Place;

const PHONES: &str = "SELECT id || ' ' || phone FROM users WHERE phone IS NOT NULL ORDER BY id";

#[test]
fn the_users_get_a_phone() {
    let place = Place::of("users");
    let users = "- {id: 1, name: Alice, email: alice@example.com}\n- {id: 2, name: Bob, email: bob@example.com}\n";
    place.fixture("users.yaml", users);
    assert_eq!(place.runs("up").counts(), ["users: 2 2 0; 2 0 0"]);
    let with_phone = users.replace("bob@example.com", "bob@example.com, phone: 030 12 34");
    place.fixture("users.yaml", &with_phone);
    let up = place.runs("up");
    assert_eq!(
        up.problems("users"),
        ["users.row.unknown-field users.yaml:2:46 [2] unknown field `phone`",]
    );

    // The field and the migration. The rows and fixtures from before are still good.
    let place = place.now_of("users-with-phone");
    place.fixture("users.yaml", users);
    let status = place.runs("migrate status");
    let pending = &status.json["databases"][0]["pending"];
    assert_eq!(pending.to_string(), r#"["m20261202_000001_add_phone"]"#);
    assert_eq!(place.run("seed").exit, Some(2));
    assert_eq!(place.runs("up").counts(), ["users: 2 2 0; 0 0 2"]);
    assert!(place.rows("users", PHONES).is_empty());

    // The fixtures.
    place.fixture("users.yaml", &with_phone);
    assert_eq!(place.runs("seed").counts(), ["users: 2 2 0; 0 1 1"]);
    assert_eq!(place.rows("users", PHONES), ["2 030 12 34"]);
    assert_eq!(place.runs("seed").counts(), ["users: 2 2 0; 0 0 2"]);
    place.fixture("users.yaml", &users.replace('}', ", phone: ~}"));
    assert_eq!(place.runs("seed").counts(), ["users: 2 2 0; 0 1 1"]);
    assert!(place.rows("users", PHONES).is_empty());
    place.fixture("users.yaml", &users.replace('}', ", phone: [1]}"));
    assert_eq!(
        place.runs("seed").problems("users"),
        [
            "users.phone.type users.yaml:1:57 [1] `phone` must be text, not a list",
            "users.phone.type users.yaml:2:53 [2] `phone` must be text, not a list",
        ]
    );
}
