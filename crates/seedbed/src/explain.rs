use std::collections::HashMap;
use std::sync::Arc;

use crate::distinction::Distinction;
use crate::load::Load;
use crate::problem::Related;
use crate::problems::Problems;
use crate::stop::Stop;
use crate::verdict::{Sought, SoughtRow};

/// Gathers the problems of all loads and finds the rows that explain them: the first use of a
/// repeated value, the rejected row that a reference needs. Blocks; for a thread of its own.
pub(crate) fn explain(loads: &[Arc<Load>]) -> Problems {
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
        let sought: Vec<(usize, &Sought)> =
            sought(loads).filter(|(_, s)| s.dataset == name).collect();
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
fn sought(loads: &[Arc<Load>]) -> impl Iterator<Item = (usize, &Sought)> {
    loads.iter().enumerate().flat_map(|(index, load)| {
        let sought = load.verdict().map(|verdict| verdict.sought.as_slice());
        sought.unwrap_or_default().iter().map(move |s| (index, s))
    })
}

/// The places found in one load's fixtures: for whom, for which of its problems, and what.
fn found(load: &Load, sought: &[(usize, &Sought)]) -> Vec<(usize, usize, Related)> {
    let Some(verdict) = load.verdict().filter(|_| !sought.is_empty()) else {
        return Vec::new();
    };
    let rows: Vec<SoughtRow> = sought.iter().map(|(_, s)| s.row.clone()).collect();
    // The run is over, so nobody is to stop this reading.
    let places = load
        .dataset
        .locate(&load.reading(&Stop::default()), verdict, &rows);
    let places = places.unwrap_or_else(|error| {
        tracing::warn!("related places are not shown: {error}");
        HashMap::new()
    });
    let related = |(asking, sought): &(usize, &Sought)| {
        let place = places.get(&sought.row)?.clone();
        let message = match &sought.row {
            SoughtRow::First {
                by: Distinction::Repeated(_),
                ..
            } => "the earlier row".to_owned(),
            SoughtRow::First { .. } => "first used here".to_owned(),
            SoughtRow::Rejected(key) => format!("row {key} of `{}` was rejected", sought.dataset),
        };
        Some((*asking, sought.problem, Related { place, message }))
    };
    sought.iter().filter_map(related).collect()
}
