use std::{collections::HashMap, io::Read, sync::Arc};

use granit_parser::{Event, ScalarStyle, Tag};

use crate::{
    RawRow, ReadError, Span, SyntaxError,
    events::{Events, Placement},
    limits, message,
    node::{Mapping, Node, Placed},
    shape::Shape,
    source::Source,
    tag,
};

/// Reads rows of any YAML, by way of a parser's events.
pub(crate) struct FullLane<R: Read> {
    events: Events<R>,
    in_rows: bool,
    /// The anchored nodes of this document; `None` until such a node is complete.
    anchors: HashMap<usize, Option<Arc<Node>>>,
    /// What the row and the anchored rows take, in bytes.
    row_cost: usize,
    anchored_cost: usize,
    /// Bytes that aliases of this document have repeated.
    repeated: usize,
}

impl<R: Read> FullLane<R> {
    /// Reads on from `source`, which stands at the start of line `line`, outside any document.
    pub(crate) fn new(source: Source<R>, line: u64) -> Self {
        Self {
            events: Events::new(source, line),
            in_rows: false,
            anchors: HashMap::new(),
            row_cost: 0,
            anchored_cost: 0,
            repeated: 0,
        }
    }

    /// Reads the next row into `row`. `Ok(false)` at the end.
    pub(crate) fn read(&mut self, row: &mut RawRow) -> Result<bool, ReadError> {
        loop {
            let next = self.events.next()?;
            if next.event == Event::StreamEnd {
                return Ok(false);
            }
            if self.begins_item(&next)? && self.item(next, row)? {
                return Ok(true);
            }
        }
    }

    /// Whether an event is neither before, between, nor after the items of a document.
    fn begins_item(&mut self, next: &Placement) -> Result<bool, SyntaxError> {
        match &next.event {
            Event::DocumentStart(..) => self.start_document(),
            Event::SequenceStart(_, anchor, tag) if !self.in_rows => {
                let tag = tag::check_collection(tag.as_deref(), "seq");
                tag.map_err(|it| SyntaxError::new(next.span, it))?;
                self.anchors
                    .extend((*anchor != 0).then_some((*anchor, None)));
                self.in_rows = true;
            }
            Event::SequenceEnd => self.in_rows = false,
            event => return Ok(event.is_node()),
        }
        Ok(false)
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
        self.repeated = 0;
    }

    /// Reads the node that begins with `first` into `row`, and says whether it is one: a document may be null.
    fn item(&mut self, first: Placement, row: &mut RawRow) -> Result<bool, ReadError> {
        let (span, is_alias) = (first.span, first.event.is_alias());
        let anchors = self.anchors.len();
        self.row_cost = 0;
        let node = self.node(first)?.node;
        if self.anchors.len() > anchors {
            self.hold_row(span)?;
        }
        match &*node {
            Node::Mapping(mapping) if self.in_rows => {
                self.repeated += mapping.write(row)?;
                if is_alias {
                    self.repeated += row.text_len();
                    row.move_to(span);
                }
                if self.repeated > limits::REPEATED {
                    let message = "aliases that repeat more than 1 GiB of text";
                    return Err(SyntaxError::new(span, message).into());
                }
                Ok(true)
            }
            node if !self.in_rows && node.value().is_null() => Ok(false),
            node => Err(SyntaxError::new(span, self.not_a_row(node)).into()),
        }
    }

    fn not_a_row(&self, node: &Node) -> String {
        let expected = if self.in_rows {
            "a row, such as `id: 1` or `{id: 1}`"
        } else {
            "a sequence of rows, each beginning with `- `"
        };
        let found = message::kind_of(node.value());
        format!("expected {expected}, found {found}")
    }

    fn hold_row(&mut self, span: Span) -> Result<(), SyntaxError> {
        self.anchored_cost += self.row_cost;
        if self.anchored_cost > limits::ANCHORED {
            let message = "too many anchors: their rows take more than 24 MiB";
            return Err(SyntaxError::new(span, message));
        }
        Ok(())
    }

    /// Reads the node that begins with `first` to its end.
    fn node(&mut self, first: Placement) -> Result<Placed, ReadError> {
        let Placement {
            event,
            span,
            is_empty,
        } = first;
        self.row_cost += limits::NODE;
        let (anchor, is_alias) = (event.anchor_id(), event.is_alias());
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, None);
        }
        let mut is_visible = true;
        let node = match event {
            Event::Alias(anchor) => self.aliased(anchor, span)?,
            Event::Scalar(text, style, _, tag) => {
                let text = if is_empty && style == ScalarStyle::Plain {
                    "".into()
                } else {
                    text
                };
                is_visible = has_ink(&text, style);
                Arc::new(self.scalar(text.into_owned(), style, tag.as_deref(), span)?)
            }
            Event::SequenceStart(_, _, tag) => {
                let tag = tag::check_collection(tag.as_deref(), "seq");
                tag.map_err(|it| SyntaxError::new(span, it))?;
                Arc::new(self.list()?)
            }
            Event::MappingStart(_, _, tag) => {
                let tag = tag::check_collection(tag.as_deref(), "map");
                tag.map_err(|it| SyntaxError::new(span, it))?;
                Arc::new(self.mapping(span)?)
            }
            _ => return Err(SyntaxError::new(span, "expected a value").into()),
        };
        if self.row_cost > limits::ROW {
            return Err(SyntaxError::new(span, "a row of more than 16 MiB").into());
        }
        if let Some(anchor) = anchor {
            self.anchors.insert(anchor, Some(node.clone()));
        }
        let span = is_visible.then_some(span);
        Ok(Placed {
            node,
            span,
            is_alias,
        })
    }

    fn aliased(&self, anchor: usize, span: Span) -> Result<Arc<Node>, SyntaxError> {
        match self.anchors.get(&anchor) {
            Some(Some(node)) => Ok(node.clone()),
            Some(None) => Err(SyntaxError::new(
                span,
                "an alias to a node that contains it",
            )),
            None => Err(SyntaxError::new(span, "an alias to no anchor")),
        }
    }

    fn scalar(
        &mut self,
        text: String,
        style: ScalarStyle,
        tag: Option<&Tag>,
        span: Span,
    ) -> Result<Node, SyntaxError> {
        let (text, shape) = match tag {
            Some(tag) => tag::scalar(text, tag),
            None if style == ScalarStyle::Plain => (text, Shape::Plain),
            None => (text, Shape::Text),
        };
        if text.len() > limits::SCALAR {
            return Err(SyntaxError::new(span, limits::SCALAR_MESSAGE));
        }
        self.row_cost += text.len();
        Ok(Node::Scalar { text, shape })
    }

    fn list(&mut self) -> Result<Node, ReadError> {
        let mut items = Vec::new();
        loop {
            let next = self.events.next()?;
            if next.event == Event::SequenceEnd {
                return Ok(Node::List(items));
            }
            items.push(self.node(next)?);
        }
    }

    fn mapping(&mut self, start: Span) -> Result<Node, ReadError> {
        let mut mapping = Mapping::new(start);
        loop {
            let name = self.events.next()?;
            if name.event == Event::MappingEnd {
                break;
            }
            let name_span = name.span;
            let name = self.node(name)?;
            let value = self.events.next()?;
            let value = self.node(value)?;
            mapping.push(name, name_span, value)?;
        }
        mapping.merge()?;
        Ok(Node::Mapping(mapping))
    }
}

/// Whether there is something of a scalar to point at: a block scalar may be nothing but line breaks.
fn has_ink(text: &str, style: ScalarStyle) -> bool {
    match style {
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => true,
        ScalarStyle::Plain => !text.is_empty(),
        ScalarStyle::Literal | ScalarStyle::Folded => text.bytes().any(|it| it != b'\n'),
    }
}
