mod loader;
mod sequence;
mod text;

use sea_orm::sqlx::postgres::{PgConnectOptions, PgPool};
use sea_orm::sqlx::{AssertSqlSafe, ConnectOptions as _, Postgres, SqlSafeStr};
use sea_orm::{DatabaseConnection, DbErr, SqlxPostgresConnector, sqlx};

use super::{driver, server};
use crate::config::Config;
use crate::connection::{Access, LOCK_STEP};
use crate::database_url::{DatabaseUrl, Engine};
use crate::fail_point::{Breakage, is_broken};
use crate::ledger;

pub(super) use loader::Loader;
pub(super) use sequence::move_up;

/// The advisory lock that is a database's turn: "seedbed" in ASCII.
const TURN: i64 = 0x0073_6565_6462_6564;

/// Connects to the server.
pub(super) async fn connect(
    url: &DatabaseUrl,
    access: Access,
    config: &Config,
) -> Result<DatabaseConnection, DbErr> {
    let options: PgConnectOptions = url.expose().parse().map_err(driver::failed)?;
    let name = options
        .get_application_name()
        .unwrap_or("seedbed")
        .to_owned();
    let options = options
        .application_name(&name)
        // Floats are sent as bytes, and PgBouncer refuses who asks for more digits of their text.
        .extra_float_digits(None)
        .disable_statement_logging();
    let settings = connection_settings(config);
    let pool = server::open::<Postgres>(options, settings, access, config).await?;
    Ok(SqlxPostgresConnector::from_sqlx_postgres_pool(pool))
}

/// What is looked at outside of turns is waited for no longer than inside, and a connection that has nothing
/// to do during a long run stays. PostgreSQL 13 knows no such time, nor do others that speak like it.
fn connection_settings(config: &Config) -> String {
    format!(
        "SET lock_timeout = {}; SELECT set_config(name, '0', false) FROM pg_settings \
         WHERE name = 'idle_session_timeout'",
        config.lock_timeout.as_millis().max(1),
    )
}

/// Keeps a session to the connection it has: see [`server::NOWHERE`].
pub(super) fn stay(session: &DatabaseConnection) {
    session
        .get_postgres_connection_pool()
        .set_connect_options(nowhere());
}

fn nowhere() -> PgConnectOptions {
    PgConnectOptions::new_without_pgpass().socket(server::NOWHERE)
}

/// Each statement is to see what was committed before it: what is looked at under a lock is looked at
/// after those who had the lock before. A snapshot of the whole transaction would be taken no later
/// than by the statement that takes the lock.
const BEGIN: &str = "BEGIN ISOLATION LEVEL READ COMMITTED";

/// Tells servers that have advisory locks from those that only speak like PostgreSQL: these may lack the
/// function, refuse to call it, or answer that they locked and lock nothing.
const HAS_ADVISORY_LOCKS: &str =
    "SELECT version() LIKE 'PostgreSQL%' AND version() NOT LIKE '%-YB-%'";

/// The lock goes with the transaction, however that ends.
pub(super) async fn try_turn(session: &DatabaseConnection, config: &Config) -> Result<bool, DbErr> {
    let pool = session.get_postgres_connection_pool();
    driver::begin::<Postgres>(pool, Some(BEGIN.into_sql_str())).await?;
    let is_advisory = ask(pool, HAS_ADVISORY_LOCKS).await? && !is_broken(Breakage::NoAdvisoryLocks);
    let locked = match is_advisory {
        true => ask(pool, format!("SELECT pg_try_advisory_xact_lock({TURN})")).await?,
        false => try_ledger(session).await?,
    };
    if !locked {
        driver::roll_back(pool).await?;
        return Ok(false);
    }
    let mut settings = settings(config);
    if is_advisory {
        if ask(pool, "SELECT pg_is_in_recovery()").await? {
            let standby = "it is a standby, which may lag behind: use the server that it follows";
            return Err(DbErr::Custom(standby.to_owned()));
        }
        settings += KEEPALIVES;
    }
    execute(pool, settings).await?;
    Ok(true)
}

/// Takes locks that go with a transaction, which ends with the connection: a pooler may give the next one another.
pub(super) async fn mark(
    db: &DatabaseConnection,
    marks: &[i64],
) -> Result<Vec<Option<bool>>, DbErr> {
    stay(db);
    let pool = db.get_postgres_connection_pool();
    if !ask(pool, HAS_ADVISORY_LOCKS).await? {
        return Ok(vec![None; marks.len()]);
    }
    driver::begin::<Postgres>(pool, None).await?;
    let lock = |mark: &i64| format!("pg_try_advisory_xact_lock({mark})");
    let locks: Vec<_> = marks.iter().map(lock).collect();
    let lock = format!("SELECT ARRAY[{}]", locks.join(", "));
    let asked = sqlx::query_scalar(AssertSqlSafe(lock)).fetch_one(pool);
    asked.await.map_err(driver::failed)
}

/// Whether the role may use a schema, and whether that has a table: the usual views leave out what it may not read.
const HIDDEN: &str = "
SELECT coalesce($1, current_schema()) IS NULL, EXISTS (
    SELECT 1 FROM pg_catalog.pg_class AS c JOIN pg_catalog.pg_namespace AS n ON n.oid = c.relnamespace
    WHERE n.nspname = coalesce($1, current_schema()) AND c.relname = $2 AND NOT has_table_privilege(c.oid, 'SELECT'))";

/// See [`engine::reveal`](super::reveal).
pub(super) async fn reveal(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<(), DbErr> {
    let asked = sqlx::query_as(HIDDEN).bind(schema).bind(table);
    let asked = asked.fetch_one(db.get_postgres_connection_pool()).await;
    let (has_no_schema, is_hidden): (bool, bool) = asked.map_err(driver::failed)?;
    let said = match (has_no_schema, is_hidden) {
        (true, _) => {
            "its search_path leads this role to no schema: create one, or grant it USAGE".into()
        }
        (_, true) => {
            let table = schema.map(|it| format!("{it}.")).unwrap_or_default() + table;
            format!("this role may not read the table `{table}`: grant it SELECT on that")
        }
        _ => return Ok(()),
    };
    Err(DbErr::Custom(said))
}

/// Refuses encodings that lack most characters, or take bytes for characters.
pub(super) async fn holds_all_characters(db: &DatabaseConnection) -> Result<(), DbErr> {
    let asked = sqlx::query_scalar("SELECT current_setting('server_encoding')");
    let asked = asked.fetch_one(db.get_postgres_connection_pool()).await;
    let encoding: String = asked.map_err(driver::failed)?;
    match encoding.as_str() {
        "UTF8" => Ok(()),
        _ => Err(DbErr::Custom(format!(
            "its encoding is {encoding}: create it with ENCODING 'UTF8' TEMPLATE template0"
        ))),
    }
}

/// Locks the ledger's first entry instead. Who has it may be about to drop the ledger, and would wait for
/// whoever waits for the entry; so nobody does. Once the ledger is dropped and made anew, the table itself
/// is locked until that is committed: that is waited for in steps, after which the new entry is met.
/// Before the first migration there is nothing to lock: of two that meet, the second fails where it makes
/// what the first has made.
async fn try_ledger(session: &DatabaseConnection) -> Result<bool, DbErr> {
    if !ledger::is_installed(session).await? {
        return Ok(true);
    }
    let pool = session.get_postgres_connection_pool();
    let patience = format!("SET LOCAL lock_timeout = {}", LOCK_STEP.as_millis());
    execute(pool, patience).await?;
    match ledger::lock_first(session).await {
        Ok(()) => Ok(true),
        Err(error) if driver::is_lock_timeout(Engine::Postgres, &error) => Ok(false),
        Err(error) => Err(error),
    }
}

/// The answer to a question of yes or no.
async fn ask(session: &PgPool, question: impl Into<String>) -> Result<bool, DbErr> {
    let asked = sqlx::query_scalar(AssertSqlSafe(question.into())).fetch_one(session);
    asked.await.map_err(driver::failed)
}

async fn execute(session: &PgPool, statements: String) -> Result<(), DbErr> {
    let executed = sqlx::raw_sql(AssertSqlSafe(statements)).execute(session);
    executed.await.map(drop).map_err(driver::failed)
}

/// What the server is to do about this transaction, and about no other that a connection pooler lets
/// have the same connection. PostgreSQL 17 is the first to know the last of these times.
fn settings(config: &Config) -> String {
    format!(
        "SET LOCAL statement_timeout = 0; SET LOCAL lock_timeout = {}; \
         SET LOCAL idle_in_transaction_session_timeout = {}; SET LOCAL TimeZone = 'UTC'; \
         SET LOCAL DateStyle = 'ISO'; SELECT set_config(name, '0', true) FROM pg_settings \
         WHERE name = 'transaction_timeout'",
        config.lock_timeout.as_millis().max(1),
        server::SILENCE.as_millis(),
    )
}

/// PostgreSQL looks after clients whose machine is gone, which says no farewell. CockroachDB knows no
/// such settings.
const KEEPALIVES: &str = "; SET LOCAL tcp_keepalives_idle = 15; \
     SET LOCAL tcp_keepalives_interval = 5; SET LOCAL tcp_keepalives_count = 3";

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn nowhere_is_told_from_a_server_that_is_not_up_yet() {
        let error = nowhere().connect().await.expect_err("there is nothing");
        let fault = Engine::Postgres.fault(&driver::failed(error));
        assert_eq!(fault.cause, "the connection was lost");
        assert!(fault.transient && !fault.unanswered, "{fault:?}");
    }
}
