use sea_orm_migration::prelude::*;

#[derive(DeriveMigrationName)]
pub struct Migration;

#[async_trait::async_trait]
impl MigrationTrait for Migration {
    async fn up(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .create_table(
                Table::create()
                    .table("votes")
                    .if_not_exists()
                    .col(ColumnDef::new("id").string_len(40).not_null().primary_key())
                    .col(ColumnDef::new("review_id").uuid().not_null())
                    .col(ColumnDef::new("user_id").big_integer())
                    .col(ColumnDef::new("helpful").boolean().not_null())
                    .col(ColumnDef::new("weight").integer().not_null())
                    .col(ColumnDef::new("voted_on").date().not_null())
                    .col(ColumnDef::new("receipt").uuid().unique_key())
                    // Within one database a foreign key reaches.
                    .foreign_key(
                        ForeignKey::create()
                            .name("votes_review_id")
                            .from("votes", "review_id")
                            .to("reviews", "id"),
                    )
                    .to_owned(),
            )
            .await
    }

    async fn down(&self, manager: &SchemaManager) -> Result<(), DbErr> {
        manager
            .drop_table(Table::drop().table("votes").if_exists().to_owned())
            .await
    }
}
