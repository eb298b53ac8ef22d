//! Registries that make no sense are refused before anything is done.

use crate::program::Place;

#[track_caller]
fn check(registry: &'static str, expected: &str) {
    let place = Place::of(registry);
    place.fixture("hens.yaml", "- {id: 1, egg: 1}\n");
    for command in ["check", "up", "seed", "migrate", "status"] {
        let done = place.run(command);
        assert_eq!(done.exit, Some(2), "{registry}, {command}: {}", done.json);
        assert_eq!(done.error(), expected, "{registry}, {command}");
        assert!(place.databases().is_empty(), "{registry}, {command}");
    }
}

#[test]
fn references_that_go_round_in_a_circle() {
    check(
        "databases-in-a-circle",
        "the references between databases go round in a circle: barn → nest → barn; none of them can come first",
    );
    check(
        "datasets-in-a-circle",
        "the references between datasets go round in a circle: hens → eggs → hens; none of them can come first",
    );
    check(
        "refers-to-itself",
        "the dataset `hens` refers to itself; that cannot be loaded yet",
    );
}

#[test]
fn names_that_are_used_twice() {
    check(
        "database-twice",
        "the registry lists the database `barn` twice",
    );
    check(
        "dataset-twice",
        "the registry lists the dataset `hens` twice",
    );
    check(
        "dataset-twice-in-one",
        "the registry lists the dataset `hens` twice",
    );
}

#[test]
fn aliases_that_are_no_configuration_keys() {
    fn check_alias(registry: &'static str) {
        let alias = registry.strip_prefix("alias:").unwrap();
        let message = format!(
            "`{alias}` is no alias for a database: use small letters, digits and single underscores, a letter first"
        );
        check(registry, &message);
    }
    check_alias("alias:Barn");
    check_alias("alias:2nd_barn");
    check_alias("alias:old__barn");
    check_alias("alias:old-barn");
    check_alias("alias:../barn");
    check_alias("alias:");
}

#[test]
fn references_to_nothing_or_to_keys_of_another_type() {
    check(
        "unknown-target",
        "`hens.egg` refers to `eggs`, which is no dataset of the registry",
    );
    check(
        "reference-of-another-type",
        "`labels.hen` refers to `hens`, whose key is of another type: integer",
    );
}

#[test]
fn datasets_that_cannot_be_loaded() {
    check(
        "key-of-two-columns",
        "the dataset `visits` has a key of several columns; give it one column",
    );
    check(
        "key-of-a-date",
        "the dataset `holidays` has a key, `day`, that is no integer, text or UUID",
    );
    check(
        "column-skipped",
        "the dataset `ducks` has a column `weight` but no field of that name in its fixtures' rows",
    );
    check(
        "column-renamed",
        "the dataset `geese` has a column `breed` but no field of that name in its fixtures' rows",
    );
}
