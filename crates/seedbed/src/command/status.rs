use std::fmt::{self, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::connection::Connection;
use crate::console::Console;
use crate::error::Error;
use crate::ledger;
use crate::migration::{self, Migrated, has_table, open_if_there};
use crate::report::Exit;
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
    /// Whether there is anything at the location.
    exists: bool,
    /// The profile it was stamped with.
    profile: Option<String>,
    applied: Vec<String>,
    pending: Vec<String>,
    datasets: Vec<DatasetStatus>,
    runs: Vec<ledger::Model>,
}

#[derive(Serialize)]
struct DatasetStatus {
    name: String,
    /// `None` where the table is not there.
    rows: Option<u64>,
}

/// Shows the state of all databases. Creates and changes nothing.
pub(crate) async fn run(store: &Arc<Store>, console: &Console) -> Exit {
    match look(store).await {
        Ok(status) => {
            console.result(&status, &status.to_string());
            Exit::Done
        }
        Err(error) => console.error(error),
    }
}

async fn look(store: &Store) -> Result<Status, Error> {
    let indices = store.chosen(&[]);
    let migrations = migration::status(store, &indices).await?;
    let mut databases = Vec::new();
    for (&index, migrated) in indices.iter().zip(migrations) {
        databases.push(look_at(store, index, migrated).await?);
    }
    Ok(Status {
        profile: store.config.profile.clone(),
        databases,
    })
}

async fn look_at(store: &Store, index: usize, migrated: Migrated) -> Result<DatabaseStatus, Error> {
    let connection = open_if_there(store, index).await?;
    let mut status = DatabaseStatus {
        engine: migrated.engine,
        location: store.config.databases[&migrated.name].url.location(),
        name: migrated.name,
        exists: connection.is_some(),
        profile: None,
        applied: migrated.applied,
        pending: migrated.pending,
        datasets: Vec::new(),
        runs: Vec::new(),
    };
    for dataset in store.database(index).datasets() {
        status.datasets.push(DatasetStatus {
            name: dataset.name().to_owned(),
            rows: None,
        });
    }
    if let Some(connection) = connection {
        let looked = fill(store, index, &connection, &mut status).await;
        connection.close().await;
        looked?;
    }
    Ok(status)
}

async fn fill(
    store: &Store,
    index: usize,
    connection: &Connection,
    status: &mut DatabaseStatus,
) -> Result<(), Error> {
    let failed = connection.error("look at");
    let db = connection.db();
    let datasets = store.database(index).datasets();
    for (dataset, status) in datasets.iter().zip(&mut status.datasets) {
        if has_table(db, dataset.table()).await.map_err(&failed)? {
            status.rows = Some(dataset.count(db).await.map_err(&failed)?);
        }
    }
    if ledger::is_installed(connection.db())
        .await
        .map_err(&failed)?
    {
        status.profile = ledger::profile(db).await.map_err(&failed)?;
        status.runs = ledger::newest(db, RUNS).await.map_err(&failed)?;
    }
    Ok(())
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
        if !self.exists {
            return writeln!(f, "  not there yet; run `seedbed migrate`");
        }
        let profile = self.profile.as_deref().unwrap_or("none yet");
        writeln!(f, "  profile     {profile}")?;
        let pending = match self.pending.as_slice() {
            [] => "none pending".to_owned(),
            pending => format!(
                "{} pending: {}; run `seedbed migrate`",
                pending.len(),
                pending.join(", ")
            ),
        };
        writeln!(f, "  migrations  {} applied, {pending}", self.applied.len())?;
        for dataset in &self.datasets {
            let rows = dataset
                .rows
                .map_or("no table".to_owned(), |rows| format!("{rows} rows"));
            writeln!(f, "  {:<10}  {rows}", dataset.name)?;
        }
        let mut runs = String::new();
        for run in &self.runs {
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
