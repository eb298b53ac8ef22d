use sea_orm::{ColumnTrait, ColumnType, EntityTrait, Iterable, ModelTrait, Value};

/// The columns of decimals in a table, and how many digits each holds behind the point.
///
/// SQLite keeps decimals as binary fractions, which do not always come back as they were written, and
/// would be taken for other values.
pub(crate) struct Decimals<E: EntityTrait>(Vec<(E::Column, u32)>);

impl<E: EntityTrait> Decimals<E> {
    /// The entity's.
    pub fn new() -> Self {
        let scale = |column: E::Column| match column.def().get_column_type() {
            ColumnType::Decimal(Some((_, scale))) => Some((column, *scale)),
            _ => None,
        };
        Self(E::Column::iter().filter_map(scale).collect())
    }

    /// Rounds the decimals of a stored row to what their columns hold.
    pub fn round(&self, row: &mut E::Model) {
        for (column, scale) in &self.0 {
            if let Value::Decimal(Some(number)) = row.get(*column) {
                row.set(*column, Value::from(number.round_dp(*scale)));
            }
        }
    }
}
