use sea_orm::sqlx::AssertSqlSafe;
use sea_orm::{DatabaseConnection, DbErr, sqlx};

use super::super::driver::failed;
use crate::key::KeyKind;
use crate::table::Table;

/// The sequence that gives out keys for a column, and whether this role may look at it and move it. It belongs to the
/// column, or is all that the column's default asks: one that takes part in a sum does not give out keys.
const SEQUENCE: &str = "
SELECT c.oid::regclass::text, has_schema_privilege(c.relnamespace, 'USAGE')
    AND has_sequence_privilege(c.oid, 'SELECT') AND has_sequence_privilege(c.oid, 'UPDATE')
FROM pg_class AS c WHERE c.oid = coalesce(pg_get_serial_sequence($1, $2)::regclass::oid, (
    SELECT d.refobjid FROM pg_attribute AS a
    JOIN pg_attrdef AS f ON f.adrelid = a.attrelid AND f.adnum = a.attnum
        AND pg_get_expr(f.adbin, f.adrelid) ~ '^nextval\\(''.*''::regclass\\)$'
    JOIN pg_depend AS d ON d.classid = 'pg_attrdef'::regclass AND d.objid = f.oid
    JOIN pg_class AS s ON d.refclassid = 'pg_class'::regclass AND s.oid = d.refobjid AND s.relkind = 'S'
    WHERE a.attrelid = $1::regclass AND a.attname = $2))";

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
    let found: Option<(String, bool)> = asked.fetch_optional(session).await.map_err(failed)?;
    match found {
        Some((sequence, true)) => {
            let moved = format!(
                "SELECT setval(p.seqrelid::regclass, highest) FROM {sequence} AS s, pg_sequence AS p, \
                 LATERAL (SELECT max({0})::bigint AS highest FROM {name} WHERE {0} <= p.seqmax) AS keys \
                 WHERE p.seqrelid = '{1}'::regclass AND p.seqincrement > 0 \
                 AND (highest > s.last_value OR highest = s.last_value AND NOT s.is_called)",
                key.quoted('"'),
                sequence.replace('\'', "''"),
            );
            let moved = sqlx::raw_sql(AssertSqlSafe(moved)).execute(session).await;
            moved.map(drop).map_err(failed)
        }
        Some((sequence, false)) => {
            tracing::warn!(
                "the sequence `{sequence}` is left where it is, and may give out keys that are taken: \
                 grant SELECT and UPDATE on it"
            );
            Ok(())
        }
        None => Ok(()),
    }
}
