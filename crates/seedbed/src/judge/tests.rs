use std::collections::{BTreeMap, BTreeSet};
use std::io::Write;
use std::path::Path;

use proptest::prelude::*;
use sea_orm::entity::prelude::*;
use serde::Deserialize;
use tempfile::NamedTempFile;

use super::*;
use crate::fixtures::Fixture;
use crate::holders::Holders;
use crate::key::Key;
use crate::outlet::{Step, channel};
use crate::output::progress::Progress;
use crate::stop::Stop;

mod members {
    use super::*;

    #[derive(Clone, Debug, PartialEq, DeriveEntityModel, Deserialize)]
    #[sea_orm(table_name = "members")]
    pub struct Model {
        #[sea_orm(primary_key)]
        pub id: i64,
        #[sea_orm(unique)]
        pub badge: Option<i64>,
        #[sea_orm(unique)]
        pub locker: Option<i64>,
    }

    #[derive(Clone, Copy, Debug, EnumIter, DeriveRelation)]
    pub enum Relation {}

    impl ActiveModelBehavior for ActiveModel {}
}

/// A member's badge and locker.
type Fields = [Option<i64>; 2];

/// What a table holds, by key.
type Members = BTreeMap<i64, Fields>;

fn rules() -> Rules<members::Entity> {
    Rules::of(members::Entity)
        .unique(members::Column::Badge)
        .unique(members::Column::Locker)
}

fn stored(members: &Members) -> Stored {
    let mut stored = Stored::nothing(2);
    stored.is_empty = members.is_empty();
    for id in members.keys() {
        stored.keys.insert(&Key::Integer((*id).into()));
    }
    let rules = rules();
    for (index, unique) in rules.unique.iter().enumerate() {
        let held = members.iter().filter_map(|(id, fields)| {
            let digest = unique.digest(fields[index].into())?;
            Some((digest, Key::Integer((*id).into())))
        });
        stored.holders[index] = Holders::new(held);
    }
    stored
}

/// Which of the rows are rejected over what is stored. Those that were sent on before that was certain of all
/// are found to be accepted.
fn rejected(before: &Members, rows: &[(i64, Fields)]) -> BTreeSet<usize> {
    let mut file = NamedTempFile::with_suffix(".yaml").expect("a temporary file");
    for (id, [badge, locker]) in rows {
        let text = |value: &Option<i64>| value.map_or("~".to_owned(), |it| it.to_string());
        let (badge, locker) = (text(badge), text(locker));
        writeln!(file, "- {{id: {id}, badge: {badge}, locker: {locker}}}").expect("it is written");
    }
    let fixture = Fixture {
        path: Path::new(file.path()).into(),
        dataset: "members".to_owned(),
        selected: true,
    };
    let reading = Reading {
        fixtures: &[fixture],
        stop: &Stop::default(),
        progress: &Progress::hidden().load("members", 0),
    };
    let judge = Judge {
        dataset: "members",
        rules: &rules(),
        stored: &stored(before),
        keep_stored: false,
        targets: Vec::new(),
    };
    let (sender, mut steps) = channel();
    let onward = Onward {
        sender: &sender,
        is_awaited: false,
    };
    let verdict = judge.verdict(&reading, Some(onward)).expect("a verdict");
    drop(sender);
    let certain = (0_u64..).zip(rows).filter(|(ordinal, _)| {
        !verdict.late_rows.contains(*ordinal) && !verdict.rejected_rows.contains(*ordinal)
    });
    let certain: Vec<Value> = certain
        .flat_map(|(_, (id, [badge, locker]))| [(*id).into(), (*badge).into(), (*locker).into()])
        .collect();
    let mut sent = Vec::new();
    while let Some(step) = steps.blocking_recv() {
        let Step::Rows(rows) = step else {
            panic!("{step:?} is for rows that are late")
        };
        sent.extend(rows.values);
    }
    assert_eq!(sent, certain, "what was sent on");
    let rejected = verdict.rejected_rows.iter();
    rejected.map(|ordinal| ordinal as usize).collect()
}

/// Row 1 keeps its badge, which another asks for in vain, and gives its locker up to a third.
#[test]
fn a_row_keeps_one_value_and_gives_up_another() {
    let before = Members::from([(1, [Some(0), Some(0)])]);
    let rows = [
        (2, [Some(0), None]),
        (1, [Some(0), Some(1)]),
        (3, [None, Some(0)]),
    ];
    assert_eq!(rejected(&before, &rows), BTreeSet::from([0]));
}

/// What is left of the rows, if no two share a key or a value.
struct After {
    members: Members,
    /// Which row each accepted key is of.
    accepted: BTreeMap<i64, usize>,
    rejected: BTreeSet<usize>,
}

impl After {
    fn of(before: &Members, rows: &[(i64, Fields)]) -> Result<Self, TestCaseError> {
        let rejected = rejected(before, rows);
        let mut after = Self {
            members: before.clone(),
            accepted: BTreeMap::new(),
            rejected,
        };
        for (ordinal, (id, fields)) in rows.iter().enumerate() {
            if !after.rejected.contains(&ordinal) {
                let earlier = after.accepted.insert(*id, ordinal);
                prop_assert_eq!(earlier, None, "two rows {} are accepted", id);
                after.members.insert(*id, *fields);
            }
        }
        for (id, fields) in &after.members {
            prop_assert!(!after.is_taken(*id, fields), "{id} shares a value");
        }
        Ok(after)
    }

    /// Whether another member has one of these values.
    fn is_taken(&self, id: i64, fields: &Fields) -> bool {
        let others = || self.members.iter().filter(|(other, _)| **other != id);
        let has = |(_, other): (&i64, &Fields)| {
            let mut values = other.iter().zip(fields);
            values.any(|(other, value)| value.is_some() && other == value)
        };
        others().any(has)
    }

    /// Whether a rejected row has a key of an earlier row, or a value of another.
    fn explains(&self, ordinal: usize, (id, fields): &(i64, Fields)) -> bool {
        let repeats = self.accepted.get(id).is_some_and(|it| *it < ordinal);
        repeats || self.is_taken(*id, fields)
    }
}

fn value() -> impl Strategy<Value = Option<i64>> {
    prop::option::weighted(0.7, 0..4i64)
}

/// A badge alone.
fn badge() -> impl Strategy<Value = Fields> {
    value().prop_map(|badge| [badge, None])
}

/// Members no two of whom share a badge or a locker.
fn table(fields: impl Strategy<Value = Fields>) -> impl Strategy<Value = Members> {
    prop::collection::btree_map(0..6i64, fields, 0..6).prop_map(|mut members| {
        for field in 0..2 {
            let mut used = BTreeSet::new();
            for fields in members.values_mut() {
                fields[field] = fields[field].filter(|value| used.insert(*value));
            }
        }
        members
    })
}

fn rows(fields: impl Strategy<Value = Fields>) -> impl Strategy<Value = Vec<(i64, Fields)>> {
    prop::collection::vec((0..6i64, fields), 0..9)
}

proptest! {
    #![proptest_config(ProptestConfig { failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn rejections_hold_after_the_run_and_in_the_next(before in table(badge()), rows in rows(badge())) {
        let after = After::of(&before, &rows)?;
        for ordinal in &after.rejected {
            prop_assert!(after.explains(*ordinal, &rows[*ordinal]), "row {ordinal} is rejected for nothing");
        }
        prop_assert_eq!(&rejected(&after.members, &rows), &after.rejected, "the next run");
    }

    #[test]
    fn no_two_rows_share_a_value_of_either_field(
        before in table([value(), value()]),
        rows in rows([value(), value()]),
    ) {
        After::of(&before, &rows)?;
    }
}
