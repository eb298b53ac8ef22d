//! Databases without migrations: others make their tables.

use crate::program::Place;

const COUNTRIES: &str = "CREATE TABLE countries (code TEXT PRIMARY KEY, name TEXT NOT NULL)";
const TRIPS: &str = "CREATE TABLE trips (id INTEGER PRIMARY KEY, country TEXT NOT NULL)";

fn place() -> Place {
    let place = Place::of("seed-only");
    place
        .fixture(
            "countries.yaml",
            "- {code: NO, name: Norway}\n- {code: NZ, name: ~}\n",
        )
        .fixture(
            "trips.yaml",
            "- {id: 1, country: NO}\n- {id: 2, country: NZ}\n- {id: 3, country: no}\n",
        );
    place
}

#[test]
fn tables_that_are_there_are_seeded() {
    let place = place();
    place.execute("places", COUNTRIES).execute("travel", TRIPS);
    let up = place.runs("up");
    assert_eq!(up.outcome(), "seeded");
    assert_eq!(
        up.counts(),
        ["countries: 2 1 1; 1 0 0", "trips: 3 1 2; 1 0 0"]
    );
    assert_eq!(
        up.problems("trips"),
        [
            "trips.country.exists trips.yaml:2:20 [2] `countries` has no row NZ, as that row was rejected",
            "  countries.yaml:2:10 row NZ of `countries` was rejected",
            "trips.country.exists trips.yaml:3:20 [3] `countries` has no row no",
        ]
    );
    assert!(up.committed("places") < up.committed("travel"));
    let trips = "SELECT concat_ws(' ', id, country) FROM trips";
    assert_eq!(place.rows("travel", trips), ["1 NO"]);
    assert_eq!(place.runs("up").outcome(), "unchanged");
    assert_eq!(place.runs("seed").outcome(), "unchanged");
    let status = place.runs("status");
    for (index, rows) in [1, 1].into_iter().enumerate() {
        let database = &status.json["databases"][index];
        assert_eq!(database["applied"].to_string(), "[]");
        assert_eq!(database["pending"].to_string(), "[]");
        assert_eq!(database["datasets"][0]["rows"], rows);
    }
}

#[test]
fn a_table_that_is_not_there_is_missed_before_anything_is_written() {
    let place = place();
    place.execute("places", COUNTRIES);
    let up = place.run("up");
    assert_eq!(up.exit, Some(2), "{}", up.json);
    assert_eq!(
        up.error(),
        "the database `travel` has no table `trips`, and no migrations that could make it; nothing was written"
    );
    let count = "SELECT count(*) || '' FROM countries";
    assert_eq!(place.rows("places", count), ["0"]);
}

#[test]
fn rows_of_others_are_left_alone_until_told() {
    let place = place();
    place.execute("places", COUNTRIES).execute("travel", TRIPS);
    place.execute("places", "INSERT INTO countries VALUES ('NO', 'Norge')");
    let rows = "SELECT concat_ws(' ', code, name) FROM countries";
    let up = place.run("up");
    assert_eq!(up.exit, Some(2), "{}", up.json);
    assert!(up.error().contains("holds 1 row that is not from seedbed"));
    assert_eq!(place.rows("places", rows), ["NO Norge"]);
    place.runs("up --existing keep");
    assert_eq!(place.rows("places", rows), ["NO Norge"]);
    place.runs("up");
    assert_eq!(place.rows("places", rows), ["NO Norway"]);
}

#[test]
fn what_removes_rows_leaves_them_as_they_are() {
    let place = place();
    place.execute("places", COUNTRIES).execute("travel", TRIPS);
    place.runs("up");
    place.runs("migrate fresh --yes");
    place.runs("migrate down --yes");
    assert_eq!(place.runs("up --fresh --yes").outcome(), "unchanged");
    let count = "SELECT count(*) || '' FROM trips";
    assert_eq!(place.rows("travel", count), ["1"]);
}
