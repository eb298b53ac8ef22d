use sea_orm::sqlx::AssertSqlSafe;
use sea_orm::{DatabaseConnection, DbErr, sqlx};

use super::super::driver::failed;
use crate::key::KeyKind;
use crate::table::Table;

/// The sequence that gives out keys for a column, and whether this role may move it.
const SEQUENCE: &str = "
SELECT sequence, has_sequence_privilege(sequence, 'UPDATE') AND has_sequence_privilege(sequence, 'USAGE, SELECT')
FROM (SELECT pg_get_serial_sequence($1, $2) AS sequence) AS s";

/// Moves the sequence of a table's key beyond all keys, so that other programs that insert without one get
/// one that is free. A sequence is never moved down. It takes no part in the transaction, so a run that may
/// still be refused leaves it alone.
pub(in crate::engine) async fn move_up(
    session: &DatabaseConnection,
    table: &Table,
) -> Result<(), DbErr> {
    let (session, key) = (session.get_postgres_connection_pool(), table.key());
    if KeyKind::of(&key.kind) != Some(KeyKind::Integer) {
        return Ok(());
    }
    let name = table.quoted('"');
    let asked = sqlx::query_as(SEQUENCE).bind(&name).bind(key.name);
    let (sequence, may_move): (Option<String>, Option<bool>) =
        asked.fetch_one(session).await.map_err(failed)?;
    match (sequence, may_move) {
        (Some(sequence), Some(true)) => {
            let highest = format!("(SELECT max({}) FROM {name})", key.quoted('"'));
            let moved = format!(
                "SELECT setval('{0}', {highest}) \
                 WHERE {highest} > coalesce(pg_sequence_last_value('{0}'), 0)",
                sequence.replace('\'', "''"),
            );
            let moved = sqlx::raw_sql(AssertSqlSafe(moved)).execute(session).await;
            moved.map(drop).map_err(failed)
        }
        (Some(sequence), _) => {
            tracing::warn!(
                "the sequence `{sequence}` is left where it is, and may give out keys that are taken: \
                 grant USAGE and UPDATE on it"
            );
            Ok(())
        }
        (None, _) => Ok(()),
    }
}
