use sea_orm::{DbErr, MockDatabase, MockExecResult};
use sea_orm_migration::SchemaManager;

use crate::error::Error;
use crate::migration::{self, Migrated};
use crate::store::Store;

/// More statements than the migrations of one database have.
const STATEMENTS: usize = 10_000;

/// The SQL of what is pending in each database.
///
/// The migrations run against a stand-in that only notes statements down. One that asks the database
/// what to do gets no answer, and so cannot be planned.
pub(crate) async fn plan(store: &Store, indices: &[usize]) -> Result<Vec<Migrated>, Error> {
    let mut databases = migration::status(store, indices).await?;
    for (migrated, &index) in databases.iter_mut().zip(indices) {
        let statements = rehearse(store, index, &migrated.pending).await;
        let alias = store.alias(index);
        migrated.sql = Some(statements.map_err(|error| {
            Error::guard(
                alias,
                format!(
                    "the migrations of `{alias}` cannot be planned without running them: {error}"
                ),
            )
        })?);
    }
    Ok(databases)
}

async fn rehearse(store: &Store, index: usize, pending: &[String]) -> Result<Vec<String>, DbErr> {
    let database = store.database(index);
    let Some(migrations) = database.migrations() else {
        return Ok(Vec::new());
    };
    let engine = store.config.databases[database.alias()].url.engine();
    let done = vec![MockExecResult::default(); STATEMENTS];
    let stand_in = MockDatabase::new(engine.backend())
        .append_exec_results(done)
        .into_connection();
    migrations
        .rehearse(&SchemaManager::new(&stand_in), pending)
        .await?;
    let transactions = stand_in.into_transaction_log();
    let statements = transactions
        .iter()
        .flat_map(|transaction| transaction.statements());
    Ok(statements.map(ToString::to_string).collect())
}
