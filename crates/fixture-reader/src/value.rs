use std::{borrow::Cow, cell::Cell, fmt::Display, str::FromStr};

use serde::{
    Deserializer,
    de::{IntoDeserializer, Visitor},
    forward_to_deserialize_any,
};

use crate::{
    decimal::{NoDecimal, decimal_text},
    mismatch::Mismatch,
    scalar,
    shape::Shape,
};

/// The value of a field, as the fixture writes it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Value<'a> {
    /// A scalar's text without quotes and escapes; nothing for a list or a mapping.
    pub(crate) text: &'a str,
    pub(crate) shape: Shape,
}

impl<'a> Value<'a> {
    pub(crate) fn plain(text: &'a str) -> Self {
        let shape = Shape::Plain;
        Self { text, shape }
    }

    pub(crate) fn is_null(&self) -> bool {
        self.shape == Shape::Plain && scalar::is_null(self.text)
    }

    /// The text of any scalar but null.
    fn text(&self) -> Result<&'a str, Mismatch> {
        match self.shape {
            _ if self.is_null() => Err(Mismatch::Null),
            Shape::Plain | Shape::Text if memchr::memchr(0, self.text.as_bytes()).is_some() => {
                Err(Mismatch::HoldsNul)
            }
            Shape::Plain | Shape::Text => Ok(self.text),
            Shape::Misfit | Shape::List | Shape::Mapping => Err(Mismatch::Not("text".into())),
        }
    }

    /// What `read` makes of a plain scalar that is not null.
    fn plain_as<T>(
        &self,
        read: impl FnOnce(&'a str) -> Option<T>,
        expected: impl FnOnce() -> String,
    ) -> Result<T, Mismatch> {
        match (self.shape, read(self.text)) {
            (Shape::Plain, Some(value)) => Ok(value),
            (Shape::Text, Some(_)) => Err(Mismatch::Quoted(expected())),
            _ => Err(self.not(expected())),
        }
    }

    fn not(&self, expected: String) -> Mismatch {
        if self.is_null() {
            Mismatch::Null
        } else {
            Mismatch::Not(expected)
        }
    }

    #[inline]
    fn integer<T: TryFrom<i32> + TryFrom<u128> + TryFrom<i128>>(
        &self,
        min: impl Display,
        max: impl Display,
    ) -> Result<T, Mismatch> {
        if self.shape == Shape::Plain
            && let Some(short) = scalar::short_integer(self.text)
            && let Ok(integer) = T::try_from(short)
        {
            return Ok(integer);
        }
        self.other_integer(min, max)
    }

    #[cold]
    fn other_integer<T: TryFrom<u128> + TryFrom<i128>>(
        &self,
        min: impl Display,
        max: impl Display,
    ) -> Result<T, Mismatch> {
        let read = |text| match scalar::integer(text)? {
            (false, magnitude) => T::try_from(magnitude).ok(),
            (true, magnitude) => T::try_from(0i128.checked_sub_unsigned(magnitude)?).ok(),
        };
        // Whoever wrote no whole number at all has no use for how large one may be.
        self.plain_as(read, || match read(self.text) {
            None if scalar::is_integer(self.text) => format!("a whole number from {min} to {max}"),
            _ => "a whole number".into(),
        })
    }

    fn float<T: FromStr>(&self, is_finite: impl FnOnce(&T) -> bool) -> Result<T, Mismatch> {
        let read = |text| {
            let number = if scalar::float(text).is_some() {
                text.parse()
            } else {
                // Hexadecimal and octal numbers have no sign.
                scalar::integer(text)?.1.to_string().parse()
            };
            number.ok().filter(is_finite)
        };
        self.plain_as(read, || "a finite number".into())
    }

    fn decimal(&self) -> Result<Cow<'a, str>, Mismatch> {
        match (self.shape, decimal_text(self.text)) {
            (Shape::Plain, Ok(text)) => Ok(text),
            (Shape::Text, Ok(_)) => Err(Mismatch::Quoted("a number".into())),
            (Shape::Plain, Err(NoDecimal::Inexact)) => {
                Err(self.not("a number that 28 digits hold exactly".into()))
            }
            _ => Err(self.not("a number".into())),
        }
    }
}

/// Reads a field's value as its type asks for it.
pub(crate) struct ValueDeserializer<'a> {
    pub(crate) value: Value<'a>,
    /// Set when the value is ignored, because the row's type has no such field. Without it that is an error.
    pub(crate) ignored: Option<&'a Cell<bool>>,
}

macro_rules! integers {
    ($($method:ident $visit:ident $type:ty,)*) => {$(
        #[inline]
        fn $method<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
            visitor.$visit(self.value.integer::<$type>(<$type>::MIN, <$type>::MAX)?)
        }
    )*};
}

impl<'de> Deserializer<'de> for ValueDeserializer<'_> {
    type Error = Mismatch;

    integers! {
        deserialize_i8 visit_i8 i8,
        deserialize_i16 visit_i16 i16,
        deserialize_i32 visit_i32 i32,
        deserialize_i64 visit_i64 i64,
        deserialize_i128 visit_i128 i128,
        deserialize_u8 visit_u8 u8,
        deserialize_u16 visit_u16 u16,
        deserialize_u32 visit_u32 u32,
        deserialize_u64 visit_u64 u64,
        deserialize_u128 visit_u128 u128,
    }

    /// Serves numbers: who asks for any value wants one that no type of Rust's own can hold.
    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(&self.value.decimal()?)
    }

    fn deserialize_f32<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f32(self.value.float(|it: &f32| it.is_finite())?)
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_f64(self.value.float(|it: &f64| it.is_finite())?)
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let expected = || "true or false".into();
        visitor.visit_bool(self.value.plain_as(scalar::boolean, expected)?)
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(self.value.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(self.value.text()?)
    }

    fn deserialize_char<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_str(self.value.text()?)
    }

    fn deserialize_bytes<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_bytes(self.value.text()?.as_bytes())
    }

    fn deserialize_byte_buf<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        visitor.visit_bytes(self.value.text()?.as_bytes())
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.value.is_null() {
            visitor.visit_none()
        } else {
            visitor.visit_some(self)
        }
    }

    fn deserialize_unit<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        if self.value.is_null() {
            visitor.visit_unit()
        } else {
            Err(Mismatch::Not("empty".into()))
        }
    }

    fn deserialize_unit_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        self.deserialize_unit(visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _name: &'static str,
        variants: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Mismatch> {
        match self.value.text() {
            Ok(text) => visitor.visit_enum(text.into_deserializer()),
            Err(why @ (Mismatch::Null | Mismatch::HoldsNul)) => Err(why),
            Err(_) => Err(Mismatch::NoVariant(variants)),
        }
    }

    fn deserialize_ignored_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Mismatch> {
        let ignored = self.ignored.ok_or(Mismatch::Unknown)?;
        ignored.set(true);
        visitor.visit_unit()
    }

    fn deserialize_seq<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Mismatch> {
        Err(not_in_a_field())
    }

    fn deserialize_tuple<V: Visitor<'de>>(
        self,
        _len: usize,
        _visitor: V,
    ) -> Result<V::Value, Mismatch> {
        Err(not_in_a_field())
    }

    fn deserialize_tuple_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _len: usize,
        _visitor: V,
    ) -> Result<V::Value, Mismatch> {
        Err(not_in_a_field())
    }

    fn deserialize_map<V: Visitor<'de>>(self, _visitor: V) -> Result<V::Value, Mismatch> {
        Err(not_in_a_field())
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _name: &'static str,
        _fields: &'static [&'static str],
        _visitor: V,
    ) -> Result<V::Value, Mismatch> {
        Err(not_in_a_field())
    }

    forward_to_deserialize_any! { identifier }
}

fn not_in_a_field() -> Mismatch {
    Mismatch::Said("fields of this type can't be read from a fixture".into())
}
