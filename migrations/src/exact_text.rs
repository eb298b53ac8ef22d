use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Has a table tell all texts apart, and hold all characters.
///
/// MySQL does neither unless it is told to: by a server's defaults, which are of its administrator's
/// choice, a unique column may refuse `é` beside `e`, and any column most of the world's letters. The collations
/// that tell texts apart by trailing blanks, too, go by different names there and on MariaDB; each reads its own
/// comment alone.
pub(crate) fn exact_text(
    manager: &SchemaManager,
    mut table: TableCreateStatement,
) -> TableCreateStatement {
    if manager.get_database_backend() == DbBackend::MySql {
        table
            .character_set("utf8mb4")
            .extra("/*M!100202 COLLATE utf8mb4_nopad_bin */ /*!80017 COLLATE utf8mb4_0900_bin */");
    }
    table
}
