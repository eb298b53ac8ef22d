use std::cell::Cell;

use serde::{
    Deserializer,
    de::{DeserializeOwned, DeserializeSeed, MapAccess, Visitor, value::StrDeserializer},
    forward_to_deserialize_any,
};

use crate::{
    Broken, RawRow,
    mismatch::Mismatch,
    repair,
    value::{Value, ValueDeserializer},
};

/// The typed row that `row` is.
#[inline]
pub(crate) fn deserialize<T: DeserializeOwned>(row: &RawRow) -> Result<T, Broken<T>> {
    let fields = row.fields();
    let mut progress = Progress::default();
    let access = RowAccess::new(fields, &mut progress, None);
    // Most rows are good. What is wrong with a bad one takes several attempts to find out.
    T::deserialize(access).map_err(|_| repair::broken(row))
}

/// How far the deserialization of a row came.
#[derive(Debug, Default)]
pub(crate) struct Progress {
    /// The field that is being read, counted from 0 in the order in which they are offered.
    pub(crate) current: Option<usize>,
    /// The fields that the row's type has.
    pub(crate) known: &'static [&'static str],
    /// The fields that were ignored.
    pub(crate) ignored: Vec<usize>,
}

/// Offers names and values to a type that reads itself from them.
pub(crate) struct RowAccess<'a, I> {
    fields: I,
    value: Option<Value<'a>>,
    next: usize,
    progress: &'a mut Progress,
    ignored: Option<&'a Cell<bool>>,
}

impl<'a, I: Iterator<Item = (&'a str, Value<'a>)>> RowAccess<'a, I> {
    /// Ignored fields are errors, unless there is a cell to say that one is.
    pub(crate) fn new(
        fields: I,
        progress: &'a mut Progress,
        ignored: Option<&'a Cell<bool>>,
    ) -> Self {
        Self {
            fields,
            value: None,
            next: 0,
            progress,
            ignored,
        }
    }
}

impl<'de, 'a, I: Iterator<Item = (&'a str, Value<'a>)>> Deserializer<'de> for RowAccess<'a, I> {
    type Error = Mismatch;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_map(self)
    }

    #[inline]
    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        fields: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.progress.known = fields;
        visitor.visit_map(self)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option unit unit_struct
        seq tuple tuple_struct map enum identifier ignored_any
    }
}

impl<'de, 'a, I: Iterator<Item = (&'a str, Value<'a>)>> MapAccess<'de> for RowAccess<'a, I> {
    type Error = Mismatch;

    #[inline]
    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Mismatch> {
        let Some((name, value)) = self.fields.next() else {
            self.progress.current = None;
            return Ok(None);
        };
        self.value = Some(value);
        self.progress.current = Some(self.next);
        self.next += 1;
        seed.deserialize(StrDeserializer::new(name)).map(Some)
    }

    #[inline]
    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Mismatch> {
        let value = self.value.take().unwrap_or(Value::plain(""));
        let ignored = self.ignored;
        let read = seed.deserialize(ValueDeserializer { value, ignored })?;
        if ignored.is_some_and(|it| it.replace(false)) {
            self.progress.ignored.extend(self.progress.current);
        }
        Ok(read)
    }
}
