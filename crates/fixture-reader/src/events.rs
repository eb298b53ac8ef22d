use std::{
    io::Read,
    sync::{Arc, Mutex},
};

use granit_parser::{Event, Marker, Parser, ScanError, options};

use crate::{
    Position, ReadError, Span, SyntaxError,
    characters::{Characters, Notes, lock},
    limits, message,
    source::Source,
};

/// The events of a YAML text, with the places they stand for.
pub(crate) struct Events<R: Read> {
    parser: Parser<'static, Characters<R>>,
    notes: Arc<Mutex<Notes>>,
    /// Lines before the first one that the parser sees.
    lines_before: u64,
}

/// An event and its place.
pub(crate) struct Placement {
    pub(crate) event: Event<'static>,
    pub(crate) span: Span,
    /// Whether nothing stands there, as for the value of `name:`.
    pub(crate) is_empty: bool,
}

impl<R: Read> Events<R> {
    /// The events of what `source` has left; it stands at the start of line `line`.
    pub(crate) fn new(source: Source<R>, line: u64) -> Self {
        let mut notes = Notes::default();
        notes.event_end.line = line;
        let notes = Arc::new(Mutex::new(notes));
        let mut options = options! {
            flow_nesting_limit: limits::DEPTH,
            block_nesting_limit: limits::DEPTH,
        };
        options.set_emit_comments(false);
        let characters = Characters::new(source, line, notes.clone());
        Self {
            parser: Parser::with_options(characters, options),
            notes,
            lines_before: line - 1,
        }
    }

    pub(crate) fn next(&mut self) -> Result<Placement, ReadError> {
        let next = self.parser.next_event();
        let failure = {
            let mut notes = lock(&self.notes);
            notes.events += 1;
            if let Some(Ok((_, place))) = &next {
                let (line, column) = self.position(&place.end);
                notes.event_end = Position { line, column };
            }
            notes.failure.take()
        };
        match (failure, next) {
            (Some(failure), _) => Err(failure),
            (None, Some(Ok((event, place)))) => Ok(self.place(event, &place)),
            (None, Some(Err(error))) => Err(self.error(&error).into()),
            (None, None) => Ok(self.place(Event::StreamEnd, &granit_parser::Span::default())),
        }
    }

    fn place(&self, event: Event<'static>, place: &granit_parser::Span) -> Placement {
        let (line, column) = self.position(&place.start);
        let end = if place.end.line() == place.start.line() {
            self.position(&place.end).1
        } else {
            self.line_end(line).unwrap_or(column)
        };
        Placement {
            event,
            span: Span::new(line, column, end.saturating_sub(column)),
            is_empty: place.start.index() == place.end.index(),
        }
    }

    fn error(&self, error: &ScanError) -> SyntaxError {
        let (line, column) = self.position(error.marker());
        let mut place = Position { line, column };
        if message::is_about_indenting_tab(error.kind()) {
            // The error is placed behind the tab, or at the scalar before it.
            let indents = &lock(&self.notes).indents;
            place = *indents.iter().find(|it| it.line >= line).unwrap_or(&place);
        }
        SyntaxError::new(
            Span::new(place.line, place.column, 1),
            message::of_scan_error(error.kind()),
        )
    }

    fn position(&self, marker: &Marker) -> (u64, u64) {
        (
            marker.line() as u64 + self.lines_before,
            marker.col() as u64 + 1,
        )
    }

    /// The column behind the last visible character of `line`. Events come in the order of the text, so that earlier
    /// lines are not asked for again.
    fn line_end(&self, line: u64) -> Option<u64> {
        let line_ends = &mut lock(&self.notes).line_ends;
        while line_ends.front().is_some_and(|(it, _)| *it < line) {
            line_ends.pop_front();
        }
        line_ends
            .front()
            .filter(|(it, _)| *it == line)
            .map(|(_, end)| *end)
    }
}
