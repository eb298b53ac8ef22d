use validator::{ValidateEmail, ValidateLength, ValidateRange, ValidationError};

/// What a check answers.
pub(crate) type Checked = Result<(), ValidationError>;

/// The longest name, in characters: the width of the `name` columns.
pub(crate) const NAME_LENGTH: u64 = 100;

/// A number of at least 1, as keys and quantities are.
pub(crate) fn positive(number: i64) -> Checked {
    ensure(
        number.validate_range(Some(1), None, None, None),
        "positive",
        || format!("must be at least 1, not {number}"),
    )
}

/// A text with something to read in it.
pub(crate) fn not_blank(text: &str) -> Checked {
    ensure(!text.trim().is_empty(), "required", || {
        "must not be blank".to_owned()
    })
}

/// A text no longer than a name may be.
pub(crate) fn not_too_long(text: &str) -> Checked {
    ensure(
        text.validate_length(None, Some(NAME_LENGTH), None),
        "length",
        || {
            format!(
                "must have at most {NAME_LENGTH} characters, not {}",
                text.chars().count()
            )
        },
    )
}

/// An e-mail address as HTML forms take it.
pub(crate) fn email(text: &str) -> Checked {
    ensure(text.validate_email(), "format", || {
        format!("must be an e-mail address, not `{text}`")
    })
}

/// Fails with the code and message where the condition does not hold.
pub(crate) fn ensure(holds: bool, code: &'static str, message: impl FnOnce() -> String) -> Checked {
    if holds {
        Ok(())
    } else {
        Err(ValidationError::new(code).with_message(message().into()))
    }
}
