use std::fmt;

use sea_orm::{
    ActiveModelTrait, ActiveValue, ColumnTrait, ColumnType, DatabaseConnection, DbErr, EntityTrait,
    IntoActiveModel, Iterable, Value,
};

use crate::engine;
use crate::rules::{FixtureEntity, Rules, key_column, name_of};

/// A dataset's table as statements name it. Its columns are in the order in which rows have their
/// values: the key first.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub schema: Option<String>,
    pub name: String,
    pub columns: Vec<Column>,
    /// Whether values of a field other than the key are unique, so that there is an index of them.
    #[cfg_attr(
        not(feature = "sqlite"),
        expect(dead_code, reason = "servers have caches of their own")
    )]
    pub has_unique: bool,
}

/// A column and the type that the entity gives it.
#[derive(Clone, Debug)]
pub(crate) struct Column {
    pub name: &'static str,
    pub kind: ColumnType,
}

impl Table {
    /// The table of an entity with these rules.
    pub fn of<E: EntityTrait>(rules: &Rules<E>) -> Self {
        let entity = E::default();
        let column = |column: E::Column| Column {
            name: name_of::<E>(column),
            kind: column.def().get_column_type().clone(),
        };
        Self {
            schema: entity.schema_name().map(str::to_owned),
            name: entity.table_name().to_owned(),
            columns: columns::<E>().into_iter().map(column).collect(),
            has_unique: !rules.unique.is_empty(),
        }
    }

    /// Whether it is there.
    ///
    /// # Errors
    /// Also when it is there and this role may not read it.
    pub async fn is_there(&self, db: &DatabaseConnection) -> Result<bool, DbErr> {
        engine::has_table(db, self.schema.as_deref(), &self.name).await
    }

    /// The column that names a row.
    pub fn key(&self) -> &Column {
        &self.columns[0]
    }

    /// The other columns.
    pub fn fields(&self) -> &[Column] {
        &self.columns[1..]
    }

    /// The table's name in a statement.
    pub fn quoted(&self, mark: char) -> String {
        let schema = self
            .schema
            .as_deref()
            .map(|schema| quoted(schema, mark) + ".");
        schema.unwrap_or_default() + &quoted(&self.name, mark)
    }
}

/// The name as one says it.
impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(schema) = &self.schema {
            write!(f, "{schema}.")?;
        }
        f.write_str(&self.name)
    }
}

impl Column {
    /// The column's name in a statement.
    pub fn quoted(&self, mark: char) -> String {
        quoted(self.name, mark)
    }

    /// Whether it holds text, which an engine may compare by rules of their own.
    #[cfg(any(feature = "sqlite", feature = "mysql"))]
    pub fn is_text(&self) -> bool {
        matches!(
            self.kind,
            ColumnType::Char(_)
                | ColumnType::String(_)
                | ColumnType::Text
                | ColumnType::Enum { .. }
        )
    }

    /// Whether it holds bytes.
    #[cfg(feature = "postgres")]
    pub fn is_binary(&self) -> bool {
        matches!(
            self.kind,
            ColumnType::Binary(_) | ColumnType::VarBinary(_) | ColumnType::Blob
        )
    }
}

/// A name in a statement.
pub(crate) fn quoted(name: &str, mark: char) -> String {
    let doubled = name.replace(mark, &format!("{mark}{mark}"));
    format!("{mark}{doubled}{mark}")
}

/// An entity's columns, the key first.
pub(crate) fn columns<E: EntityTrait>() -> Vec<E::Column> {
    let key = key_column::<E>();
    let is_key = |column: &E::Column| name_of::<E>(*column) == name_of::<E>(key);
    let fields = E::Column::iter().filter(|column| !is_key(column));
    std::iter::once(key).chain(fields).collect()
}

/// Rows of one table, value after value in the order of its columns.
#[derive(Debug, Default)]
pub(crate) struct Rows {
    pub values: Vec<Value>,
    pub count: usize,
}

impl Rows {
    /// None yet, with room for some.
    pub fn with_capacity(rows: usize, columns: usize) -> Self {
        Self {
            values: Vec::with_capacity(rows * columns),
            count: 0,
        }
    }

    /// Adds a row, whose columns are `columns`.
    pub fn push<E: FixtureEntity>(&mut self, row: E::Model, columns: &[E::Column]) {
        let mut row = row.into_active_model();
        let value = |column: &E::Column| match row.take(*column) {
            ActiveValue::Set(value) | ActiveValue::Unchanged(value) => value,
            ActiveValue::NotSet => unreachable!("a model has a value for each of its columns"),
        };
        self.values.extend(columns.iter().map(value));
        self.count += 1;
    }
}
