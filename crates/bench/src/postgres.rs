//! What PostgreSQL's own client has to compete.

use std::path::Path;

use servers::Kind;

use crate::finding::Target;
use crate::server::Import;

/// `\copy`, whose lines go through the client.
pub const COPY: Import = Import {
    kind: Kind::Postgres,
    name: "psql `\\copy`",
    statement: copy,
    into_empty: Target::AtMost(1.3),
    over_existing: Some(Target::AtMost(3.0)),
};

fn copy(table: &str, csv: &Path) -> String {
    let csv = csv.display();
    format!("\\copy {table} FROM '{csv}' WITH (FORMAT csv, HEADER)\n")
}
