use servers::Kind;

use crate::databases::Databases;
use crate::on::On;

impl On {
    /// The engine of a database, as the program calls it.
    pub fn engine(self, alias: &str) -> &'static str {
        match self.kind(alias) {
            None => "sqlite",
            Some(Kind::Postgres) => "postgres",
            Some(Kind::Mariadb) => "mysql",
        }
    }
}

impl Databases {
    /// Where a database is, as the program shows it.
    pub fn location(&self, alias: &str) -> String {
        match self.server(alias) {
            Some((server, name)) => format!("127.0.0.1:{}/{name}", server.port()),
            None => format!("data/{alias}.db"),
        }
    }

    /// What statements give, each row as its values with `|` between them; `None` if it is a file.
    #[track_caller]
    pub fn rows(&self, alias: &str, statements: &str) -> Option<Vec<String>> {
        let (server, name) = self.server(alias)?;
        let rows = server.sql(&name, statements);
        let rows = rows.unwrap_or_else(|error| panic!("{alias}: {error} in {statements}"));
        let joined = |values: Vec<String>| {
            let values: Vec<String> = values.into_iter().map(as_a_file_has_it).collect();
            values.join("|")
        };
        Some(rows.into_iter().map(joined).collect())
    }

    /// A query for the names of all tables, the bookkeeping's last.
    pub fn tables(&self, alias: &str) -> String {
        let (name, list) = match self.kind(alias) {
            None => (
                "name",
                "sqlite_schema WHERE type = 'table' AND name NOT LIKE 'sqlite_%'",
            ),
            Some(Kind::Postgres) => ("tablename", "pg_tables WHERE schemaname = 'public'"),
            Some(Kind::Mariadb) => (
                "table_name",
                "information_schema.tables WHERE table_schema = DATABASE()",
            ),
        };
        format!("SELECT {name} FROM {list} ORDER BY {name} LIKE 'se%', {name}")
    }

    /// A query for the names of a table's columns.
    pub fn columns(&self, alias: &str, table: &str) -> String {
        match self.server(alias) {
            None => format!("SELECT name FROM pragma_table_info('{table}') ORDER BY cid"),
            Some((_, name)) => format!(
                "SELECT column_name FROM information_schema.columns \
                 WHERE table_name = '{table}' AND table_schema IN ('public', '{name}') \
                 ORDER BY ordinal_position",
            ),
        }
    }

    /// A query for all there is in a table. PostgreSQL tells even whether an equal row was written again.
    pub fn whole(&self, alias: &str, table: &str) -> String {
        match self.kind(alias) {
            Some(Kind::Postgres) => format!("SELECT xmin, ctid, * FROM {table} ORDER BY ctid"),
            _ => format!("SELECT * FROM {table} ORDER BY 1"),
        }
    }

    fn kind(&self, alias: &str) -> Option<Kind> {
        self.server(alias).map(|(server, _)| server.kind())
    }
}

/// Money as SQLite shows it, without the zeros of two decimals.
fn as_a_file_has_it(value: String) -> String {
    match value.split_once('.') {
        Some((whole, decimals)) if decimals.len() == 2 && whole.parse::<u64>().is_ok() => {
            let trimmed = value.trim_end_matches('0');
            trimmed.trim_end_matches('.').to_owned()
        }
        _ => value,
    }
}
