//! Tables of other shapes than the store's, on every engine.

use crate::club::{Club, On, on_engines, on_every_engine};

on_every_engine![
    two_unique_fields_are_told_apart,
    short_values_and_days_are_exchanged,
    unique_values_of_an_enum_type_are_known,
    keys_that_the_database_takes_for_one_are_refused,
    values_may_be_filled_up_to_their_length,
    zero_is_a_key_like_others,
    keys_may_be_of_other_types_than_the_entitys,
];

on_engines!(
    sqlite_alone Sqlite: uuids_are_kept_as_bytes, rows_without_a_key_are_left_alone,
        rows_that_a_trigger_keeps_out_are_missed;
    postgres_alone Postgres: uuids_are_not_kept_as_bytes, a_table_may_be_in_another_schema,
        a_table_in_another_schema_may_be_hidden, rows_that_a_trigger_keeps_out_are_missed,
        a_trigger_may_put_rows_elsewhere, a_table_may_have_policies,
        sequences_are_moved_up_and_never_down;
    mariadb_alone Mariadb: uuids_are_kept_as_bytes, columns_have_no_case, rows_that_get_other_keys_are_missed;
);

const MEMBERS: &str = "CREATE TABLE members (
    id bigint PRIMARY KEY, badge varchar(20) UNIQUE, locker varchar(20) UNIQUE)";

/// Loads members, each `id badge locker` with `~` for NULL, one list after the other; the second has these
/// counts and breaks these rules, and leaves these members.
#[track_caller]
fn members(on: On, before: &[&str], after: &[&str], counts: &str, broken: &[&str], left: &[&str]) {
    let text = |members: &[&str]| -> String {
        let row = |member: &&str| {
            let fields: Vec<_> = member.split(' ').collect();
            let [id, badge, locker] = fields.as_slice() else {
                panic!("{member}");
            };
            format!("- {{id: {id}, badge: {badge}, locker: {locker}}}\n")
        };
        members.iter().map(row).collect()
    };
    let club = Club::new(on, "shape:members", MEMBERS);
    club.up("members.yaml", &text(before)).exits(0);
    let done = club.up("members.yaml", &text(after)).exits(0);
    assert_eq!(
        done.counts(),
        [format!("members: {counts}")],
        "{}",
        done.json
    );
    assert_eq!(done.broken(), broken);
    let query = "SELECT concat_ws(' ', id, coalesce(badge, '~'), coalesce(locker, '~')) \
                 FROM members ORDER BY id";
    assert_eq!(club.rows(query), left);
    let again = club.up("members.yaml", &text(after)).exits(0);
    assert_eq!(again.outcome(), "unchanged");
}

fn two_unique_fields_are_told_apart(on: On) {
    let check =
        |before, after, counts, broken, left| members(on, before, after, counts, broken, left);
    // Each field goes round by itself, and its values are no hindrance to the other's.
    let rotated = ["1 b y", "2 c ~", "3 a z", "4 ~ x"];
    let stored = ["1 a x", "2 b y", "3 c ~", "4 ~ z"];
    check(&stored, &rotated, "4 4 0; 0 4 0", &[], &rotated);
    let crossed = ["1 x a", "2 a x"];
    check(&["1 a x", "2 x a"], &crossed, "2 2 0; 0 2 0", &[], &crossed);
    let one_gives_up = ["1 ~ a", "2 a ~"];
    check(
        &["1 a ~", "2 ~ a"],
        &one_gives_up,
        "2 2 0; 0 2 0",
        &[],
        &one_gives_up,
    );
    // The first who asks for the locker is refused the badge, so the second gets the locker.
    check(
        &["1 ~ x", "2 b ~"],
        &["3 b x", "4 ~ x", "1 ~ y"],
        "3 2 1; 1 1 0",
        &["members.badge.unique 3"],
        &["1 ~ y", "2 b ~", "4 ~ x"],
    );
    check(
        &["1 x ~", "2 ~ b"],
        &["3 x b", "4 x ~", "1 y ~"],
        "3 2 1; 1 1 0",
        &["members.locker.unique 3"],
        &["1 y ~", "2 ~ b", "4 x ~"],
    );
}

/// As in tables that are older than the program.
fn keys_may_be_of_other_types_than_the_entitys(on: On) {
    let types = match on {
        On::Sqlite => ["int", "numeric"],
        On::Postgres => ["smallint", "numeric(20)"],
        On::Mariadb => ["bigint unsigned", "decimal(20)"],
    };
    for key in types {
        let club = Club::new(on, "shape:members", &MEMBERS.replace("bigint", key));
        let up = |badges: [&str; 2]| {
            let [first, second] = badges;
            let text = format!(
                "- {{id: 1, badge: {first}, locker: ~}}\n- {{id: 2, badge: {second}, locker: ~}}\n"
            );
            club.up("members.yaml", &text).exits(0).counts().join("")
        };
        assert_eq!(up(["a", "b"]), "members: 2 2 0; 2 0 0", "{key}");
        if on == On::Mariadb {
            // More than the entity's keys can be.
            club.execute("INSERT INTO members VALUES (18446744073709551615, 'z', NULL)");
        }
        assert_eq!(up(["a", "b"]), "members: 2 2 0; 0 0 2", "{key}");
        assert_eq!(up(["b", "a"]), "members: 2 2 0; 0 2 0", "{key}");
    }
}

const SEATS: &str = "CREATE TABLE seats (
    id bigint PRIMARY KEY, \"row\" char(1) NOT NULL UNIQUE, code varchar(2) NOT NULL UNIQUE,
    sold_on date UNIQUE)";

/// Where one value passes from row to row, so do all, and some look like what stands in for them meanwhile.
fn short_values_and_days_are_exchanged(on: On) {
    let rows = ["a", "b", "~", "}", "|", "c", "d", "e"];
    let codes = ["~", "}", "aa", "b", "~~", "{", "z", "~}"];
    let text = |by: usize| -> String {
        let at = |id: usize| (id + by) % 8;
        let seat = |id: usize| {
            let (row, code, day) = (rows[at(id)], codes[at(id)], at(id) + 1);
            format!("- {{id: {id}, row: '{row}', code: '{code}', sold_on: 2026-01-0{day}}}\n")
        };
        (0..8).map(seat).collect()
    };
    let seats = match on {
        On::Mariadb => SEATS.replace('"', "`"),
        On::Sqlite | On::Postgres => SEATS.to_owned(),
    };
    let club = Club::new(on, "shape:seats", &seats);
    club.up("seats.yaml", &text(0)).exits(0);
    let done = club.up("seats.yaml", &text(3)).exits(0);
    assert_eq!(done.counts(), ["seats: 8 8 0; 0 8 0"], "{}", done.json);
    let query =
        "SELECT concat_ws(' ', id, code, sold_on) FROM seats WHERE id IN (0, 7) ORDER BY id";
    assert_eq!(club.rows(query), ["0 b 2026-01-04", "7 aa 2026-01-03"]);
    let again = club.up("seats.yaml", &text(3)).exits(0);
    assert_eq!(again.outcome(), "unchanged");
}

fn unique_values_of_an_enum_type_are_known(on: On) {
    let colour = match on {
        On::Sqlite => "text",
        On::Postgres => "colour",
        On::Mariadb => "enum('red', 'green', 'blue')",
    };
    let mut teams = format!("CREATE TABLE teams (id bigint PRIMARY KEY, colour {colour} UNIQUE)");
    if on == On::Postgres {
        teams.insert_str(0, "CREATE TYPE colour AS ENUM ('red', 'green', 'blue'); ");
    }
    let club = Club::new(on, "shape:teams", &teams);
    let check = |colours: &[(u32, &str)], counts: &str, broken: &[&str], left: &str| {
        let row = |(id, colour): &(u32, &str)| format!("- {{id: {id}, colour: {colour}}}\n");
        let text: String = colours.iter().map(row).collect();
        let done = club.up("teams.yaml", &text).exits(0);
        assert_eq!(done.counts(), [format!("teams: {counts}")], "{}", done.json);
        assert_eq!(done.broken(), broken);
        let stored = "SELECT concat_ws(' ', id, colour) FROM teams ORDER BY id";
        assert_eq!(club.rows(stored).join(", "), left);
        assert_eq!(club.up("teams.yaml", &text).exits(0).outcome(), "unchanged");
    };
    check(
        &[(1, "red"), (2, "green"), (3, "~")],
        "3 3 0; 3 0 0",
        &[],
        "1 red, 2 green, 3",
    );
    check(
        &[(4, "red"), (5, "~")],
        "2 1 1; 1 0 0",
        &["teams.colour.unique 4"],
        "1 red, 2 green, 3, 5",
    );
    check(
        &[(1, "green"), (2, "red"), (3, "blue")],
        "3 3 0; 0 3 0",
        &[],
        "1 green, 2 red, 3 blue, 5",
    );
}

/// Keys that differ in case only are two rows, or an error where the database takes them for one.
fn keys_that_the_database_takes_for_one_are_refused(on: On) {
    let key = match on {
        On::Sqlite => "varchar(2) COLLATE NOCASE",
        On::Postgres | On::Mariadb => "varchar(2)",
    };
    let countries =
        format!("CREATE TABLE countries (code {key} PRIMARY KEY, name varchar(20) NOT NULL)");
    let query = "SELECT concat_ws(' ', code, name) FROM countries ORDER BY name";
    let row = |code: &str, name: &str| {
        format!("- {{code: 'CODE', name: {name}}}\n").replace("CODE", code)
    };
    for (stored, text) in [
        (vec!["NO Norge"], row("no", "Norway")),
        (vec!["NO Norge"], row("no", "Norge")),
        (vec![], row("NO", "Norge") + &row("no", "Norway")),
        (
            vec!["AT Austria"],
            row("NO", "Norge") + &row("no", "Norway"),
        ),
    ] {
        let club = Club::new(on, "shape:countries", &countries);
        for country in &stored {
            let (code, name) = country.split_once(' ').expect("a code and a name");
            club.up("countries.yaml", &row(code, name)).exits(0);
        }
        let seeded = club.up("countries.yaml", &text);
        let kept = club.rows(query);
        if on == On::Postgres {
            assert_eq!(seeded.exits(0).outcome(), "seeded");
            assert_eq!(kept.len(), stored.len() + text.lines().count());
            continue;
        }
        let done = seeded.exits(3);
        assert!(done.error().contains("differ in case"), "{}", done.error());
        assert!(
            done.error().ends_with("nothing was written"),
            "{}",
            done.error()
        );
        assert_eq!(kept, stored, "{text}");
    }
}

/// PostgreSQL fills them with blanks, and MariaDB gives them back without.
fn values_may_be_filled_up_to_their_length(on: On) {
    let table = "CREATE TABLE lands (code char(3) PRIMARY KEY, sign char(3) UNIQUE)";
    let club = Club::new(on, "shape:lands", table);
    let first = "- {code: N, sign: a}\n- {code: S, sign: 'b '}\n";
    club.up("lands.yaml", first).exits(0);
    let again = club.up("lands.yaml", first).exits(0);
    assert_eq!(again.outcome(), "unchanged");
    let exchanged = "- {code: N, sign: b}\n- {code: S, sign: a}\n";
    let done = club.up("lands.yaml", exchanged).exits(0);
    assert_eq!(done.counts(), ["lands: 2 2 0; 0 2 0"], "{}", done.json);
}

fn uuids_are_kept_as_bytes(on: On) {
    let tokens = "CREATE TABLE tokens (id binary(16) PRIMARY KEY, serial binary(16) UNIQUE)";
    let club = Club::new(on, "shape:tokens", tokens);
    let check = |serials: &[(u32, &str)], counts: &str, broken: &[&str], left: &str| {
        let row = |(id, serial): &(u32, &str)| {
            let uuid = "00000000-0000-4000-8000-00000000000";
            format!("- {{id: {uuid}{id}, serial: {uuid}{serial}}}\n")
        };
        let text: String = serials.iter().map(row).collect();
        let done = club.up("tokens.yaml", &text).exits(0);
        assert_eq!(
            done.counts(),
            [format!("tokens: {counts}")],
            "{}",
            done.json
        );
        assert_eq!(done.broken(), broken);
        let stored = "SELECT concat_ws(' ', substr(hex(id), 32), substr(hex(serial), 32)) \
                      FROM tokens ORDER BY id";
        assert_eq!(club.rows(stored).join(", "), left);
    };
    check(&[(1, "a"), (2, "b")], "2 2 0; 2 0 0", &[], "1 A, 2 B");
    let taken = r#"tokens.serial.unique "00000000-0000-4000-8000-000000000003""#;
    check(
        &[(3, "a"), (4, "c")],
        "2 1 1; 1 0 0",
        &[taken],
        "1 A, 2 B, 4 C",
    );
    check(&[(1, "b"), (2, "a")], "2 2 0; 0 2 0", &[], "1 B, 2 A, 4 C");
    check(&[(1, "b"), (2, "a")], "2 2 0; 0 0 2", &[], "1 B, 2 A, 4 C");
}

/// PostgreSQL has a type for them.
fn uuids_are_not_kept_as_bytes(on: On) {
    let tokens = "CREATE TABLE tokens (id bytea PRIMARY KEY, serial bytea UNIQUE)";
    let club = Club::new(on, "shape:tokens", tokens);
    let text = "- {id: 00000000-0000-4000-8000-000000000001, serial: ~}\n";
    let done = club.up("tokens.yaml", text).exits(3);
    let told = "the column `id` holds bytes; make it a `uuid`";
    assert!(done.error().contains(told), "{}", done.error());
    assert!(club.rows("SELECT '' FROM tokens").is_empty());
}

/// SQLite has NULL in keys.
fn rows_without_a_key_are_left_alone(on: On) {
    let countries = "CREATE TABLE countries (code varchar(2) PRIMARY KEY, name text NOT NULL)";
    let club = Club::new(on, "shape:countries", countries);
    club.up("countries.yaml", "- {code: 'NO', name: Norway}\n")
        .exits(0);
    club.execute("INSERT INTO countries VALUES (NULL, 'Nowhere')");
    let kept = club.run("up --existing keep").exits(0);
    assert_eq!(kept.counts(), ["countries: 1 1 0; 0 0 1"]);
    let query = "SELECT concat_ws(' ', code, name) FROM countries ORDER BY code";
    assert_eq!(club.rows(query), ["Nowhere", "NO Norway"]);
}

fn columns_have_no_case(on: On) {
    let parcels = "CREATE TABLE parcels (ID bigint PRIMARY KEY, Weight float NOT NULL)";
    let club = Club::new(on, "shape:parcels", parcels);
    let text = "- {id: 1, weight: 0.1}\n";
    club.up("parcels.yaml", text).exits(0);
    assert_eq!(
        club.up("parcels.yaml", text).exits(0).outcome(),
        "unchanged"
    );
}

fn a_table_may_be_in_another_schema(on: On) {
    let club = Club::new(on, "shape:invoices", "SELECT 1");
    let check = |text: &str, counts: &str, left: &str| {
        let done = club.up("invoices.yaml", text).exits(0);
        assert_eq!(
            done.counts(),
            [format!("invoices: {counts}")],
            "{}",
            done.json
        );
        let invoices = "SELECT concat_ws(' ', id, number) FROM billing.invoices ORDER BY id";
        assert_eq!(club.rows(invoices).join(", "), left);
    };
    let text = "- {id: 1, number: a}\n- {id: 2, number: b}\n";
    check(text, "2 2 0; 2 0 0", "1 a, 2 b");
    check(text, "2 2 0; 0 0 2", "1 a, 2 b");
    club.execute("INSERT INTO billing.invoices (number) VALUES ('c')");
    let exchanged = "- {id: 1, number: c}\n- {id: 3, number: a}\n- {id: 4, number: d}\n";
    check(exchanged, "3 3 0; 1 2 0", "1 c, 2 b, 3 a, 4 d");
    let status = club.run("status").exits(0);
    assert_eq!(status.json["databases"][0]["datasets"][0]["rows"], 4);

    let fresh = club.run("migrate fresh --yes").exits(2);
    assert!(
        fresh.error().contains("`billing.invoices`"),
        "{}",
        fresh.error()
    );
    club.execute("DROP TABLE billing.invoices; CREATE TABLE invoices (id bigint)");
    let seed = club.run("seed").exits(2);
    let told = "has no table `billing.invoices`, although its migrations are applied";
    assert!(seed.error().contains(told), "{}", seed.error());
    club.run("migrate down --yes").exits(0);
    check(text, "2 2 0; 2 0 0", "1 a, 2 b");
}

/// MariaDB would take it for none.
fn zero_is_a_key_like_others(on: On) {
    let key = match on {
        On::Sqlite => "integer PRIMARY KEY AUTOINCREMENT",
        On::Postgres => "bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY",
        On::Mariadb => "bigint AUTO_INCREMENT PRIMARY KEY",
    };
    let parcels = format!("CREATE TABLE parcels (id {key}, weight float NOT NULL)");
    let club = Club::new(on, "shape:parcels", &parcels);
    let keys = || club.rows("SELECT concat_ws('', id) FROM parcels ORDER BY id");
    let text = "- {id: 7, weight: 1}\n- {id: 0, weight: 2}\n";
    club.up("parcels.yaml", text).exits(0);
    assert_eq!(keys(), ["0", "7"]);
    let again = club.up("parcels.yaml", text).exits(0);
    assert_eq!(again.outcome(), "unchanged");
    club.execute("DELETE FROM parcels WHERE id = 0");
    club.up("parcels.yaml", text).exits(0);
    assert_eq!(keys(), ["0", "7"]);
}

const PARCELS: &str = "CREATE TABLE parcels (id bigint PRIMARY KEY, weight float NOT NULL);";

/// A trigger before inserts or updates of the parcel 2, which does nothing but keep it out.
fn keeping_out(on: On, event: &str) -> String {
    match on {
        On::Sqlite => format!(
            "CREATE TRIGGER keep_out BEFORE {event} ON parcels WHEN new.id = 2 BEGIN SELECT RAISE(IGNORE); END"
        ),
        _ => format!(
            "CREATE FUNCTION keep_out() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NULL; END $$;
             CREATE TRIGGER keep_out BEFORE {event} ON parcels FOR EACH ROW WHEN (new.id = 2)
             EXECUTE FUNCTION keep_out()"
        ),
    }
}

fn rows_that_a_trigger_keeps_out_are_missed(on: On) {
    let first = "- {id: 1, weight: 1}\n";
    let both = "- {id: 1, weight: 1}\n- {id: 2, weight: 2}\n";
    let changed = "- {id: 1, weight: 3}\n- {id: 2, weight: 3}\n";
    let missed = |club: &Club, text: &str, told: &str| {
        let done = club.up("parcels.yaml", text).exits(3);
        assert!(done.error().contains(told), "{}", done.error());
        let again = club.up("parcels.yaml", first).exits(0);
        again.outcome().to_owned()
    };
    let club = Club::new(
        on,
        "shape:parcels",
        &(PARCELS.to_owned() + &keeping_out(on, "INSERT")),
    );
    assert_eq!(missed(&club, both, "took 1 of 2 rows"), "seeded");
    let told = match on {
        On::Sqlite => "took 0 of 1 rows",
        _ => "took 1 of 2 rows",
    };
    assert_eq!(missed(&club, both, told), "unchanged");
    let club = Club::new(on, "shape:parcels", PARCELS);
    club.up("parcels.yaml", both).exits(0);
    club.execute(&keeping_out(on, "UPDATE"));
    assert_eq!(missed(&club, changed, "took 1 of 2 rows"), "unchanged");
}

/// As tables were divided before PostgreSQL did that by itself. The statement that inserts says that it inserted none.
fn a_trigger_may_put_rows_elsewhere(on: On) {
    let heavy = "CREATE TABLE heavy () INHERITS (parcels);
        CREATE FUNCTION elsewhere() RETURNS trigger LANGUAGE plpgsql AS
        $$ BEGIN INSERT INTO heavy VALUES (new.*); RETURN NULL; END $$;
        CREATE TRIGGER elsewhere BEFORE INSERT ON parcels FOR EACH ROW WHEN (new.weight > 9)
        EXECUTE FUNCTION elsewhere()";
    let club = Club::new(on, "shape:parcels", &(PARCELS.to_owned() + heavy));
    let check = |text: &str, counts: &str| {
        let done = club.up("parcels.yaml", text).exits(0);
        assert_eq!(done.counts(), [format!("parcels: {counts}")]);
    };
    let some = "- {id: 1, weight: 1}\n- {id: 2, weight: 20}\n";
    check(some, "2 2 0; 2 0 0");
    check(some, "2 2 0; 0 0 2");
    let more = "- {id: 1, weight: 2}\n- {id: 2, weight: 21}\n- {id: 3, weight: 30}\n";
    check(more, "3 3 0; 1 2 0");
    assert_eq!(
        club.rows("SELECT id::text FROM heavy ORDER BY id"),
        ["2", "3"]
    );
}

/// The database says that it took them.
fn rows_that_get_other_keys_are_missed(on: On) {
    let both = "- {id: 1, weight: 1}\n- {id: 2, weight: 2}\n";
    let trigger = "CREATE TRIGGER renumber BEFORE INSERT ON parcels FOR EACH ROW
        SET new.id = IF(new.id = 2, 102, new.id);";
    let view = "ALTER TABLE parcels RENAME TO all_parcels;
        CREATE VIEW parcels AS SELECT * FROM all_parcels WHERE id < 2;";
    for missing in [trigger, view] {
        let club = Club::new(on, "shape:parcels", &(PARCELS.to_owned() + missing));
        let missed = || {
            let done = club.up("parcels.yaml", both).exits(3);
            assert!(
                done.error().contains("took 1 of 2 rows"),
                "{}",
                done.error()
            );
        };
        missed();
        club.up("parcels.yaml", "- {id: 1, weight: 1}\n").exits(0);
        missed();
        assert_eq!(club.rows("SELECT concat(id) FROM parcels"), ["1"]);
    }
}

fn sequences_are_moved_up_and_never_down(on: On) {
    let check = |sequence: &str, default: &str, next: &str| {
        let numbered = format!(
            "CREATE SEQUENCE numbers {sequence};
             CREATE TABLE parcels (id bigint PRIMARY KEY DEFAULT {default}, weight float NOT NULL)"
        );
        let club = Club::new(on, "shape:parcels", &numbered);
        let text = "- {id: 7, weight: 1}\n- {id: 60, weight: 2}\n";
        club.up("parcels.yaml", text).exits(0);
        club.execute("INSERT INTO parcels (weight) VALUES (3)");
        let given = "SELECT concat(id) FROM parcels WHERE weight = 3";
        assert_eq!(club.rows(given), [next], "{sequence} {default}");
    };
    let number = "nextval('numbers')";
    check("", number, "61");
    check("INCREMENT 10", number, "70");
    // Keys that it will never give out are no concern of it.
    check("MAXVALUE 50", number, "8");
    // What others have set aside stays so.
    check("START WITH 1000", number, "1000");
    check("; ALTER SEQUENCE numbers RESTART WITH 1000", number, "1000");
    check("START WITH 60", number, "61");
    check("INCREMENT -1", number, "-1");
    // It numbers something else, from which keys are made.
    check("", "nextval('numbers') * 1000", "1000");
}

/// COPY knows none, and an UPDATE passes over what they keep from it.
fn a_table_may_have_policies(on: On) {
    let policies = "ALTER TABLE parcels ENABLE ROW LEVEL SECURITY; ALTER TABLE parcels FORCE ROW LEVEL SECURITY;
        CREATE POLICY look ON parcels FOR SELECT USING (true);
        CREATE POLICY light ON parcels FOR INSERT WITH CHECK (weight < 10);
        CREATE POLICY first ON parcels FOR UPDATE USING (id = 1)";
    let club = Club::new(on, "shape:parcels", &(PARCELS.to_owned() + policies));
    let light = "- {id: 1, weight: 1}\n- {id: 2, weight: 2}\n";
    let done = club.up("parcels.yaml", light).exits(0);
    assert_eq!(done.counts(), ["parcels: 2 2 0; 2 0 0"]);
    for (text, told) in [
        ("- {id: 3, weight: 30}\n", "row-level security"),
        ("- {id: 2, weight: 3}\n", "took 0 of 1 rows"),
    ] {
        let done = club.up("parcels.yaml", text).exits(3);
        assert!(done.error().contains(told), "{}", done.error());
    }
    let done = club.up("parcels.yaml", "- {id: 1, weight: 3}\n").exits(0);
    assert_eq!(done.counts(), ["parcels: 1 1 0; 0 1 0"]);
}

fn a_table_in_another_schema_may_be_hidden(on: On) {
    let club = Club::new(on, "shape:invoices", "SELECT 1");
    club.up("invoices.yaml", "- {id: 1, number: a}\n").exits(0);
    club.execute("\\connect - postgres\nALTER TABLE billing.invoices OWNER TO postgres;");
    for command in ["seed", "status"] {
        let done = club.run(command).exits(3);
        let told = "this role may not read the table `billing.invoices`";
        assert!(done.json.to_string().contains(told), "{}", done.json);
    }
}
