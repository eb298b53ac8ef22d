use sea_orm::sqlx::AssertSqlSafe;
use sea_orm::{DatabaseConnection, DbErr, sqlx};

use super::super::driver::failed;
use crate::key::KeyKind;
use crate::table::Table;

/// The sequence that gives out keys for a column, which belongs to the column or stands in its default, and whether this
/// role may move it.
const SEQUENCE: &str = "
SELECT sequence, has_sequence_privilege(sequence, 'UPDATE') AND has_sequence_privilege(sequence, 'USAGE, SELECT')
FROM (SELECT coalesce(pg_get_serial_sequence($1, $2), (
    SELECT d.refobjid::regclass::text
    FROM pg_attribute AS a
    JOIN pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
    JOIN pg_class AS c ON d.refclassid = 'pg_class'::regclass AND c.oid = d.refobjid AND c.relkind = 'S'
    WHERE a.attrelid = $1::regclass AND a.attname = $2 LIMIT 1)) AS sequence) AS s";

/// Moves the sequence of a table's key beyond all keys that it could give out, so that other programs that insert without
/// one get one that is free. A sequence is never moved down. It takes no part in the transaction, so a run that may
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
            let moved = format!(
                "SELECT setval('{0}', highest) FROM (SELECT max({1})::bigint AS highest FROM {name} \
                 WHERE {1} <= (SELECT seqmax FROM pg_sequence WHERE seqrelid = '{0}'::regclass)) AS keys \
                 WHERE highest > coalesce(pg_sequence_last_value('{0}'), 0)",
                sequence.replace('\'', "''"),
                key.quoted('"'),
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
