use std::collections::HashMap;
use std::sync::Arc;

use crate::load::Load;
use crate::problem::Related;
use crate::problems::Problems;
use crate::stop::Stop;
use crate::verdict::{FIRST_USE, Sought, SoughtRow};

/// Gathers the problems of all loads and finds the rows that explain them: the first use of a
/// repeated value, the rejected row that a reference needs; for so many problems of each rule, as the
/// fixtures have to be read again. Blocks; for a thread of its own.
pub(crate) fn explain(loads: &[Arc<Load>], of_each_rule: u64) -> Problems {
    let mut by_load: Vec<Problems> = loads
        .iter()
        .map(|load| {
            load.verdict()
                .map(|v| v.problems.clone())
                .unwrap_or_default()
        })
        .collect();
    for load in loads {
        let name = load.dataset.name();
        let mut sought = sought(loads, of_each_rule);
        sought.retain(|(_, s)| s.dataset == name);
        for (asking, problem, related) in found(load, &sought) {
            by_load[asking].kept[problem].related.push(related);
        }
    }
    let mut all = Problems::default();
    by_load
        .into_iter()
        .for_each(|problems| all.append(problems));
    all
}

/// What the loads want explained, each with the index of the load that asks.
fn sought(loads: &[Arc<Load>], of_each_rule: u64) -> Vec<(usize, &Sought)> {
    let mut counts: HashMap<&str, u64> = HashMap::new();
    let mut all = Vec::new();
    for (index, load) in loads.iter().enumerate() {
        let Some(verdict) = load.verdict() else {
            continue;
        };
        for sought in &verdict.sought {
            let count = counts.entry(&verdict.problems.kept[sought.problem].rule);
            let count = count.or_default();
            *count += 1;
            if *count <= of_each_rule {
                all.push((index, sought));
            }
        }
    }
    all
}

/// The places found in one load's fixtures: for whom, for which of its problems, and what.
fn found(load: &Load, sought: &[(usize, &Sought)]) -> Vec<(usize, usize, Related)> {
    let Some(verdict) = load.verdict().filter(|_| !sought.is_empty()) else {
        return Vec::new();
    };
    let remembered = |row: &SoughtRow| match row {
        SoughtRow::Rejected(key) => verdict.rejected_places.get(key),
        SoughtRow::At { .. } | SoughtRow::Accepted(_) => None,
    };
    let rows = sought.iter().map(|(_, sought)| &sought.row);
    let rows: Vec<SoughtRow> = rows
        .filter(|row| remembered(row).is_none())
        .cloned()
        .collect();
    let places = match rows.is_empty() {
        true => Ok(HashMap::new()),
        // The run is over, so nobody is to stop this reading.
        false => load
            .dataset
            .locate(&load.reading(&Stop::default()), verdict, &rows),
    };
    let places = places.unwrap_or_else(|error| {
        tracing::warn!("related places are not shown: {error}");
        HashMap::new()
    });
    let related = |(asking, sought): &(usize, &Sought)| {
        let place = remembered(&sought.row)
            .or_else(|| places.get(&sought.row))?
            .clone();
        let message = match &sought.row {
            SoughtRow::At { message, .. } => (*message).to_owned(),
            SoughtRow::Accepted(_) => FIRST_USE.to_owned(),
            SoughtRow::Rejected(key) => format!("row {key} of `{}` was rejected", sought.dataset),
        };
        Some((*asking, sought.problem, Related { place, message }))
    };
    sought.iter().filter_map(related).collect()
}
