//! Rows as the values of a prepared statement, which the server reads in less time than literals.

use sea_orm::sqlx::error::BoxDynError;
use sea_orm::sqlx::mysql::MySqlArguments;
use sea_orm::sqlx::{Arguments as _, Error};
use sea_orm::{DbErr, Value};

use super::super::driver::failed;
use super::super::scalar::Scalar;

/// Bytes that a value takes beside its own: its type, its length.
const HEAD: usize = 16;

/// The values as the driver takes them, if they take no more than so many bytes.
///
/// # Errors
/// For values of types that no fixture has.
pub(super) fn arguments(values: &[Value], limit: usize) -> Result<Option<MySqlArguments>, DbErr> {
    let mut arguments = MySqlArguments::default();
    let mut size = 0;
    for value in values {
        let scalar = Scalar::of(value)?;
        size += HEAD + length(&scalar);
        if size > limit {
            return Ok(None);
        }
        add(&mut arguments, scalar).map_err(|error| failed(Error::Encode(error)))?;
    }
    Ok(Some(arguments))
}

/// Bytes that the values take, about; too many where one is of no type that a fixture has, which is told later.
pub(super) fn size(values: &[Value]) -> usize {
    let sizes = values.iter().map(Scalar::of);
    sizes
        .map(|scalar| scalar.map_or(usize::MAX, |it| HEAD + length(&it)))
        .fold(0, usize::saturating_add)
}

fn length(scalar: &Scalar<'_>) -> usize {
    match scalar {
        Scalar::Number(text) => text.len(),
        Scalar::Text(text) => text.len(),
        Scalar::Bytes(bytes) => bytes.len(),
        Scalar::Uuid(uuid) => uuid.as_bytes().len(),
        _ => 0,
    }
}

fn add(arguments: &mut MySqlArguments, scalar: Scalar<'_>) -> Result<(), BoxDynError> {
    match scalar {
        Scalar::Null => arguments.add(None::<i64>),
        Scalar::Bool(is) => arguments.add(is),
        Scalar::Integer(number) => arguments.add(number),
        Scalar::Unsigned(number) => arguments.add(number),
        // The server reads numbers of all kinds from text, and decimals without loss.
        Scalar::Number(digits) => arguments.add(digits),
        Scalar::Text(text) => arguments.add(&*text),
        Scalar::Bytes(bytes) => arguments.add(bytes),
        // SeaORM's columns of UUIDs are of sixteen bytes here.
        Scalar::Uuid(uuid) => arguments.add(uuid.as_bytes().as_slice()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(values: &[Value], limit: usize, fits: bool) {
        let found = arguments(values, limit).expect("they are of types that fixtures have");
        let count = found.map(|arguments| arguments.len());
        assert_eq!(count, fits.then_some(values.len()), "{values:?}, {limit}");
    }

    #[test]
    fn values_fit_by_their_bytes() {
        check(&[], 0, true);
        check(&[1.into(), None::<String>.into()], 2 * HEAD, true);
        check(&[1.into(), None::<String>.into()], 2 * HEAD - 1, false);
        check(&["x".repeat(100).into()], HEAD + 100, true);
        check(&["x".repeat(100).into()], HEAD + 99, false);
        check(&[vec![0_u8; 100].into()], HEAD + 99, false);
    }
}
