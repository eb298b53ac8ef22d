//! What must be true of databases before and after a run, by the contract alone: no word about how a
//! run comes to its verdict.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::Range;

use crate::fixture::{Fields, OrderFields, ProductFields, Row, UserFields};
use crate::report::{Counts, Report};
use crate::tables::{Order, Product, Tables, User};

/// The rows of one dataset, and the rules that the program says each of them breaks.
pub struct Judged<'a, T> {
    pub rows: &'a [Row<T>],
    errors: Vec<BTreeSet<String>>,
    warnings: Vec<BTreeSet<String>>,
    counts: Counts,
}

type Found = Result<(), String>;

macro_rules! ensure {
    ($holds:expr, $($message:tt)*) => {
        if !$holds {
            return Err(format!($($message)*));
        }
    };
}

impl<'a, T: Fields> Judged<'a, T> {
    /// Takes a verdict from a report; `None` if the dataset was not loaded.
    pub fn of(rows: &'a [Row<T>], places: &[Range<u64>], report: &Report) -> Option<Self> {
        let counts = *report.datasets.get(T::DATASET)?;
        let file = format!("fixtures/{}.yaml", T::DATASET);
        let rules = |place: &Range<u64>, errors: bool| {
            let problems = report.problems.iter();
            let here = problems.filter(|problem| {
                problem.file == file && place.contains(&problem.line) && problem.is_error == errors
            });
            here.map(|problem| problem.rule.clone()).collect()
        };
        let errors = places.iter().map(|place| rules(place, true)).collect();
        let warnings = places.iter().map(|place| rules(place, false)).collect();
        Some(Self {
            rows,
            errors,
            warnings,
            counts,
        })
    }

    fn is_accepted(&self, number: usize) -> bool {
        self.errors[number].is_empty()
    }

    /// The accepted rows among the first so many, with their keys.
    fn accepted(&self, first: usize) -> impl Iterator<Item = (i64, &Row<T>)> {
        let rows = self.rows.iter().enumerate().take(first);
        rows.filter_map(|(number, row)| {
            let key = row.id.value.filter(|_| self.is_accepted(number));
            key.map(|key| (key, row))
        })
    }

    fn uses_again(&self, number: usize) -> bool {
        let key = self.rows[number].id.value;
        key.is_some_and(|key| self.accepted(number).any(|(used, _)| used == key))
    }

    /// The rules that each row breaks by itself or by its key, and those that `others` says.
    fn check_errors(&self, others: impl Fn(usize) -> Vec<&'static str>) -> Found {
        for (number, row) in self.rows.iter().enumerate() {
            let mut expected = row.broken();
            let unique = self.uses_again(number).then_some("id.unique");
            let rules = unique.into_iter().chain(others(number));
            expected.extend(rules.map(|rule| format!("{}.{rule}", T::DATASET)));
            let found = &self.errors[number];
            ensure!(
                *found == expected,
                "{row:?} breaks {expected:?}, not {found:?}"
            );
        }
        Ok(())
    }

    /// The table after the run and the counts that go with it, given what each accepted row makes.
    fn check_table<R: Clone + PartialEq + std::fmt::Debug>(
        &self,
        before: &BTreeMap<i64, R>,
        after: &BTreeMap<i64, R>,
        keep: bool,
        made: impl Fn(&Row<T>) -> Option<R>,
    ) -> Found {
        let (mut inserted, mut updated, mut unchanged) = (0, 0, 0);
        let mut expected = before.clone();
        for (key, row) in self.accepted(self.rows.len()) {
            let made = made(row).ok_or_else(|| format!("{row:?} was accepted"))?;
            match before.get(&key) {
                None => inserted += 1,
                Some(old) if keep || *old == made => unchanged += 1,
                Some(_) => updated += 1,
            }
            if !(keep && before.contains_key(&key)) {
                let other = expected.insert(key, made);
                ensure!(
                    other.as_ref() == before.get(&key),
                    "{key} was accepted twice"
                );
            }
        }
        ensure!(
            *after == expected,
            "the table is {after:?}, not {expected:?}"
        );
        let read = self.rows.len() as u64;
        let accepted = inserted + updated + unchanged;
        let rejected = read - accepted;
        let counts = Counts {
            read,
            accepted,
            rejected,
            inserted,
            updated,
            unchanged,
        };
        ensure!(self.counts == counts, "{:?}, not {counts:?}", self.counts);
        Ok(())
    }
}

impl Judged<'_, ProductFields> {
    /// All that is asked of products.
    pub fn check_products(&self, before: &Tables, after: &Tables, keep: bool) -> Found {
        self.check_errors(|_| Vec::new())?;
        let made = |row: &Row<ProductFields>| {
            let (name, cents) = (row.fields.name.value.clone()?, row.fields.price.value?);
            Some(Product { name, cents })
        };
        for (number, row) in self.rows.iter().enumerate() {
            let mut earlier = self
                .accepted(number)
                .filter(|(key, _)| !(keep && before.products.contains_key(key)));
            let kept = |key: &i64| keep && before.products.contains_key(key);
            let repeated = self.is_accepted(number)
                && !row.id.value.as_ref().is_some_and(kept)
                && earlier.any(|(_, other)| made(other) == made(row));
            let warned = self.warnings[number].contains("products.repeated");
            ensure!(
                warned == repeated,
                "{row:?} repeats an earlier row: {repeated}"
            );
        }
        self.check_table(&before.products, &after.products, keep, made)
    }
}

impl Judged<'_, OrderFields> {
    /// All that is asked of orders: a target is there if it is there after the run.
    pub fn check_orders(&self, before: &Tables, after: &Tables, keep: bool) -> Found {
        self.check_errors(|number| {
            let OrderFields { user, product, .. } = &self.rows[number].fields;
            let no_user = user
                .value
                .is_some_and(|key| !after.users.contains_key(&key));
            let no_product = product
                .value
                .is_some_and(|key| !after.products.contains_key(&key));
            let no_user = no_user.then_some("user_id.exists");
            no_user
                .into_iter()
                .chain(no_product.then_some("product_id.exists"))
                .collect()
        })?;
        self.check_table(&before.orders, &after.orders, keep, |row| {
            let OrderFields {
                user,
                product,
                quantity,
            } = &row.fields;
            Some(Order {
                user: user.value?,
                product: product.value?,
                quantity: quantity.value?,
            })
        })
    }
}

impl Judged<'_, UserFields> {
    /// All that is asked of users. Who gets an e-mail is not always settled by the contract: then it is
    /// enough that every rejection has its reason, and that no more rows could have been accepted.
    pub fn check_users(&self, before: &Tables, after: &Tables, keep: bool) -> Found {
        let (before, after) = (&before.users, &after.users);
        let mut taken = Vec::new();
        for (number, row) in self.rows.iter().enumerate() {
            let is_kept = keep && row.id.value.is_some_and(|key| before.contains_key(&key));
            let says = self.errors[number].contains("users.email.unique");
            let is_taken = !is_kept && self.is_taken(number, before, after, keep);
            // A row that is rejected for something else need not be told of an e-mail whose holder is
            // loaded as well and keeps it; nor one without a key, which may be the holder itself.
            let is_used = self.is_used(number, before, keep);
            let mut holders = self.holders(number, before, after).into_iter();
            let are_loaded =
                holders.all(|key| self.accepted(self.rows.len()).any(|row| row.0 == key));
            let is_bad = !self.errors[number].is_empty();
            let unsure = !is_used && (row.id.value.is_none() || is_bad && are_loaded);
            ensure!(
                says == is_taken || unsure && !says,
                "the e-mail of {row:?} is taken: {is_taken}"
            );
            taken.push(says);
        }
        self.check_errors(|number| {
            if taken[number] {
                vec!["email.unique"]
            } else {
                Vec::new()
            }
        })?;
        self.check_table(before, after, keep, made)?;
        for (key, _) in self.accepted(self.rows.len()) {
            let user = &after[&key];
            let other = after
                .iter()
                .find(|(other, held)| **other != key && same(&held.email, &user.email));
            let is_kept = keep && before.contains_key(&key);
            ensure!(
                is_kept || other.is_none(),
                "{key} and {other:?} share an e-mail"
            );
        }
        if keep {
            Ok(())
        } else {
            self.check_nothing_is_missed(before, after)
        }
    }

    /// Whether an earlier accepted row has the e-mail.
    fn is_used(&self, number: usize, before: &BTreeMap<i64, User>, keep: bool) -> bool {
        let Some(email) = &self.rows[number].fields.email.value else {
            return false;
        };
        self.accepted(number).any(|(key, row)| {
            let other = row.fields.email.value.as_ref();
            !(keep && before.contains_key(&key)) && other.is_some_and(|other| same(other, email))
        })
    }

    /// The other rows that had the e-mail before the run and have it still.
    fn holders(
        &self,
        number: usize,
        before: &BTreeMap<i64, User>,
        after: &BTreeMap<i64, User>,
    ) -> Vec<i64> {
        let row = &self.rows[number];
        let Some(email) = &row.fields.email.value else {
            return Vec::new();
        };
        let has = |users: &BTreeMap<i64, User>, key| {
            users
                .get(key)
                .is_some_and(|user: &User| same(&user.email, email))
        };
        let others = before.keys().filter(|key| row.id.value != Some(**key));
        others
            .filter(|key| has(before, key) && has(after, key))
            .copied()
            .collect()
    }

    fn is_taken(
        &self,
        number: usize,
        before: &BTreeMap<i64, User>,
        after: &BTreeMap<i64, User>,
        keep: bool,
    ) -> bool {
        self.is_used(number, before, keep) || !self.holders(number, before, after).is_empty()
    }

    /// Looks for rejected rows that could all have been accepted together, every other verdict staying
    /// what it is and keeping its reason: two rows that swap, for one.
    fn check_nothing_is_missed(
        &self,
        before: &BTreeMap<i64, User>,
        after: &BTreeMap<i64, User>,
    ) -> Found {
        let only_taken = |number: &usize| self.errors[*number].iter().eq(["users.email.unique"]);
        let mut more: Vec<usize> = (0..self.rows.len()).filter(only_taken).collect();
        let with = |more: &[usize]| {
            let mut after = after.clone();
            for &number in more {
                let row = &self.rows[number];
                after.extend(row.id.value.zip(made(row)));
            }
            after
        };
        // The last one whose e-mail or key another has after all gives up, then the last of the rest.
        while let Some(place) = more.iter().rposition(|&number| {
            let row = &self.rows[number];
            let (Some(key), Some(user)) = (row.id.value, made(row)) else {
                return true;
            };
            let together = with(&more);
            let alike =
                |(other, held): (&i64, &User)| *other != key && same(&held.email, &user.email);
            together[&key] != user
                || together.iter().any(alike)
                || self
                    .accepted(self.rows.len())
                    .any(|(accepted, _)| accepted == key)
        }) {
            more.remove(place);
        }
        let together = Judged {
            errors: (0..self.rows.len())
                .map(|number| {
                    if more.contains(&number) {
                        BTreeSet::new()
                    } else {
                        self.errors[number].clone()
                    }
                })
                .collect(),
            warnings: self.warnings.clone(),
            ..*self
        };
        let after = with(&more);
        let has_reason = |number: usize| {
            let errors = &together.errors[number];
            (!errors.contains("users.email.unique")
                || together.is_taken(number, before, &after, false))
                && (!errors.contains("users.id.unique") || together.uses_again(number))
        };
        let possible = (0..self.rows.len()).all(has_reason);
        let missed: Vec<_> = more.iter().map(|number| &self.rows[*number]).collect();
        ensure!(
            missed.is_empty() || !possible,
            "{missed:?} could be accepted together"
        );
        Ok(())
    }
}

fn made(row: &Row<UserFields>) -> Option<User> {
    let (name, email) = (
        row.fields.name.value.clone()?,
        row.fields.email.value.clone()?,
    );
    Some(User { name, email })
}

fn same(one: &str, other: &str) -> bool {
    one.to_lowercase() == other.to_lowercase()
}
