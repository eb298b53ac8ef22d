/// How a value stands in the text, as far as its type depends on it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Shape {
    /// Without quotes: the text decides whether it is null, a boolean, a number or text.
    Plain,
    /// Quoted, a block scalar, or tagged as a string: text, whatever it says.
    Text,
    /// A scalar with a tag that it does not fit, or that means nothing here. Its text begins with the tag.
    Misfit,
    /// A list, in whatever style.
    List,
    /// A mapping, in whatever style.
    Mapping,
}
