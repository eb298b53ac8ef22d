use serde::de::DeserializeOwned;

/// The names of the fields a row type has, in order; none where `T` isn't a struct.
pub fn fields_of<T: DeserializeOwned>() -> &'static [&'static str] {
    &[]
}
