use sea_orm::sea_query::{Alias, Expr, Func, Query, SelectStatement};
use sea_orm::{ColumnType, ConnectionTrait, DatabaseConnection, DbErr, Value};
use serde_json::Value as Json;

use crate::key::KeyKind;

/// Whether JSON holds the values of these columns as they are, of which the first is the key: of one that is no
/// number, the entity alone knows the type.
pub(in crate::engine) fn takes(columns: &[(&str, &ColumnType)]) -> bool {
    let mut others = columns.iter().skip(1).map(|(_, column)| *column);
    columns.first().is_some_and(|(_, key)| is_integer(key))
        && others.all(|column| is_integer(column) || is_text(column))
}

fn is_text(column: &ColumnType) -> bool {
    use ColumnType as Type;
    matches!(column, Type::Char(_) | Type::String(_) | Type::Text)
}

fn is_integer(column: &ColumnType) -> bool {
    KeyKind::of(column) == Some(KeyKind::Integer)
}

/// All rows of a query as one, which SQLite packs: the driver takes several times as long for a row of its
/// own as SQLite does to find it.
pub(in crate::engine) async fn fetch(
    db: &DatabaseConnection,
    query: &SelectStatement,
    columns: &[(&str, &ColumnType)],
) -> Result<Vec<Vec<Value>>, DbErr> {
    let names = columns.iter().map(|(name, _)| Expr::col(Alias::new(*name)));
    let row = Func::cust("json_array").args(names);
    let packed = Query::select()
        .expr(Func::cust("json_group_array").arg(row))
        .from_subquery(query.clone(), "rows")
        .to_owned();
    let packed = db
        .query_one_raw(db.get_database_backend().build(&packed))
        .await?;
    let text: String = match packed {
        Some(row) => row.try_get_by_index(0)?,
        None => return Ok(Vec::new()),
    };
    let rows: Vec<Vec<Json>> =
        serde_json::from_str(&text).map_err(|error| DbErr::Type(error.to_string()))?;
    let typed = |row: Vec<Json>| {
        let values = row.into_iter().zip(columns);
        values
            .map(|(value, (name, column))| typed(value, name, column))
            .collect()
    };
    rows.into_iter().map(typed).collect()
}

/// A value as its column's type says. Columns of SQLite may hold what is not of their type.
fn typed(value: Json, name: &str, column: &ColumnType) -> Result<Value, DbErr> {
    match value {
        Json::Null if is_integer(column) => Ok(Value::BigInt(None)),
        Json::Null => Ok(Value::String(None)),
        Json::Number(number) if is_integer(column) && number.is_i64() => Ok(number.as_i64().into()),
        Json::String(text) if !is_integer(column) => Ok(text.into()),
        other => Err(DbErr::Type(format!(
            "`{name}` holds {other}, which is not of its type"
        ))),
    }
}
