use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::{self, BufReader};
use std::path::Path;

use fixture_reader::Span;

use super::excerpt::{Excerpt, Stretch};
use super::scan::Scan;

/// Excerpts of one file.
#[derive(Debug, Default)]
pub struct Excerpts(BTreeMap<Stretch, Excerpt>);

impl Excerpts {
    /// Reads the file once, up to the last line asked for. Whatever cannot be read has no excerpt: the file may have
    /// gone, or have changed since the spans were found in it.
    pub fn read(file: &Path, spans: impl IntoIterator<Item = Span>) -> Self {
        let stretches = spans
            .into_iter()
            .map(|span| (span.start, span.width))
            .collect();
        let mut scan = Scan::new(stretches);
        // A file that breaks off still has the lines before that.
        _ = open(file).and_then(|from| scan.run(from));
        Self(scan.excerpts)
    }

    /// The excerpt around one of the spans asked for.
    pub fn get(&self, span: Span) -> Option<&Excerpt> {
        self.0.get(&(span.start, span.width))
    }
}

/// A pipe is not opened, for it would wait for a writer.
fn open(file: &Path) -> io::Result<BufReader<File>> {
    if !fs::metadata(file)?.is_file() {
        return Err(io::ErrorKind::InvalidInput.into());
    }
    Ok(BufReader::with_capacity(1 << 16, File::open(file)?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_cannot_be_read_has_no_excerpts() {
        let span = Span::default();
        assert_eq!(
            Excerpts::read(Path::new("no/such/file.yaml"), [span]).get(span),
            None
        );
        assert_eq!(Excerpts::read(Path::new("."), [span]).get(span), None);
    }
}
