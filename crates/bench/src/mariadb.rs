//! What MariaDB's own client has to compete.

use std::path::Path;

use servers::Kind;

use crate::finding::Target;
use crate::server::Import;

/// `LOAD DATA LOCAL INFILE`, whose lines go through the client.
pub const LOAD_DATA: Import = Import {
    kind: Kind::Mariadb,
    name: "mariadb `LOAD DATA LOCAL INFILE`",
    statement: load_data,
    into_empty: Target::AtMost(1.5),
    over_existing: None,
};

fn load_data(table: &str, csv: &Path) -> String {
    let csv = csv.display();
    format!(
        "LOAD DATA LOCAL INFILE '{csv}' INTO TABLE {table} FIELDS TERMINATED BY ',' IGNORE 1 LINES;"
    )
}
