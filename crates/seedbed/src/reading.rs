use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::Arc;

use fixture_reader::{Format, RawRow, ReadError, Reader};
use sea_orm::{ModelTrait, Value};

use crate::fixtures::Fixture;
use crate::load_error::LoadError;
use crate::output::progress::LoadProgress;
use crate::path;
use crate::problem::Place;
use crate::rules::{FixtureEntity, name_of};
use crate::stop::Stop;

/// A dataset's fixtures, to be read once or more.
pub(crate) struct Reading<'a> {
    pub fixtures: &'a [Fixture],
    pub stop: &'a Stop,
    pub progress: &'a LoadProgress,
}

/// A row where it stands.
#[derive(Clone, Copy)]
pub(crate) struct FixtureRow<'a> {
    pub raw: &'a RawRow,
    pub file: &'a Arc<Path>,
    /// Its place among all rows of the dataset, counted from 0.
    pub ordinal: u64,
    /// Whether it is of a chosen fixture, not of one that only serves as context.
    pub selected: bool,
}

impl FixtureRow<'_> {
    /// The row's value of a column, whatever else could be read of it.
    pub fn value<E: FixtureEntity>(&self, column: E::Column) -> Option<Value> {
        let model = match self.raw.deserialize::<E::Model>() {
            Ok(model) => model,
            Err(broken) if !broken.has_stand_in(name_of::<E>(column)) => broken.row?,
            Err(_) => return None,
        };
        Some(model.get(column))
    }
}

/// What is known when the last fixture has been read.
pub(crate) struct End {
    /// Fixtures that are no YAML sequence of mappings, and where they stop being one.
    pub syntax_errors: Vec<(Place, String)>,
    /// BLAKE3 of all bytes read.
    pub digest: [u8; 32],
}

impl Reading<'_> {
    /// Visits every row. A syntax error ends its fixture, not the reading.
    ///
    /// # Errors
    /// Those of `visit`; when a fixture cannot be read; when the run was stopped.
    pub fn each(
        &self,
        mut visit: impl FnMut(FixtureRow<'_>) -> Result<(), LoadError>,
    ) -> Result<End, LoadError> {
        let mut hash = blake3::Hasher::new();
        let mut syntax_errors = Vec::new();
        let mut raw = RawRow::new();
        let mut ordinal = 0;
        for fixture in self.fixtures {
            let failed = |source| LoadError::Read {
                file: fixture.path.clone(),
                source,
            };
            let input = Observed {
                file: File::open(&fixture.path).map_err(failed)?,
                hash: &mut hash,
                progress: self.progress,
            };
            // Only files with such an ending are found.
            let format = path::name(&fixture.path).and_then(Format::of_file_name);
            let mut reader = Reader::new(input, format.unwrap_or(Format::Yaml));
            loop {
                if self.stop.is_told() {
                    return Err(LoadError::Stopped);
                }
                match reader.read(&mut raw) {
                    Ok(true) => visit(FixtureRow {
                        raw: &raw,
                        file: &fixture.path,
                        ordinal,
                        selected: fixture.selected,
                    })?,
                    Ok(false) => break,
                    Err(ReadError::Io(source)) => return Err(failed(source)),
                    Err(ReadError::Syntax(error)) => {
                        let place = Place {
                            file: fixture.path.clone(),
                            span: error.span,
                        };
                        syntax_errors.push((place, error.message));
                        break;
                    }
                }
                ordinal += 1;
            }
        }
        Ok(End {
            syntax_errors,
            digest: hash.finalize().into(),
        })
    }
}

/// A file whose bytes are hashed and counted as they pass by.
struct Observed<'a> {
    file: File,
    hash: &'a mut blake3::Hasher,
    progress: &'a LoadProgress,
}

impl Read for Observed<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.file.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.progress.advance(count as u64);
        Ok(count)
    }
}
