use validator::ValidationError;

/// Fails with the code and message where the condition does not hold.
pub(crate) fn ensure(
    holds: bool,
    code: &'static str,
    message: impl FnOnce() -> String,
) -> Result<(), ValidationError> {
    if holds {
        Ok(())
    } else {
        Err(ValidationError::new(code).with_message(message().into()))
    }
}
