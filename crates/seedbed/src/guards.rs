//! What keeps a command from touching the wrong database. All exit with code 2.

use sea_orm::{DatabaseConnection, EntityName as _};

use crate::config::Config;
use crate::connection::Connection;
use crate::dataset::Dataset;
use crate::engine;
use crate::error::Error;
use crate::ledger;
use crate::registry::Database;
use crate::table::Table;

/// The profile under which a database was set up; refuses one whose tables are not those the program was
/// written for.
pub(crate) async fn profile_of_migrated(
    connection: &Connection,
    db: &DatabaseConnection,
    database: &Database,
    config: &Config,
) -> Result<String, Error> {
    let failed = connection.error("look at");
    let pending = match database.migrations() {
        Some(migrations) => migrations.pending(db).await.map_err(&failed)?.len(),
        None => 0,
    };
    let profile = match ledger::profile(db).await.map_err(&failed)? {
        Some(profile) if pending == 0 => profile,
        _ => {
            let mut error = not_migrated(connection.alias(), pending);
            // Servers whose locks do not tell so leave it to be found here.
            if config.databases[connection.alias()].has_detour() {
                error.message +=
                    "; if that finds nothing to do, `migrate_url` leads elsewhere than `url`";
            }
            return Err(error);
        }
    };
    for dataset in database.datasets() {
        if !dataset.table().is_there(db).await.map_err(&failed)? {
            return Err(no_table(database, dataset.table()));
        }
    }
    Ok(profile)
}

fn no_table(database: &Database, table: &Table) -> Error {
    let alias = database.alias();
    let why = match database.migrations() {
        Some(_) => "although its migrations are applied",
        None => "and no migrations that could make it",
    };
    Error::guard(
        alias,
        format!("the database `{alias}` has no table `{table}`, {why}; nothing was written"),
    )
}

/// The refusal of a database that `migrate` has not been through with.
pub(crate) fn not_migrated(alias: &str, pending: usize) -> Error {
    let pending = match pending {
        0 => "its ledger is missing, or empty".to_owned(),
        1 => "1 migration is pending".to_owned(),
        many => format!("{many} migrations are pending"),
    };
    Error::guard(
        alias,
        format!(
            "the tables of the database `{alias}` are not migrated: {pending}; run `seedbed migrate`"
        ),
    )
}

/// Refuses a database that was set up under another profile.
pub(crate) fn is_of_profile(
    connection: &Connection,
    stamped: &str,
    config: &Config,
) -> Result<(), Error> {
    if stamped == config.profile {
        return Ok(());
    }
    Err(Error::guard(
        connection.alias(),
        format!(
            "the database `{}` ({}) belongs to the profile `{stamped}`, but this is the profile `{}`; \
             it is left as it is; if this is meant, say `--profile-mismatch-ok`",
            connection.alias(),
            connection.url().location(),
            config.profile,
        ),
    ))
}

/// Refuses a database where a table, or the ledger, would keep what a failed run wrote.
pub(crate) async fn take_rows_back(
    connection: &Connection,
    db: &DatabaseConnection,
    tables: impl Iterator<Item = &Table>,
) -> Result<(), Error> {
    let ledger = (None, ledger::Entity.table_name());
    let tables = tables.map(|table| (table.schema.as_deref(), &*table.name));
    for (schema, table) in tables.chain([ledger]) {
        let engine = engine::engine_without_transactions(db, schema, table).await;
        if let Some(engine) = engine.map_err(connection.error("look at"))? {
            let alias = connection.alias();
            return Err(Error::guard(
                alias,
                format!(
                    "the table `{table}` of the database `{alias}` is kept by {engine}, which takes nothing back when a \
                     run fails; nothing was written; give it another engine, such as InnoDB"
                ),
            ));
        }
    }
    Ok(())
}

/// Refuses a table with rows that no run has loaded.
pub(crate) async fn is_ours(
    connection: &Connection,
    db: &DatabaseConnection,
    dataset: &dyn Dataset,
) -> Result<(), Error> {
    let failed = connection.error("look at");
    let has_loaded = ledger::has_loaded(db, dataset.name()).await;
    if has_loaded.map_err(&failed)? {
        return Ok(());
    }
    let rows = dataset.count(db).await.map_err(&failed)?;
    if rows == 0 {
        return Ok(());
    }
    let (count, are) = if rows == 1 {
        ("1 row".to_owned(), "is")
    } else {
        (format!("{rows} rows"), "are")
    };
    Err(Error::guard(
        connection.alias(),
        format!(
            "the table `{}` in the database `{}` holds {count} that {are} not from seedbed; nothing was written; \
             say `--existing update` to overwrite rows of the same key, or `--existing keep` to insert new keys only",
            dataset.name(),
            connection.alias(),
        ),
    ))
}
