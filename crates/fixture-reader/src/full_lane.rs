use std::{
    collections::HashMap,
    io::Read,
    sync::{Arc, Mutex},
};

use granit_parser::{Event, Marker, Parser, ScalarStyle, ScanError, Tag, options};

use crate::{
    RawRow, ReadError, Span, SyntaxError,
    characters::{Characters, Notes, lock},
    limits, message,
    node::{Mapping, Node, Placed},
    scalar,
    shape::Shape,
    source::Source,
};

/// Reads rows of any YAML, by way of a parser's events.
pub(crate) struct FullLane<R: Read> {
    parser: Parser<'static, Characters<R>>,
    notes: Arc<Mutex<Notes>>,
    /// Lines before the first one that the parser sees.
    lines_before: u64,
    in_rows: bool,
    /// The anchored nodes of this document; `None` until such a node is complete.
    anchors: HashMap<usize, Option<Arc<Node>>>,
    /// What the row and the anchored rows take, in bytes.
    row_cost: usize,
    anchored_cost: usize,
}

/// An event of the parser and the text it stands for.
type Placement = (Event<'static>, granit_parser::Span);

impl<R: Read> FullLane<R> {
    /// Reads on from `source`, which stands at the start of line `line`, outside any document.
    pub(crate) fn new(source: Source<R>, line: u64) -> Self {
        let notes = Arc::new(Mutex::new(Notes::default()));
        let mut options = options! {
            flow_nesting_limit: limits::DEPTH,
            block_nesting_limit: limits::DEPTH,
        };
        options.set_emit_comments(false);
        Self {
            parser: Parser::with_options(Characters::new(source, line, notes.clone()), options),
            notes,
            lines_before: line - 1,
            in_rows: false,
            anchors: HashMap::new(),
            row_cost: 0,
            anchored_cost: 0,
        }
    }

    /// Reads the next row into `row`. `Ok(false)` at the end.
    pub(crate) fn read(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        loop {
            let (event, span) = self.next_event()?;
            match event {
                Event::StreamEnd => return Ok(false),
                Event::DocumentStart(..) => self.start_document(),
                Event::SequenceStart(_, anchor, tag) if !self.in_rows => {
                    check_collection_tag(tag.as_deref(), "seq")
                        .map_err(|it| self.error(it, &span))?;
                    self.anchors.extend((anchor != 0).then_some((anchor, None)));
                    self.in_rows = true;
                }
                Event::SequenceEnd => self.in_rows = false,
                event if event.is_node() => {
                    if self.row((event, span), row)? {
                        return Ok(true);
                    }
                }
                _ => {}
            }
        }
    }

    /// Reads the one row there is into `row`, and says whether it was one that needs nothing else of its document.
    pub(crate) fn read_alone(mut self, row: &mut RawRow) -> bool {
        let is_row = matches!(self.read(row), Ok(true));
        is_row && matches!(self.read(row), Ok(false)) && self.anchors.is_empty()
    }

    fn start_document(&mut self) {
        self.in_rows = false;
        self.anchors.clear();
        self.anchored_cost = 0;
    }

    /// Reads the node that begins with `placement` into `row`, and says whether it is one: a document may be null.
    fn row(&mut self, placement: Placement, row: &mut RawRow) -> Result<bool, ReadError> {
        let is_alias = placement.0.is_alias();
        let anchors = self.anchors.len();
        self.row_cost = 0;
        let place = placement.1;
        let placed = self.node(placement)?;
        if self.anchors.len() > anchors {
            self.hold_row(&place)?;
        }
        match &*placed.node {
            Node::Mapping(mapping) if self.in_rows => {
                mapping.write(row)?;
                if is_alias {
                    row.start = placed.span.unwrap_or(mapping.start);
                }
                Ok(true)
            }
            node if !self.in_rows && node.value().is_null() => Ok(false),
            node => {
                let message = if self.in_rows {
                    not_a_row(node)
                } else {
                    not_rows(node)
                };
                Err(self.error(message, &place).into())
            }
        }
    }

    fn hold_row(&mut self, place: &granit_parser::Span) -> Result<(), SyntaxError> {
        self.anchored_cost += self.row_cost;
        if self.anchored_cost > limits::ANCHORED {
            return Err(self.error(
                "too many anchors: their rows take more than 64 MiB".into(),
                place,
            ));
        }
        Ok(())
    }

    /// Reads the node that begins with an event to its end.
    fn node(&mut self, (event, place): Placement) -> Result<Placed, ReadError> {
        self.row_cost += limits::NODE;
        let anchor = event.anchor_id();
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, None);
        }
        let mut span = Some(self.span(&place));
        let node = match event {
            Event::Alias(anchor) => self.aliased(anchor, &place)?,
            Event::Scalar(text, style, _, tag) => {
                span = span.filter(|_| is_visible(&text, style, &place));
                Arc::new(self.scalar(text.into_owned(), style, tag.as_deref(), &place)?)
            }
            Event::SequenceStart(_, _, tag) => {
                check_collection_tag(tag.as_deref(), "seq").map_err(|it| self.error(it, &place))?;
                Arc::new(self.list()?)
            }
            Event::MappingStart(_, _, tag) => {
                check_collection_tag(tag.as_deref(), "map").map_err(|it| self.error(it, &place))?;
                Arc::new(self.mapping(&place)?)
            }
            _ => return Err(self.error("expected a value".into(), &place).into()),
        };
        if self.row_cost > limits::ROW {
            return Err(self
                .error("a row of more than 16 MiB".into(), &place)
                .into());
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        Ok(Placed { node, span })
    }

    fn aliased(
        &self,
        anchor: usize,
        place: &granit_parser::Span,
    ) -> Result<Arc<Node>, SyntaxError> {
        match self.anchors.get(&anchor) {
            Some(Some(node)) => Ok(node.clone()),
            Some(None) => Err(self.error("an alias to a node that contains it".into(), place)),
            None => Err(self.error("an alias to no anchor".into(), place)),
        }
    }

    fn scalar(
        &mut self,
        mut text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        place: &granit_parser::Span,
    ) -> Result<Node, SyntaxError> {
        if text.len() > limits::SCALAR {
            return Err(self.error(limits::SCALAR_MESSAGE.into(), place));
        }
        self.row_cost += text.len();
        // The parser writes an empty value as it would a null.
        if style == ScalarStyle::Plain && place.start.index() == place.end.index() {
            text.clear();
        }
        let shape = match tag {
            Some(tag) => shape_by_tag(&text, tag).map_err(|it| self.error(it, place))?,
            None if style == ScalarStyle::Plain => Shape::Plain,
            None => Shape::Text,
        };
        Ok(Node::Scalar { text, shape })
    }

    fn list(&mut self) -> Result<Node, ReadError> {
        let mut items = Vec::new();
        loop {
            match self.next_event()? {
                (Event::SequenceEnd, _) => return Ok(Node::List(items)),
                item => items.push(self.node(item)?),
            }
        }
    }

    fn mapping(&mut self, place: &granit_parser::Span) -> Result<Node, ReadError> {
        let mut mapping = Mapping::new(self.span(place));
        let mut is_first = true;
        loop {
            let name = match self.next_event()? {
                (Event::MappingEnd, _) => break,
                name => name,
            };
            let name_span = self.span(&name.1);
            if is_first {
                mapping.start = name_span;
                is_first = false;
            }
            let name = self.node(name)?;
            let value = self.next_event()?;
            let value = self.node(value)?;
            mapping.push(name, name_span, value)?;
        }
        mapping.merge()?;
        Ok(Node::Mapping(mapping))
    }

    fn next_event(&mut self) -> Result<Placement, ReadError> {
        let event = self.parser.next_event();
        let mut notes = lock(&self.notes);
        notes.events += 1;
        if let Some(failure) = notes.failure.take() {
            return Err(failure);
        }
        drop(notes);
        match event {
            Some(Ok(event)) => Ok(event),
            Some(Err(error)) => Err(self.scan_error(&error).into()),
            None => Ok((Event::StreamEnd, granit_parser::Span::default())),
        }
    }

    fn scan_error(&self, error: &ScanError) -> SyntaxError {
        let place = granit_parser::Span::empty(*error.marker());
        self.error(message::of_scan_error(error.kind()), &place)
    }

    fn error(&self, message: String, place: &granit_parser::Span) -> SyntaxError {
        SyntaxError::new(self.span(place), message)
    }

    fn span(&self, place: &granit_parser::Span) -> Span {
        let (line, column) = self.position(&place.start);
        let end = if place.end.line() == place.start.line() {
            self.position(&place.end).1
        } else {
            self.line_end(line).unwrap_or(column)
        };
        Span::new(line, column, end.saturating_sub(column))
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

/// Whether there is a text to point at: a block scalar may be nothing but line breaks.
fn is_visible(text: &str, style: ScalarStyle, place: &granit_parser::Span) -> bool {
    match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => true,
        ScalarStyle::Plain => place.start.index() != place.end.index(),
        ScalarStyle::Literal | ScalarStyle::Folded => text.bytes().any(|it| it != b'\n'),
    }
}

fn not_rows(node: &Node) -> String {
    let found = message::kind_of(node.value());
    format!("expected a sequence of rows, each beginning with `- `, found {found}")
}

fn not_a_row(node: &Node) -> String {
    let found = message::kind_of(node.value());
    format!("expected a row, such as `id: 1` or `{{id: 1}}`, found {found}")
}

/// The shape that a tag gives to a scalar. Only the core schema's tags are known: what another tag means, nobody here can
/// say.
fn shape_by_tag(text: &str, tag: &Tag) -> Result<Shape, String> {
    if tag.parts() == ("", "!") {
        return Ok(Shape::Text);
    }
    let is_right = match tag.core_suffix() {
        Some("str") => return Ok(Shape::Text),
        Some("int") => scalar::is_integer(text),
        Some("float") => scalar::is_integer(text) || scalar::float(text).is_some(),
        Some("bool") => scalar::boolean(text).is_some(),
        Some("null") => scalar::is_null(text),
        Some(_) => false,
        None => return Err(unknown_tag(tag)),
    };
    if is_right {
        Ok(Shape::Plain)
    } else {
        Err(format!(
            "`{}` is not what the tag `{}` says",
            message::shown(text),
            tag.original()
        ))
    }
}

fn check_collection_tag(tag: Option<&Tag>, expected: &str) -> Result<(), String> {
    match tag {
        None => Ok(()),
        Some(tag) if tag.parts() == ("", "!") || tag.core_suffix() == Some(expected) => Ok(()),
        Some(tag) => Err(unknown_tag(tag)),
    }
}

fn unknown_tag(tag: &Tag) -> String {
    let tag = tag.original();
    format!(
        "the tag `{}` has no meaning here; leave it out",
        message::shown(&tag)
    )
}
