use roaring::RoaringTreemap;
use sea_orm::{ColumnTrait, EntityTrait, ModelTrait, Value};

use crate::digest::{FirstRows, digest};
use crate::findings::Findings;
use crate::judge::Judge;
use crate::key::{Key, KeySet};
use crate::load_error::LoadError;
use crate::outlet::Outlet;
use crate::problem::{Problem, Severity};
use crate::reading::{End, FixtureRow};
use crate::rules::{FixtureEntity, comparable, key_column, key_of, name_of};
use crate::stand_in::stand_ins;
use crate::targets::Standing;
use crate::verdict::{FIRST_USE, Holder, Sought, SoughtRow, Verdict};

/// Rejected rows whose places are remembered, in case others refer to them. Those of more are found by reading again.
const PLACES: usize = 10_000;

/// One reading of a dataset's fixtures from first to last row.
pub(crate) struct Pass<'a, E: EntityTrait> {
    judge: &'a Judge<'a, E>,
    /// For each unique field, stored rows that are taken to keep their value of it.
    staying: &'a [KeySet],
    verdict: Verdict,
    relied_on: Vec<Reliance>,
    /// The same of rejected rows, which are told all that is wrong with them.
    would_rely_on: Vec<Reliance>,
    blocked_by: Vec<Block>,
    /// Keys that another row would have if the first one's were rejected.
    repeated_keys: KeySet,
    /// What the current row relies on.
    relying: Vec<Reliance>,
    /// The digests of the current row's unique values; `None` where it has none to be compared.
    values: Vec<Option<u128>>,
    late: Late,
    /// Whether rows can be written in any order: a value can stand in for each that is given up.
    can_fall_behind: bool,
    /// Where accepted rows go that are not late.
    outlet: Option<Outlet<'a, E>>,
    used: Vec<FirstRows>,
    seen: Vec<FirstRows>,
}

/// Rows that are sent on later. The verdict on them may still change when more rows have been read: because
/// they ask for a unique value that a stored row holds, or for a key or a value that a row of this kind asks for.
/// Or else the writer has fallen behind.
#[derive(Default)]
pub(crate) struct Late {
    /// Whether they are all from here on.
    has_rest: bool,
    rows: RoaringTreemap,
    keys: KeySet,
    values: Vec<FirstRows>,
}

/// A row was accepted on the understanding that a stored row gives a unique value up.
struct Reliance {
    taker: Key,
    holder: Key,
    unique: usize,
}

impl Reliance {
    /// The unique field, and who holds the value.
    fn held(&self) -> (usize, Key) {
        (self.unique, self.holder.clone())
    }
}

/// A row was rejected on the understanding that a stored row keeps a unique value.
struct Block {
    holder: Key,
    unique: usize,
    digest: u128,
}

impl<'a, E: FixtureEntity> Pass<'a, E> {
    /// A reading that takes stored rows to keep a value: for each unique field, those `staying`.
    pub fn new(
        judge: &'a Judge<'a, E>,
        staying: &'a [KeySet],
        outlet: Option<Outlet<'a, E>>,
    ) -> Self {
        let mut unique = judge.rules.unique.iter();
        let uniques = unique.len();
        Self {
            judge,
            staying,
            verdict: Verdict::default(),
            relied_on: Vec::new(),
            would_rely_on: Vec::new(),
            blocked_by: Vec::new(),
            repeated_keys: KeySet::default(),
            relying: Vec::new(),
            values: vec![None; uniques],
            late: Late {
                values: vec![FirstRows::default(); uniques],
                ..Late::default()
            },
            can_fall_behind: unique.all(|it| stand_ins(&it.column.def()).next().is_some()),
            outlet,
            used: vec![FirstRows::default(); uniques],
            seen: vec![FirstRows::default(); judge.rules.repeated.len()],
        }
    }

    /// Stored rows that keep what another was given, each with the unique field: their own row of the run is
    /// rejected, or there is none. Who cannot take a value over stays as well, and so on.
    pub fn found_to_stay(&self) -> Vec<(usize, Key)> {
        let mut found = Vec::new();
        let mut gone = KeySet::default();
        let mut open: Vec<&Reliance> = self.relied_on.iter().collect();
        loop {
            let (broken, rest): (Vec<_>, Vec<_>) = open.into_iter().partition(|reliance| {
                !self.verdict.keys.contains(&reliance.holder) || gone.contains(&reliance.holder)
            });
            if broken.is_empty() {
                break;
            }
            for reliance in broken {
                // Where another row has the same key, the next pass tells.
                if !self.repeated_keys.contains(&reliance.taker) {
                    gone.insert(&reliance.taker);
                }
                found.push(reliance.held());
            }
            open = rest;
        }
        let stays = |reliance: &&Reliance| {
            !self.verdict.keys.contains(&reliance.holder) || gone.contains(&reliance.holder)
        };
        let asked = self.would_rely_on.iter().filter(stays);
        found.extend(asked.map(Reliance::held));
        found
    }

    /// Stored rows that were taken to keep a value, but give it up, each with the unique field; and nobody has
    /// that value after the run.
    pub fn found_to_change(&self) -> Vec<(usize, Key)> {
        if self.judge.keep_stored {
            return Vec::new();
        }
        let changes = |block: &&Block| {
            self.verdict.keys.contains(&block.holder)
                && self.used[block.unique].get(block.digest).is_none()
        };
        let blocks = self.blocked_by.iter().filter(changes);
        blocks
            .map(|block| (block.unique, block.holder.clone()))
            .collect()
    }

    /// The rows that were not sent on because they are late.
    pub fn take_late(&mut self) -> Late {
        std::mem::take(&mut self.late)
    }

    /// BLAKE3 of what was read.
    pub fn digest(&self) -> [u8; 32] {
        self.verdict.digest
    }

    /// The verdict, once no pass would find out more. Where all rows but the late ones were sent on before,
    /// a holder that is not late has given its value up already.
    ///
    /// # Errors
    /// When nothing can stand in for a value that is given up.
    pub fn settled(mut self, late: &Late) -> Result<Verdict, LoadError> {
        self.verdict.has_takers = !self.relied_on.is_empty();
        let unique = self.judge.rules.unique.iter();
        let mut stand_ins: Vec<_> = unique.map(|it| stand_ins(&it.column.def())).collect();
        let mut giving_up = vec![Vec::new(); stand_ins.len()];
        for reliance in std::mem::take(&mut self.relied_on) {
            let (index, key) = (reliance.unique, reliance.holder);
            if !late.keys.contains(&key) {
                continue;
            }
            let stand_in = stand_ins[index].find(|value| self.is_free(index, value.as_ref()));
            let stand_in = stand_in.ok_or_else(|| LoadError::Unmovable {
                dataset: self.judge.dataset.to_owned(),
                field: name_of::<E>(self.judge.rules.unique[index].column),
            })?;
            giving_up[index].push(Holder { key, stand_in });
        }
        self.verdict.giving_up = giving_up;
        self.verdict.late_rows = late.rows.clone();
        for block in self.blocked_by {
            // If the stored row gives the value up after all, it is a row of this run that has it.
            let first = self.used[block.unique].get(block.digest);
            self.verdict.first_rows.extend(first);
            self.verdict.keepers.push((block.unique, block.holder));
        }
        self.verdict.keepers.sort_unstable();
        self.verdict.keepers.dedup();
        Ok(self.verdict)
    }

    /// Whether no row has the value of a unique field, in the run or in the database.
    fn is_free(&self, unique: usize, value: Option<&Value>) -> bool {
        let rule = &self.judge.rules.unique[unique];
        let digest = value.and_then(|value| rule.digest(value.clone()));
        let is_stored = |digest| {
            self.judge.stored.holders[unique]
                .of(digest)
                .next()
                .is_some()
        };
        digest.is_none_or(|digest| self.used[unique].get(digest).is_none() && !is_stored(digest))
    }

    /// Judges one row.
    pub fn row(&mut self, row: FixtureRow<'_>) -> Result<(), LoadError> {
        let mut findings = Findings::new(self.judge.dataset, row);
        let model = match row.raw.deserialize::<E::Model>() {
            Ok(model) => Some(model),
            Err(broken) => {
                findings.faults(broken.faults);
                broken.row
            }
        };
        if let Some(model) = &model {
            if findings.can_judge(name_of::<E>(key_column::<E>())) {
                findings.key = key_of::<E>(model);
            }
            self.checks(model, &mut findings);
            self.key(&mut findings);
            self.values.fill(None);
            if !self.is_kept(&findings) {
                self.unique_fields(row.ordinal, model, &mut findings);
            }
            self.references(model, &mut findings)?;
            self.note_late(row.ordinal, &findings);
        }
        match model {
            Some(model) if findings.is_clean() => {
                self.accept(row.ordinal, &model, &mut findings);
                self.send(row.ordinal, model)?;
            }
            _ => self.reject(&row, &findings),
        }
        if row.selected {
            self.report(findings);
        }
        Ok(())
    }

    fn accept(&mut self, ordinal: u64, model: &E::Model, findings: &mut Findings<'_>) {
        if let Some(key) = &findings.key {
            self.verdict.keys.insert(key);
        }
        self.relied_on.append(&mut self.relying);
        if self.is_kept(findings) {
            return;
        }
        for (value, used) in self.values.iter().zip(&mut self.used) {
            value.iter().for_each(|value| used.insert(*value, ordinal));
        }
        for index in 0..self.seen.len() {
            self.repetition(index, ordinal, model, findings);
        }
    }

    /// Notes whether the current row is to be sent on later, in a pass that sends rows on.
    fn note_late(&mut self, ordinal: u64, findings: &Findings<'_>) {
        let Some(outlet) = &self.outlet else { return };
        let late = &mut self.late;
        late.has_rest |= self.can_fall_behind && outlet.is_behind();
        let mut values = late.values.iter().zip(&self.values);
        let is_late = late.has_rest
            || !self.relying.is_empty()
            || findings
                .key
                .as_ref()
                .is_some_and(|key| late.keys.contains(key))
            || values.any(|(late, value)| value.is_some_and(|value| late.get(value).is_some()));
        if is_late {
            late.rows.insert(ordinal);
            // A row that repeats the key of one that was sent on is none that was not.
            let unsent = |key: &&Key| !self.verdict.keys.contains(key);
            findings.key.iter().filter(unsent).for_each(|key| {
                late.keys.insert(key);
            });
            if late.has_rest {
                return;
            }
            for (late, value) in late.values.iter_mut().zip(&self.values) {
                value.iter().for_each(|value| late.insert(*value, ordinal));
            }
        }
    }

    fn send(&mut self, ordinal: u64, model: E::Model) -> Result<(), LoadError> {
        match &mut self.outlet {
            Some(outlet) if !self.late.rows.contains(ordinal) => outlet.push(model),
            _ => Ok(()),
        }
    }

    fn repetition(
        &mut self,
        index: usize,
        ordinal: u64,
        model: &E::Model,
        findings: &mut Findings<'_>,
    ) {
        let columns = &self.judge.rules.repeated[index];
        let digest = digest_of_all::<E>(columns, model);
        let Some(first) = self.seen[index].get(digest) else {
            return self.seen[index].insert(digest, ordinal);
        };
        let fields: Vec<_> = columns.iter().map(|column| name_of::<E>(*column)).collect();
        let message = format!("an earlier row has the same {}", fields.join(" and "));
        findings.warning(fields[0], "repeated", message);
        findings.seek(self.own(SoughtRow::At {
            ordinal: first,
            field: fields[0],
            message: "the earlier row",
        }));
    }

    fn reject(&mut self, row: &FixtureRow<'_>, findings: &Findings<'_>) {
        self.would_rely_on.append(&mut self.relying);
        self.verdict.rejected_rows.insert(row.ordinal);
        if let Some(key) = &findings.key {
            self.verdict.rejected_keys.insert(key);
            let places = &mut self.verdict.rejected_places;
            if places.len() < PLACES && !places.contains_key(key) {
                let place = findings.place_of(name_of::<E>(key_column::<E>()));
                places.insert(key.clone(), place);
            }
        }
    }

    fn report(&mut self, findings: Findings<'_>) {
        self.verdict.read += 1;
        self.verdict.rejected += u64::from(!findings.is_clean());
        for (mut problem, sought) in findings.problems {
            problem.key.clone_from(&findings.key);
            let kept = self.verdict.problems.add(problem);
            let sought = kept.zip(sought).map(|(problem, (dataset, row))| Sought {
                problem,
                dataset,
                row,
            });
            self.verdict.sought.extend(sought);
        }
    }

    /// Takes over what is known at the end of the fixtures.
    ///
    /// # Errors
    /// When the last rows cannot be sent on.
    pub fn end(&mut self, end: End) -> Result<(), LoadError> {
        self.verdict.digest = end.digest;
        self.verdict.unreadable = !end.syntax_errors.is_empty();
        for (place, message) in end.syntax_errors {
            self.verdict.problems.add(Problem {
                severity: Severity::Error,
                rule: "fixture.syntax".to_owned(),
                dataset: self.judge.dataset.to_owned(),
                key: None,
                field: None,
                place,
                message,
                related: Vec::new(),
            });
        }
        self.outlet.as_mut().map_or(Ok(()), Outlet::flush)
    }

    /// Whether the row is stored and to be left as it is, so that its unique values are not asked for.
    fn is_kept(&self, findings: &Findings<'_>) -> bool {
        let stored = |key| self.judge.stored.keys.contains(key);
        self.judge.keep_stored && findings.key.as_ref().is_some_and(stored)
    }

    fn checks(&self, model: &E::Model, findings: &mut Findings<'_>) {
        for check in &self.judge.rules.checks {
            let readable = |column: &E::Column| findings.can_judge(name_of::<E>(*column));
            if !check.columns.iter().all(readable) {
                continue;
            }
            if let Err(error) = (check.check)(model) {
                let field = name_of::<E>(check.columns[0]);
                let message = error.message.as_deref().unwrap_or("breaks this rule");
                findings.error(field, &error.code, format!("`{field}` {message}"));
            }
        }
    }

    fn key(&mut self, findings: &mut Findings<'_>) {
        let Some(key) = &findings.key else { return };
        if self.verdict.keys.contains(key) {
            self.repeated_keys.insert(key);
            let field = name_of::<E>(key_column::<E>());
            let message = format!("`{field}` {key} is already used by an earlier row");
            let first = self.own(SoughtRow::Accepted(key.clone()));
            findings.error(field, "unique", message);
            findings.seek(first);
        }
    }

    fn unique_fields(&mut self, ordinal: u64, model: &E::Model, findings: &mut Findings<'_>) {
        for (index, unique) in self.judge.rules.unique.iter().enumerate() {
            let field = name_of::<E>(unique.column);
            let Some(digest) = unique.digest(model.get(unique.column)) else {
                continue;
            };
            if !findings.can_judge(field) {
                continue;
            }
            self.values[index] = Some(digest);
            let text = || comparable(model.get(unique.column)).unwrap_or_default();
            if let Some(first) = self.used[index].get(digest) {
                let message = format!("`{field}` `{}` is already used by an earlier row", text());
                findings.error(field, "unique", message);
                findings.seek(self.own(SoughtRow::At {
                    ordinal: first,
                    field,
                    message: FIRST_USE,
                }));
                self.verdict.first_rows.insert(first);
                self.verdict.repeating_rows.insert(ordinal);
                continue;
            }
            for holder in self.judge.stored.holders[index].of(digest) {
                if findings.key.as_ref() == Some(&holder) {
                    continue;
                }
                if self.judge.keep_stored || self.staying[index].contains(&holder) {
                    let message = format!(
                        "`{field}` `{}` is already used by row {holder} in the database, which keeps it",
                        text()
                    );
                    findings.error(field, "unique", message);
                    self.verdict.repeating_rows.insert(ordinal);
                    self.blocked_by.push(Block {
                        holder,
                        unique: index,
                        digest,
                    });
                    break;
                }
                self.relying
                    .extend(findings.key.clone().map(|taker| Reliance {
                        taker,
                        holder: holder.clone(),
                        unique: index,
                    }));
            }
        }
    }

    /// A row of the same dataset.
    fn own(&self, row: SoughtRow) -> (String, SoughtRow) {
        (self.judge.dataset.to_owned(), row)
    }

    fn references(&self, model: &E::Model, findings: &mut Findings<'_>) -> Result<(), LoadError> {
        let references = self.judge.rules.references.iter();
        for (reference, referred) in references.zip(&self.judge.targets) {
            let field = name_of::<E>(reference.column);
            if !findings.can_judge(field) {
                continue;
            }
            let Some(key) = Key::from_value(model.get(reference.column)) else {
                continue;
            };
            let target = &reference.target;
            match referred.standing(&key)? {
                Standing::Good | Standing::Unknown => {}
                Standing::Missing => {
                    let message = format!("`{target}` has no row {key}");
                    findings.error(field, "exists", message);
                }
                Standing::Rejected => {
                    let message = format!("`{target}` has no row {key}, as that row was rejected");
                    findings.error(field, "exists", message);
                    findings.seek((target.clone(), SoughtRow::Rejected(key)));
                }
            }
        }
        Ok(())
    }
}

/// The digest of several values together. Each is framed by its length, so that no two lists of
/// values run into the same bytes.
fn digest_of_all<E: EntityTrait>(columns: &[E::Column], row: &E::Model) -> u128 {
    let mut framed = Vec::new();
    for column in columns {
        match comparable(row.get(*column)) {
            Some(text) => {
                framed.extend(text.len().to_le_bytes());
                framed.extend(text.as_bytes());
            }
            None => framed.extend(usize::MAX.to_le_bytes()),
        }
    }
    digest(&framed)
}
