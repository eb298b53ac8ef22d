use sea_orm_migration::prelude::*;
use sea_orm_migration::sea_orm::DbBackend;

/// Has a table tell all texts apart, and hold all characters.
///
/// MySQL does neither unless it is told to: by a server's defaults, which are of its administrator's
/// choice, a unique column may refuse `é` beside `e`, and any column most of the world's letters.
pub(crate) fn exact_text(
    manager: &SchemaManager,
    mut table: TableCreateStatement,
) -> TableCreateStatement {
    if manager.get_database_backend() == DbBackend::MySql {
        table.character_set("utf8mb4").collate("utf8mb4_bin");
    }
    table
}
