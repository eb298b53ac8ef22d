use std::io;

use crate::Span;

/// Why a fixture can't be read on.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The input itself failed.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// The text is not a sequence of rows, or oversteps a limit.
    #[error(transparent)]
    Syntax(#[from] SyntaxError),
}

/// What is wrong with the text of a fixture, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct SyntaxError {
    /// The text to point at.
    pub span: Span,
    /// A lower-case fragment without a full stop.
    pub message: String,
}

impl SyntaxError {
    pub(crate) fn new(span: Span, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { span, message }
    }
}
