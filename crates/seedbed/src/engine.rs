//! What differs between engines, one place each.

#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod code;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod dialect;
#[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
mod driver;
#[cfg(feature = "mysql")]
mod mysql;
#[cfg(feature = "postgres")]
mod postgres;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod scalar;
#[cfg(any(feature = "postgres", feature = "mysql"))]
mod server;
#[cfg(feature = "sqlite")]
mod sqlite;

use sea_orm::sea_query::{Expr, ExprTrait, Query, SelectStatement};
use sea_orm::{ColumnType, ConnectionTrait, DatabaseConnection, DbBackend, DbErr, Value};
use sea_orm_migration::SchemaManager;

use crate::config::Config;
use crate::connection::Access;
use crate::database_url::{DatabaseUrl, Engine};
use crate::fail_point;
use crate::signals;
use crate::table::{Rows, Table};
use crate::write::{Counts, Write};

/// What an engine said about an error.
#[derive(Debug)]
pub(crate) struct Fault {
    /// In the engine's or driver's own words; may contain the URL.
    pub cause: String,
    /// Whether the same transaction may go through when tried again.
    pub transient: bool,
    /// Whether nobody answered.
    pub unanswered: bool,
}

impl Engine {
    /// Opens a pool of few connections, of which one is open.
    pub(crate) async fn connect(
        self,
        url: &DatabaseUrl,
        access: Access,
        config: &Config,
    ) -> Result<DatabaseConnection, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => sqlite::connect(url, access, config).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::connect(url, access, config).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::connect(url, access, config).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => Err(DbErr::Custom(format!(
                "this seedbed was built without {}",
                left_out.name()
            ))),
        }
    }

    /// Opens a pool whose only connection is never replaced by another, so that a transaction can be
    /// left open on it and be shared by whoever is handed the pool.
    pub(crate) async fn open_session(
        self,
        url: &DatabaseUrl,
        access: Access,
        config: &Config,
    ) -> Result<DatabaseConnection, DbErr> {
        // A connection to a file is not lost.
        #[cfg(feature = "sqlite")]
        if self == Self::Sqlite {
            return sqlite::open(url, access, config).await;
        }
        let session = self.connect(url, access, config).await?;
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::stay(&session),
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::stay(&session),
            _ => {}
        }
        Ok(session)
    }

    /// Opens the write transaction whose lock is the database's turn; false while another run has it.
    pub(crate) async fn try_turn(
        self,
        session: &DatabaseConnection,
        config: &Config,
    ) -> Result<bool, DbErr> {
        // Where only files are built in.
        let _ = config;
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => sqlite::try_turn(session).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::try_turn(session, config).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::try_turn(session).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => unreachable!("no connection to {} was opened", left_out.name()),
        }
    }

    /// Marks the database until the pool, which has one connection, is closed. Says of each mark whether it is new, or
    /// another connection had set it; `None` where that cannot be told.
    pub(crate) async fn mark(
        self,
        db: &DatabaseConnection,
        marks: &[i64],
    ) -> Result<Vec<Option<bool>>, DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres => postgres::mark(db, marks).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => mysql::mark(db, marks).await,
            _ => {
                // Where only files are built in.
                let _ = db;
                Ok(vec![None; marks.len()])
            }
        }
    }

    /// Does what a table needs that has rows with keys of their own, once nothing but a failure keeps them from
    /// being committed.
    pub(crate) async fn before_committing(
        self,
        session: &DatabaseConnection,
        table: &Table,
    ) -> Result<(), DbErr> {
        #[cfg(feature = "postgres")]
        if self == Self::Postgres {
            postgres::move_up(session, table).await?;
        }
        #[cfg(not(feature = "postgres"))]
        let _ = (session, table);
        Ok(())
    }

    /// Refuses an empty database that cannot hold what tables are to hold.
    pub(crate) async fn before_first_migration(self, db: &DatabaseConnection) -> Result<(), DbErr> {
        #[cfg(feature = "postgres")]
        if self == Self::Postgres {
            postgres::holds_all_characters(db).await?;
        }
        #[cfg(not(feature = "postgres"))]
        let _ = db;
        Ok(())
    }

    /// Commits the session's transaction.
    pub(crate) async fn commit(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        signals::commits();
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => driver::commit(session.get_sqlite_connection_pool()).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => driver::commit(session.get_postgres_connection_pool()).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => driver::commit(session.get_mysql_connection_pool()).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => unreachable!("no connection to {} was opened", left_out.name()),
        }
    }

    /// Takes the session's transaction back.
    pub(crate) async fn roll_back(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => driver::roll_back(session.get_sqlite_connection_pool()).await,
            #[cfg(feature = "postgres")]
            Self::Postgres => driver::roll_back(session.get_postgres_connection_pool()).await,
            #[cfg(feature = "mysql")]
            Self::Mysql => driver::roll_back(session.get_mysql_connection_pool()).await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => unreachable!("no connection to {} was opened", left_out.name()),
        }
    }

    /// Whether a session that has committed is best closed after all commits.
    pub(crate) fn closes_last(self) -> bool {
        self == Self::Sqlite
    }

    /// Does what is left to do before such a session is closed.
    pub(crate) async fn before_closing(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        // While another program has the file open, closing it does not empty the journal.
        session
            .execute_unprepared("PRAGMA wal_checkpoint(PASSIVE)")
            .await
            .map(drop)
    }

    /// Closes a pool's connections.
    pub(crate) async fn close(self, db: &DatabaseConnection) -> Result<(), DbErr> {
        let closed = match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite => sqlite::close_all_but_one(db).await,
            _ => Ok(()),
        };
        closed.and(db.close_by_ref().await)
    }

    /// Whether a statement that makes or drops a table commits at once, with all that was done before.
    pub(crate) fn commits_tables_at_once(self) -> bool {
        self == Self::Mysql
    }

    /// Ends the session's transaction, in which nothing has been done, where making or dropping tables would end it. The
    /// driver would not notice, and make savepoints of the transactions of migrations. The turn stays.
    pub(crate) async fn before_tables(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        if self.commits_tables_at_once() {
            self.commit(session).await?;
        }
        Ok(())
    }

    /// Begins the transaction anew that [`before_tables`](Self::before_tables) ended.
    pub(crate) async fn after_tables(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        #[cfg(feature = "mysql")]
        if self.commits_tables_at_once() {
            mysql::begin(session).await?;
        }
        #[cfg(not(feature = "mysql"))]
        let _ = session;
        Ok(())
    }

    /// Readies the session's transaction for dropping tables in any order.
    pub(crate) async fn before_dropping(self, session: &DatabaseConnection) -> Result<(), DbErr> {
        if self == Self::Sqlite {
            let defer = "PRAGMA defer_foreign_keys = ON";
            session.execute_unprepared(defer).await?;
        }
        Ok(())
    }

    /// The engine as SeaORM knows it.
    pub(crate) fn backend(self) -> DbBackend {
        match self {
            Self::Sqlite => DbBackend::Sqlite,
            Self::Postgres => DbBackend::Postgres,
            Self::Mysql => DbBackend::MySql,
        }
    }

    /// Reads an error.
    pub(crate) fn fault(self, error: &DbErr) -> Fault {
        #[cfg(any(feature = "sqlite", feature = "postgres", feature = "mysql"))]
        if let Some(fault) = driver::fault(self, error) {
            return fault;
        }
        let (cause, transient) = match error {
            DbErr::Custom(text) | DbErr::Migration(text) => {
                (text.clone(), fail_point::is_transient(text))
            }
            other => (other.to_string(), false),
        };
        Fault {
            cause,
            transient,
            unanswered: false,
        }
    }
}

/// The rows of a query, by a faster way than theirs who take one row after the other; `None` where there is none.
pub(crate) async fn fetch_packed(
    db: &DatabaseConnection,
    query: &SelectStatement,
    columns: &[(&str, &ColumnType)],
) -> Result<Option<Vec<Vec<Value>>>, DbErr> {
    #[cfg(feature = "sqlite")]
    if db.get_database_backend() == DbBackend::Sqlite && sqlite::packed::takes(columns) {
        return sqlite::packed::fetch(db, query, columns).await.map(Some);
    }
    #[cfg(not(feature = "sqlite"))]
    let _ = (db, query, columns);
    Ok(None)
}

/// Whether a table is there, in this schema or where names without one lead.
///
/// # Errors
/// Also when it is there and this role may not read it.
pub(crate) async fn has_table(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<bool, DbErr> {
    let shows = match schema {
        None => SchemaManager::new(db).has_table(table).await?,
        // It would be another file, and none is attached.
        Some(_) if db.get_database_backend() == DbBackend::Sqlite => false,
        Some(schema) => shows(db, schema, table).await?,
    };
    if !shows {
        reveal(db, schema, table).await?;
    }
    Ok(shows)
}

async fn shows(db: &DatabaseConnection, schema: &str, table: &str) -> Result<bool, DbErr> {
    let look = Query::select()
        .expr(Expr::val(1))
        .from(("information_schema", "tables"))
        .and_where(Expr::col("table_schema").eq(schema))
        .and_where(Expr::col("table_name").eq(table))
        .to_owned();
    Ok(db.query_one(&look).await?.is_some())
}

/// Looks for a table that does not show, as it would not to a role that may not read it.
///
/// # Errors
/// When it is there, or nothing can be.
pub(crate) async fn reveal(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<(), DbErr> {
    match db.get_database_backend() {
        #[cfg(feature = "postgres")]
        DbBackend::Postgres => postgres::reveal(db, schema, table).await,
        #[cfg(feature = "mysql")]
        DbBackend::MySql => mysql::reveal(db, schema, table).await,
        _ => {
            // A file shows all or nothing.
            let _ = (schema, table);
            Ok(())
        }
    }
}

/// The name of a table's storage engine, if that keeps rows although a transaction was taken back.
pub(crate) async fn engine_without_transactions(
    db: &DatabaseConnection,
    schema: Option<&str>,
    table: &str,
) -> Result<Option<String>, DbErr> {
    match db.get_database_backend() {
        #[cfg(feature = "mysql")]
        DbBackend::MySql => mysql::engine_without_transactions(db, schema, table).await,
        _ => {
            // Where MySQL is left out.
            let _ = (schema, table);
            Ok(None)
        }
    }
}

/// How an engine takes the rows of one table into the open transaction.
pub(crate) enum Loader<'a> {
    #[cfg(feature = "sqlite")]
    Sqlite(sqlite::Loader<'a>),
    #[cfg(feature = "postgres")]
    Postgres(postgres::Loader<'a>),
    #[cfg(feature = "mysql")]
    Mysql(mysql::Loader<'a>),
    /// The rules of a store are tested without any engine.
    #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
    LeftOut(std::marker::PhantomData<&'a ()>),
}

impl<'a> Loader<'a> {
    /// A loader that has loaded nothing yet.
    pub fn new(write: &'a Write<'_>) -> Self {
        match write.engine {
            #[cfg(feature = "sqlite")]
            Engine::Sqlite => Self::Sqlite(sqlite::Loader::new(write)),
            #[cfg(feature = "postgres")]
            Engine::Postgres => Self::Postgres(postgres::Loader::new(write)),
            #[cfg(feature = "mysql")]
            Engine::Mysql => Self::Mysql(mysql::Loader::new(write)),
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            left_out => unreachable!("no connection to {} was opened", left_out.name()),
        }
    }

    /// Writes what of these rows is new or differs, now or when it is asked to [`settle`](Self::settle),
    /// and says what became of those that are settled.
    pub async fn load(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(loader) => loader.load(rows).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(loader) => loader.load(rows).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(loader) => loader.load(rows).await,
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Self::LeftOut(_) => unreachable!("no engine is built in"),
        }
    }

    /// Counts what [`load`](Self::load) would write, beside what is settled by that.
    pub async fn count(&mut self, rows: Rows) -> Result<Counts, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(loader) => loader.count(rows).await,
            #[cfg(feature = "postgres")]
            Self::Postgres(loader) => loader.count(rows).await,
            #[cfg(feature = "mysql")]
            Self::Mysql(loader) => loader.count(rows).await,
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Self::LeftOut(_) => unreachable!("no engine is built in"),
        }
    }

    /// Has everything in its table that was loaded, and says what became of what was not settled before.
    pub async fn settle(&mut self) -> Result<Counts, DbErr> {
        match self {
            #[cfg(feature = "sqlite")]
            Self::Sqlite(loader) => {
                loader.settle();
                Ok(Counts::default())
            }
            #[cfg(feature = "postgres")]
            Self::Postgres(loader) => loader.settle().await,
            #[cfg(feature = "mysql")]
            Self::Mysql(loader) => {
                loader.settle();
                Ok(Counts::default())
            }
            #[cfg(not(any(feature = "sqlite", feature = "postgres", feature = "mysql")))]
            Self::LeftOut(_) => unreachable!("no engine is built in"),
        }
    }

    /// Leaves the session fit to roll its transaction back, after a failure of whatever kind.
    pub async fn give_up(&mut self) -> Result<(), DbErr> {
        match self {
            #[cfg(feature = "postgres")]
            Self::Postgres(loader) => loader.give_up().await,
            #[allow(
                unreachable_patterns,
                reason = "an engine may be left out of the build"
            )]
            _ => Ok(()),
        }
    }
}
