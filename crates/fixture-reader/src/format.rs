/// How a fixture is written. The same rules hold for the rows of all formats.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Format {
    /// A sequence of flat mappings in YAML 1.2.
    Yaml,
    /// A JSON object a line. Strings are text, everything else is plain; blank lines are passed over.
    JsonLines,
    /// RFC 4180 with a header line. A field in quotes is text, any other is plain; empty lines are passed over.
    Csv,
}

impl Format {
    /// The format of a file, by the ending of its name; `None` for endings that are not a fixture's.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending {
            "yaml" | "yml" => Some(Self::Yaml),
            "jsonl" => Some(Self::JsonLines),
            "csv" => Some(Self::Csv),
            _ => None,
        }
    }
}
