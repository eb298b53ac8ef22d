//! What a run needs before it starts.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use super::{Mode, Options};
use crate::connection::{Access, Connection, Connections, close_all};
use crate::dataset::Dataset;
use crate::error::Error;
use crate::fixtures::Fixture;
use crate::independence;
use crate::load::Load;
use crate::migration;
use crate::output::progress::Progress;
use crate::store::Store;
use crate::targets::{Target, Targets};

/// A load per dataset that has fixtures and whose database is chosen, in reference order.
pub(super) fn loads(store: &Store, options: &Options, progress: &Progress) -> Vec<Arc<Load>> {
    let fed = fed(store, options);
    let references = fed.iter().flat_map(|(_, dataset, _)| dataset.references());
    let awaited: BTreeSet<&str> = references.map(|(_, target)| target).collect();
    let size = |fixture: &Fixture| std::fs::metadata(&fixture.path).map_or(0, |m| m.len());
    let load = |(index, dataset, fixtures): &(usize, Arc<dyn Dataset>, Vec<Fixture>)| {
        let is_awaited = awaited.contains(dataset.name());
        let readings = if is_awaited && options.mode != Mode::Check {
            2
        } else {
            1
        };
        let bytes: u64 = fixtures.iter().map(size).sum();
        let progress = progress.load(dataset.name(), bytes * readings);
        let (dataset, fixtures) = (dataset.clone(), fixtures.clone().into());
        Arc::new(Load::new(dataset, *index, fixtures, progress, is_awaited))
    };
    fed.iter().map(load).collect()
}

/// The datasets that have fixtures, with the index of their database.
fn fed(store: &Store, options: &Options) -> Vec<(usize, Arc<dyn Dataset>, Vec<Fixture>)> {
    let mut fed = Vec::new();
    for index in store.chosen(&options.databases) {
        for &position in &store.arrangement.datasets[index] {
            let dataset = store.database(index).datasets()[position].clone();
            let mut fixtures = options.fixtures.clone();
            fixtures.retain(|fixture| fixture.dataset == dataset.name());
            if !fixtures.is_empty() {
                fed.push((index, dataset, fixtures));
            }
        }
    }
    fed
}

/// Opens the databases that are loaded, and to look things up those that they refer to. Where one was just
/// migrated by the role that writes rows, that connection will do.
pub(super) async fn connect(
    store: &Store,
    loads: &[Arc<Load>],
    mode: Mode,
    migrated: Connections,
) -> Result<BTreeMap<usize, Arc<Connection>>, Error> {
    let needed = needed(store, loads, mode);
    if migrated.is_empty() {
        independence::guard(store, &needed, Access::Write).await?;
    }
    let will_do = |index: &usize, connection: &Connection| {
        let database = &store.config.databases[connection.alias()];
        let is_same_role = database.migrate_url.is_none();
        mode == Mode::Write && needed.contains(index) && is_same_role && !connection.is_closed()
    };
    let (kept, others): (Connections, Connections) = migrated
        .into_iter()
        .partition(|(index, connection)| will_do(index, connection));
    close_all(&store.registry, &others).await;
    let mut connections: BTreeMap<usize, Arc<Connection>> = kept
        .into_iter()
        .map(|(index, connection)| (index, Arc::new(connection.into_writing())))
        .collect();
    let is_missing = |index: &usize| !connections.contains_key(index);
    let missing: Vec<usize> = needed.into_iter().filter(is_missing).collect();
    // What is only referred to is not written either, but its turn is taken.
    let access = match mode {
        Mode::Write => Access::Write,
        Mode::Check | Mode::DryRun => Access::Read,
    };
    let open = |index| migration::open_if_migrated(store, index, access);
    let opened = store.registry.together(&missing, open).await;
    let mut failed = None;
    for (index, connection) in missing.into_iter().zip(opened) {
        match connection {
            Ok(connection) => _ = connections.insert(index, Arc::new(connection)),
            Err(error) => failed = failed.or(Some(error)),
        }
    }
    let Some(failed) = failed else {
        return Ok(connections);
    };
    close_all(&store.registry, &connections).await;
    Err(failed)
}

/// The databases that are loaded, and those that they refer to; a check needs none.
fn needed(store: &Store, loads: &[Arc<Load>], mode: Mode) -> BTreeSet<usize> {
    if mode == Mode::Check {
        return BTreeSet::new();
    }
    let loaded: BTreeSet<usize> = loads.iter().map(|load| load.database).collect();
    let referred = loaded
        .iter()
        .flat_map(|index| &store.arrangement.refers_to[*index]);
    loaded.iter().chain(referred).copied().collect()
}

/// All datasets as others may refer to them.
pub(super) fn targets(
    store: &Store,
    loads: &[Arc<Load>],
    connections: &BTreeMap<usize, Arc<Connection>>,
) -> Targets {
    let mut targets = Targets::new();
    for (index, database) in store.registry.databases().iter().enumerate() {
        for dataset in database.datasets() {
            let name = dataset.name().to_owned();
            let connection = connections.get(&index).cloned();
            let is_loaded = loads.iter().any(|load| load.dataset.name() == name);
            let target = match is_loaded {
                true => Target::loaded(dataset.clone(), connection),
                false => Target::not_loaded(dataset.clone(), connection),
            };
            targets.insert(name, target);
        }
    }
    targets
}
