use std::{collections::HashSet, sync::Arc};

use crate::{RawRow, Span, SyntaxError, limits, message, shape::Shape, value::Value};

/// A node of YAML, its aliases resolved and its merge keys merged. Aliases share their target.
#[derive(Debug)]
pub(crate) enum Node {
    Scalar { text: String, shape: Shape },
    List(Vec<Placed>),
    Mapping(Mapping),
}

/// A node where it is used: written there, or named by an alias.
#[derive(Clone, Debug)]
pub(crate) struct Placed {
    pub(crate) node: Arc<Node>,
    /// `None` for an empty value.
    pub(crate) span: Option<Span>,
    /// Whether it is written elsewhere.
    pub(crate) is_alias: bool,
}

#[derive(Debug)]
pub(crate) struct Mapping {
    /// Its first name, or the mapping itself where there is none.
    start: Span,
    fields: Vec<Field>,
    merges: Vec<Placed>,
}

#[derive(Clone, Debug)]
struct Field {
    name: Placed,
    name_span: Span,
    value: Placed,
}

impl Mapping {
    pub(crate) fn new(span: Span) -> Self {
        Self {
            start: span,
            fields: Vec::new(),
            merges: Vec::new(),
        }
    }

    /// Adds a field, or what is to be merged where `name` is the merge key.
    pub(crate) fn push(
        &mut self,
        name: Placed,
        name_span: Span,
        value: Placed,
    ) -> Result<(), SyntaxError> {
        if self.fields.is_empty() && self.merges.is_empty() {
            self.start = name_span;
        }
        match &*name.node {
            Node::Scalar {
                text,
                shape: Shape::Plain,
            } if text == "<<" => self.merges.push(value),
            Node::Scalar {
                text,
                shape: Shape::Misfit,
            } => {
                let message = format!(
                    "`{}` names no field; leave its tag out",
                    message::shown(text)
                );
                return Err(SyntaxError::new(name_span, message));
            }
            Node::Scalar { .. } => self.fields.push(Field {
                name,
                name_span,
                value,
            }),
            _ => return Err(SyntaxError::new(name_span, "a field's name must be text")),
        }
        if self.fields.len() + self.merges.len() > limits::FIELDS {
            let message = format!("a row of more than {} fields", limits::FIELDS);
            return Err(SyntaxError::new(name_span, message));
        }
        Ok(())
    }

    /// Takes over the fields of the mappings to be merged that are not there already, the earlier mapping's first.
    pub(crate) fn merge(&mut self) -> Result<(), SyntaxError> {
        let merges = std::mem::take(&mut self.merges);
        if merges.is_empty() {
            return Ok(());
        }
        let mut names: HashSet<String> =
            self.fields.iter().map(|it| it.name().to_owned()).collect();
        let mut looked_at = 0;
        for merge in &merges {
            let span = merge.span.unwrap_or(self.start);
            for (mapping, alias) in merged_mappings(merge, span)? {
                looked_at += mapping.fields.len();
                if looked_at > limits::MERGED_FIELDS {
                    let message = format!("merges more than {} fields", limits::MERGED_FIELDS);
                    return Err(SyntaxError::new(span, message));
                }
                let new = mapping
                    .fields
                    .iter()
                    .filter(|it| names.insert(it.name().to_owned()));
                // It is this row that they are fields of, whatever other rows have them, too.
                self.fields.extend(new.map(|field| match alias {
                    Some(span) => field.at(span),
                    None => field.clone(),
                }));
            }
        }
        Ok(())
    }

    /// Makes `row` the row that this mapping is; gives the bytes of it that aliases repeat.
    pub(crate) fn write(&self, row: &mut RawRow) -> Result<usize, SyntaxError> {
        row.clear_at(self.start);
        let mut repeated = 0;
        for field in &self.fields {
            let value = field.value.node.value();
            if field.value.is_alias {
                repeated += value.text.len();
            }
            row.push(field.name(), field.name_span, value, field.value.span);
            if row.text_len() > limits::ROW {
                let message = "a row of more than 16 MiB once its aliases are written out";
                return Err(SyntaxError::new(field.name_span, message));
            }
        }
        Ok(repeated)
    }
}

impl Field {
    fn name(&self) -> &str {
        self.name.node.value().text
    }

    /// The same where an alias names it.
    fn at(&self, span: Span) -> Self {
        let mut field = self.clone();
        field.name_span = span;
        field.value.span = Some(span);
        field.value.is_alias = true;
        field
    }
}

impl Node {
    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Self::Scalar { text, shape } => Value {
                text,
                shape: *shape,
            },
            Self::List(_) => Value {
                text: "",
                shape: Shape::List,
            },
            Self::Mapping(_) => Value {
                text: "",
                shape: Shape::Mapping,
            },
        }
    }
}

/// The mappings to be merged, each with the alias that names it.
fn merged_mappings(
    merge: &Placed,
    span: Span,
) -> Result<Vec<(&Mapping, Option<Span>)>, SyntaxError> {
    let sources = match &*merge.node {
        Node::List(items) => items,
        _ => std::slice::from_ref(merge),
    };
    let alias = |placed: &Placed| placed.span.filter(|_| placed.is_alias);
    let mappings = sources.iter().map(|source| match &*source.node {
        Node::Mapping(mapping) => Ok((mapping, alias(merge).or(alias(source)))),
        _ => Err(SyntaxError::new(
            span,
            "`<<` merges a mapping, such as `*base`, or a list of mappings",
        )),
    });
    mappings.collect()
}
