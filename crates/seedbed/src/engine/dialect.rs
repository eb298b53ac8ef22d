use crate::table::{Column, Table};

/// What engines say differently where rows `r` are compared with those of a table `s`.
pub(super) struct Dialect {
    /// Stands around names.
    pub mark: char,
    /// `=` for values that may be NULL.
    pub is: &'static str,
    /// Joins each row of the left to what it meets on the right, in that order where it can be told.
    pub join: &'static str,
    /// Has keys taken as they are given, even where the table says that it always makes them itself.
    #[cfg_attr(
        not(any(feature = "postgres", feature = "mysql")),
        allow(dead_code, reason = "servers alone merge rows so")
    )]
    pub given_keys: &'static str,
    /// A column's value, told apart to the last byte whatever the collation.
    pub exact: fn(&Column, String) -> String,
}

impl Dialect {
    /// A table's columns, as a list.
    pub fn columns(&self, table: &Table) -> String {
        self.list(&table.columns, ", ", |column| column.quoted(self.mark))
    }

    /// The same of the rows `r`.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub fn values(&self, table: &Table) -> String {
        self.list(&table.columns, ", ", |column| self.of("r", column))
    }

    /// Whether a stored row is the one that a row of `rows` is about, which are not always called `r`.
    pub fn is_same(&self, table: &Table, rows: &str) -> String {
        let key = table.key();
        let plain = format!("{} = {}", self.of("s", key), self.of(rows, key));
        match self.sides(key, rows) {
            [stored, _] if stored == self.of("s", key) => plain,
            // The index is found by the first of these.
            [stored, row] => format!("{plain} AND {stored} = {row}"),
        }
    }

    /// Whether a stored row has all values of one of `rows`.
    pub fn is_equal(&self, table: &Table, rows: &str) -> String {
        if table.fields().is_empty() {
            return "1 = 1".to_owned();
        }
        self.list(table.fields(), " AND ", |column| {
            let [stored, row] = self.sides(column, rows);
            format!("{stored} {} {row}", self.is)
        })
    }

    /// Counts the rows whose keys are stored, and those that are stored as they are.
    pub fn compare(&self, table: &Table, rows: &str) -> String {
        format!(
            "SELECT count(*), count(CASE WHEN {} THEN 1 END) FROM {rows} AS r {} {} AS s ON {}",
            self.is_equal(table, "r"),
            self.join,
            table.quoted(self.mark),
            self.is_same(table, "r"),
        )
    }

    /// Inserts the rows whose keys are not stored.
    #[cfg(any(feature = "postgres", feature = "mysql"))]
    pub fn insert_new(&self, table: &Table, rows: &str) -> String {
        let name = table.quoted(self.mark);
        format!(
            "INSERT INTO {name} ({}) {} SELECT {} FROM {rows} AS r WHERE NOT EXISTS (SELECT 1 FROM {name} AS s WHERE {})",
            self.columns(table),
            self.given_keys,
            self.values(table),
            self.is_same(table, "r"),
        )
    }

    /// What `text` makes of each column.
    pub fn list(
        &self,
        columns: &[Column],
        separator: &str,
        text: impl Fn(&Column) -> String,
    ) -> String {
        let texts: Vec<_> = columns.iter().map(text).collect();
        texts.join(separator)
    }

    /// A column of `s` or `r`.
    pub fn of(&self, rows: &str, column: &Column) -> String {
        format!("{rows}.{}", column.quoted(self.mark))
    }

    fn sides(&self, column: &Column, rows: &str) -> [String; 2] {
        ["s", rows].map(|rows| (self.exact)(column, self.of(rows, column)))
    }
}
