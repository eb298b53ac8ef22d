use std::{
    collections::VecDeque,
    io::Read,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use granit_parser::{BorrowedInput, ErrorKind, Input, InputIoError};

use crate::{Position, ReadError, Span, SyntaxError, limits, message, source::Source};

/// How far the scanner may look ahead: its own buffered input offers as much.
const AHEAD: usize = 16;

/// The characters of a text, as granit's scanner asks for them.
pub(crate) struct Characters<R> {
    source: Source<R>,
    /// The next `AHEAD` characters, fewer only at the end.
    ahead: VecDeque<char>,
    /// Where those of them stand that are not printable.
    hidden: VecDeque<Position>,
    line: u64,
    column: u64,
    ink_end: u64,
    last: char,
    since_event: usize,
    events_seen: u64,
    failed: bool,
    /// Why there are no more characters than those ahead, until they have been read.
    failure: Option<ReadError>,
    chunk: [u8; 4],
    notes: Arc<Mutex<Notes>>,
}

/// What the characters and the events made of them have to tell each other: the parser between the two owns the one
/// and hands out the other.
#[derive(Default)]
pub(crate) struct Notes {
    /// How many events the parser has given.
    pub(crate) events: u64,
    /// Where the last one ended.
    pub(crate) event_end: Position,
    /// Lines and the column behind the last visible character of each, the latest last.
    pub(crate) line_ends: VecDeque<(u64, u64)>,
    /// The first tab before anything visible of the latest lines that have one there.
    pub(crate) indents: VecDeque<Position>,
    /// Why the characters end early.
    pub(crate) failure: Option<ReadError>,
}

pub(crate) fn lock(notes: &Mutex<Notes>) -> MutexGuard<'_, Notes> {
    notes.lock().unwrap_or_else(PoisonError::into_inner)
}

impl<R: Read> Characters<R> {
    /// The characters of `source`, which stands at the start of line `line`.
    pub(crate) fn new(source: Source<R>, line: u64, notes: Arc<Mutex<Notes>>) -> Self {
        let mut characters = Self {
            source,
            ahead: VecDeque::with_capacity(AHEAD),
            hidden: VecDeque::new(),
            line,
            column: 1,
            ink_end: 1,
            last: '\n',
            since_event: 0,
            events_seen: 0,
            failed: false,
            failure: None,
            chunk: [0; 4],
            notes,
        };
        for _ in 0..AHEAD {
            characters.look_further();
        }
        characters
    }

    fn pop(&mut self) -> Option<char> {
        let character = self.ahead.pop_front();
        self.look_further();
        self.tell_failure();
        character
    }

    /// The next character, if it is not printable.
    fn next_hidden(&self) -> Option<char> {
        // Nearly always there is none ahead.
        let next = self.ahead.front().filter(|_| !self.hidden.is_empty());
        next.copied().filter(|it| !is_printable(*it))
    }

    /// Ends the text at `character`, which is the next one.
    fn refuse(&mut self, character: char) {
        let place = self.hidden.pop_front().unwrap_or_default();
        let error = SyntaxError::new(
            Span::new(place.line, place.column, 1),
            message::not_printable(character),
        );
        self.ahead.clear();
        self.fail(error.into());
    }

    fn fail(&mut self, failure: ReadError) {
        self.failed = true;
        self.failure = Some(failure);
        self.tell_failure();
    }

    /// What is wrong in the text before a failure is told rather than the failure.
    fn tell_failure(&mut self) {
        if self.ahead.is_empty()
            && let Some(failure) = self.failure.take()
        {
            lock(&self.notes).failure = Some(failure);
        }
    }

    fn look_further(&mut self) {
        if self.failed {
            return;
        }
        match self.decode() {
            Ok(Some(character)) => self.ahead.push_back(character),
            Ok(None) => {}
            Err(failure) => self.fail(failure),
        }
    }

    fn decode(&mut self) -> Result<Option<char>, ReadError> {
        // No character takes more than four bytes.
        self.source.ensure(4)?;
        let bytes = self.source.unread();
        let Some(&first) = bytes.first() else {
            return Ok(None);
        };
        let width = match first {
            0 => return Err(self.error("a NUL character; fixtures are text in UTF-8")),
            1..0x80 => 1,
            0x80..0xe0 => 2,
            0xe0..0xf0 => 3,
            0xf0.. => 4,
        };
        let text = bytes.get(..width).and_then(|it| str::from_utf8(it).ok());
        let Some(character) = text.and_then(|text| text.chars().next()) else {
            return Err(self.error("not UTF-8; save the fixture in that encoding"));
        };
        self.source.consume(width);
        if !is_printable(character) {
            self.hidden.push_back(Position {
                line: self.line,
                column: self.column,
            });
        }
        self.step(character)?;
        Ok(Some(character))
    }

    /// Moves the position past `character`.
    fn step(&mut self, character: char) -> Result<(), ReadError> {
        self.since_event += 1;
        if self.since_event > limits::STRETCH && !self.heard_event() {
            // What is too long has begun there.
            let start = lock(&self.notes).event_end;
            let span = Span::new(start.line, start.column, 1);
            return Err(SyntaxError::new(span, limits::STRETCH_MESSAGE).into());
        }
        match character {
            '\n' if self.last == '\r' => {}
            '\n' | '\r' => self.end_line(),
            _ => {
                if character == '\t' && self.ink_end == 1 {
                    self.note_indent();
                }
                self.column += 1;
                if !matches!(character, ' ' | '\t') {
                    self.ink_end = self.column;
                }
            }
        }
        self.last = character;
        Ok(())
    }

    fn end_line(&mut self) {
        self.heard_event();
        let notes = &mut lock(&self.notes);
        if notes.line_ends.len() == limits::LINE_ENDS {
            notes.line_ends.pop_front();
        }
        notes.line_ends.push_back((self.line, self.ink_end));
        self.line += 1;
        self.column = 1;
        self.ink_end = 1;
    }

    /// The scanner may be `AHEAD` characters behind, and so may be those of so many lines.
    fn note_indent(&mut self) {
        let indents = &mut lock(&self.notes).indents;
        if indents.back().is_none_or(|last| last.line != self.line) {
            if indents.len() > AHEAD {
                indents.pop_front();
            }
            indents.push_back(Position {
                line: self.line,
                column: self.column,
            });
        }
    }

    /// Whether there were events since this was last asked.
    fn heard_event(&mut self) -> bool {
        let events = lock(&self.notes).events;
        let heard = events != self.events_seen;
        if heard {
            self.events_seen = events;
            self.since_event = 0;
        }
        heard
    }

    fn error(&self, message: &str) -> ReadError {
        SyntaxError::new(Span::new(self.line, self.column, 1), message).into()
    }
}

impl<R: Read> Input for Characters<R> {
    fn lookahead(&mut self, _count: usize) {}

    fn buflen(&self) -> usize {
        AHEAD
    }

    fn bufmaxlen(&self) -> usize {
        AHEAD
    }

    fn raw_read_ch(&mut self) -> char {
        if let Some(character) = self.next_hidden() {
            self.refuse(character);
        }
        self.pop().unwrap_or('\0')
    }

    fn raw_read_non_breakz_ch(&mut self) -> Option<char> {
        match self.ahead.front() {
            None | Some('\n' | '\r') => None,
            Some(_) => Some(self.raw_read_ch()),
        }
    }

    fn skip(&mut self) {
        let _ = self.raw_read_ch();
    }

    fn skip_n(&mut self, count: usize) {
        for _ in 0..count {
            self.skip();
        }
    }

    fn peek(&self) -> char {
        self.peek_nth(0)
    }

    /// The scanner refuses whatever is not printable, in quotes too, and does not always say where. It is shown another
    /// character instead, and gets the true one where that may be: in quotes (`take_quoted_scalar_chunk`).
    fn peek_nth(&self, n: usize) -> char {
        match self.ahead.get(n) {
            Some(&character) if self.hidden.is_empty() || is_printable(character) => character,
            // Where the text breaks off there might have been anything.
            None if n == 0 || self.failure.is_none() => '\0',
            Some(_) | None => char::REPLACEMENT_CHARACTER,
        }
    }

    /// The scanner reads with this in quotes alone, where it has seen an ordinary character.
    fn take_quoted_scalar_chunk(&mut self, _single: bool) -> (&str, usize) {
        match self.next_hidden() {
            Some(character) if character >= ' ' => {
                self.hidden.pop_front();
                self.pop();
                (character.encode_utf8(&mut self.chunk), 1)
            }
            _ => ("", 0),
        }
    }

    fn next_is_z(&self) -> bool {
        self.ahead.is_empty()
    }

    /// The scanner skips comments with this: they may be as long as they like.
    fn skip_while_non_breakz(&mut self) -> usize {
        let mut count = 0;
        while !matches!(self.peek(), '\n' | '\r' | '\0') {
            self.since_event = 0;
            self.skip();
            count += 1;
        }
        self.since_event = 0;
        count
    }

    fn take_source_error(&mut self) -> Option<ErrorKind> {
        // The true failure is in the notes.
        let error = || InputIoError::from_message("the characters end early");
        let is_over = self.failed && self.ahead.is_empty();
        is_over.then(|| ErrorKind::InputIo { error: error() })
    }
}

/// Whether YAML allows `character` everywhere (specification 1.2.2, production 1). In quotes it allows others, from the blank
/// on, as well (production 2).
pub(crate) fn is_printable(character: char) -> bool {
    matches!(
        character,
        '\t' | '\n' | '\r' | ' '..='~' | '\u{85}' | '\u{a0}'..='\u{d7ff}' | '\u{e000}'..='\u{fffd}' | '\u{10000}'..
    )
}

impl<R: Read> BorrowedInput<'static> for Characters<R> {
    fn slice_borrowed(&self, _start: usize, _end: usize) -> Option<&'static str> {
        None
    }
}
