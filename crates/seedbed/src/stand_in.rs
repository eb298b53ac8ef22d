use std::iter;

use sea_orm::sea_query::StringLen;
use sea_orm::{ColumnDef, ColumnType, Value};
use uuid::Uuid;

/// What to put where a row gives a unique value up before others are written: each another value, and as
/// many as there are of so few characters; then `None`, which is NULL, where the column takes it. Some may be
/// taken; whoever asks knows what rows have.
pub(crate) fn stand_ins(column: &ColumnDef) -> Box<dyn Iterator<Item = Option<Value>>> {
    let is_null = column.is_null();
    let nulls = iter::repeat(None).take_while(move |_| is_null);
    let values: Box<dyn Iterator<Item = Option<Value>>> = match column.get_column_type() {
        ColumnType::Char(length) => Box::new(some(texts(length.unwrap_or(1)))),
        ColumnType::String(StringLen::N(length)) => Box::new(some(texts(*length))),
        ColumnType::String(_) | ColumnType::Text => Box::new(some(texts(u32::MAX))),
        ColumnType::Uuid => Box::new(some(iter::repeat_with(Uuid::new_v4))),
        ColumnType::Integer => Box::new(some(i32::MIN..)),
        ColumnType::BigInteger => Box::new(some(i64::MIN..)),
        _ => Box::new(iter::empty()),
    };
    Box::new(values.chain(nulls))
}

fn some<T: Into<Value>>(values: impl Iterator<Item = T>) -> impl Iterator<Item = Option<Value>> {
    values.map(|value| Some(value.into()))
}

/// Texts of at most so many characters, short ones first, the most unusual characters first. They have no letters,
/// as an index may ignore case where a rule does not; and all can be had in every character set.
fn texts(longest: u32) -> impl Iterator<Item = String> {
    let is_no_letter = |character: &char| !character.is_ascii_alphabetic();
    let characters: Vec<char> = ('!'..='~').rev().filter(is_no_letter).collect();
    let text = move |mut number: usize| {
        let mut text = String::new();
        loop {
            text.push(characters[number % characters.len()]);
            match (number / characters.len()).checked_sub(1) {
                Some(rest) => number = rest,
                None => return text,
            }
        }
    };
    (0..)
        .map(text)
        .take_while(move |text| text.len() <= longest as usize)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use sea_orm::ColumnTypeTrait;

    use super::*;

    fn check(kind: ColumnType, expected: &[Option<&str>]) {
        let found: Vec<_> = stand_ins(&kind.def()).take(expected.len()).collect();
        let expected: Vec<_> = expected.iter().map(|text| text.map(Value::from)).collect();
        assert_eq!(found, expected);
    }

    #[test]
    fn they_fit_their_column() {
        let char = |length| ColumnType::Char(Some(length));
        check(char(1), &[Some("~"), Some("}"), Some("|")]);
        check(ColumnType::Text, &[Some("~"), Some("}"), Some("|")]);
        assert_eq!(stand_ins(&char(1).def()).count(), 42);
        assert_eq!(stand_ins(&ColumnType::Char(None).def()).count(), 42);
        let two = ColumnType::String(StringLen::N(2));
        assert_eq!(stand_ins(&two.def()).count(), 42 + 42 * 42);
        assert_eq!(stand_ins(&ColumnType::Date.def()).count(), 0);
        let dates: Vec<_> = stand_ins(&ColumnType::Date.def().null()).take(2).collect();
        assert_eq!(dates, [None, None]);
    }

    #[test]
    fn no_two_texts_are_the_same() {
        let texts: Vec<_> = texts(u32::MAX).take(100_000).collect();
        let distinct: HashSet<_> = texts.iter().collect();
        assert_eq!(distinct.len(), texts.len());
        let letter = |text: &&String| text.contains(char::is_alphabetic);
        assert_eq!(texts.iter().find(letter), None);
    }
}
