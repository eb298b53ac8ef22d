use std::fmt::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::connection::Connection;
use crate::console::Console;
use crate::dataset::Dataset;
use crate::error::Error;
use crate::ledger;
use crate::migration::{self, Migrated, open_if_there};
use crate::output::number::counted;
use crate::report::{Exit, Failure};
use crate::store::Store;

/// How many of the newest runs are shown.
const RUNS: u64 = 5;

#[derive(Serialize)]
struct Status {
    profile: String,
    databases: Vec<DatabaseStatus>,
}

/// What is in one database and how it got there.
#[derive(Serialize)]
struct DatabaseStatus {
    name: String,
    engine: &'static str,
    location: String,
    /// Whether there is anything at the location, if that could be found out.
    exists: Option<bool>,
    /// The profile it was stamped with.
    profile: Option<String>,
    applied: Option<Vec<String>>,
    pending: Option<Vec<String>>,
    datasets: Vec<DatasetStatus>,
    /// The newest ones.
    runs: Option<Vec<ledger::Model>>,
    /// Why nothing is known of the rest.
    error: Option<Failure>,
}

#[derive(Serialize)]
struct DatasetStatus {
    name: String,
    /// `None` where the table is not there.
    rows: Option<u64>,
}

/// Shows the state of all databases. Creates and changes nothing. Those that cannot be looked at do not
/// hide the others.
pub(crate) async fn run(store: &Arc<Store>, console: &Console) -> Exit {
    let indices = store.chosen(&[]);
    let look = |index| look_at(store, index);
    let looked = store.registry.together(&indices, look).await;
    let (databases, exits): (Vec<_>, Vec<_>) = looked.into_iter().unzip();
    let status = Status {
        profile: store.config.profile.clone(),
        databases,
    };
    console.result(&status, &status.to_string());
    let failures = status.databases.iter().filter_map(|it| it.error.as_ref());
    failures.for_each(|failure| console.beside_result(failure));
    let failed = exits.into_iter().find(|exit| *exit != Exit::Done);
    failed.unwrap_or(Exit::Done)
}

async fn look_at(store: &Store, index: usize) -> (DatabaseStatus, Exit) {
    match found(store, index).await {
        Ok(status) => (status, Exit::Done),
        Err(error) => {
            let exit = error.exit();
            let status = DatabaseStatus {
                error: error.failure(),
                ..DatabaseStatus::unknown(store, index)
            };
            (status, exit)
        }
    }
}

async fn found(store: &Store, index: usize) -> Result<DatabaseStatus, Error> {
    let mut status = DatabaseStatus::unknown(store, index);
    let connection = open_if_there(store, index).await?;
    status.exists = Some(connection.is_some());
    let Some(connection) = connection else {
        status.pending = Some(Migrated::of(store, index).applied);
        status.applied = Some(Vec::new());
        status.runs = Some(Vec::new());
        return Ok(status);
    };
    let filled = fill(store, index, &connection, &mut status).await;
    connection.close().await;
    filled.map(|()| status)
}

async fn fill(
    store: &Store,
    index: usize,
    connection: &Connection,
    status: &mut DatabaseStatus,
) -> Result<(), Error> {
    let failed = connection.error("look at");
    let db = connection.db();
    let database = store.database(index);
    let pending = migration::pending(connection, db, database).await?;
    let mut applied = Migrated::of(store, index).applied;
    applied.retain(|name| !pending.contains(name));
    (status.applied, status.pending) = (Some(applied), Some(pending));
    let datasets = database.datasets();
    for (dataset, status) in datasets.iter().zip(&mut status.datasets) {
        if dataset.table().is_there(db).await.map_err(&failed)? {
            status.rows = Some(dataset.count(db).await.map_err(&failed)?);
        }
    }
    status.profile = ledger::profile(db).await.map_err(&failed)?;
    status.runs = Some(match status.profile {
        Some(_) => ledger::newest(db, RUNS).await.map_err(&failed)?,
        None => Vec::new(),
    });
    Ok(())
}

impl DatabaseStatus {
    fn unknown(store: &Store, index: usize) -> Self {
        let database = store.database(index);
        let url = &store.config.databases[database.alias()].url;
        let unknown = |dataset: &Arc<dyn Dataset>| DatasetStatus {
            name: dataset.name().to_owned(),
            rows: None,
        };
        Self {
            name: database.alias().to_owned(),
            engine: url.engine().name(),
            location: url.location(),
            exists: None,
            profile: None,
            applied: None,
            pending: None,
            datasets: database.datasets().iter().map(unknown).collect(),
            runs: None,
            error: None,
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.databases
            .iter()
            .try_for_each(|database| database.fmt(f))
    }
}

impl fmt::Display for DatabaseStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            name,
            engine,
            location,
            ..
        } = self;
        writeln!(f, "{name}  {engine}  {location}")?;
        if self.error.is_some() {
            return writeln!(f, "  could not be looked at");
        }
        if self.exists == Some(false) {
            return writeln!(f, "  not there yet; run `seedbed migrate`");
        }
        let profile = self.profile.as_deref().unwrap_or("none yet");
        writeln!(f, "  profile     {profile}")?;
        let pending = match self.pending.as_deref().unwrap_or_default() {
            [] => "none pending".to_owned(),
            pending => format!(
                "{} pending: {}; run `seedbed migrate`",
                pending.len(),
                pending.join(", ")
            ),
        };
        let applied = self.applied.as_ref().map_or(0, Vec::len);
        writeln!(f, "  migrations  {applied} applied, {pending}")?;
        for dataset in &self.datasets {
            let rows = dataset.rows.map(|rows| counted(rows, "row"));
            let rows = rows.unwrap_or_else(|| "no table".to_owned());
            writeln!(f, "  {:<10}  {rows}", dataset.name)?;
        }
        let mut runs = String::new();
        for run in self.runs.iter().flatten() {
            let ledger::Model {
                ended_at,
                command,
                inserted,
                updated,
                unchanged,
                ..
            } = run;
            write!(runs, "  {ended_at}  {command}")?;
            if !run.datasets.is_empty() {
                write!(
                    runs,
                    "  {}: {inserted} inserted, {updated} updated, {unchanged} unchanged",
                    run.datasets
                )?;
            }
            writeln!(runs)?;
        }
        f.write_str(&runs)
    }
}
