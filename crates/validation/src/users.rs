//! The rules of users.

use entities::users::{Column, Entity};
use seedbed::Rules;

use crate::checks::{email, not_blank, not_too_long, positive};

/// What is asked of users.
pub fn rules() -> Rules<Entity> {
    Rules::of(Entity)
        .check(Column::Id, |user| positive(user.id))
        .check(Column::Name, |user| not_blank(&user.name))
        .check(Column::Name, |user| not_too_long(&user.name))
        .check(Column::Email, |user| email(&user.email))
        .unique_ignoring_case(Column::Email)
}

#[cfg(test)]
mod tests {
    use entities::users::Model;

    use super::*;

    fn check(name: &str, email: &str, broken: &[&str]) {
        let user = Model {
            id: 1,
            name: name.into(),
            email: email.into(),
        };
        assert_eq!(rules().broken_by(&user), broken, "{user:?}");
    }

    #[test]
    fn a_name_has_something_to_read_and_at_most_100_characters() {
        check("A", "a@b.c", &[]);
        check("", "a@b.c", &["name.required"]);
        check(" \t\u{2003}", "a@b.c", &["name.required"]);
        check(&"é".repeat(100), "a@b.c", &[]);
        check(&"é".repeat(101), "a@b.c", &["name.length"]);
        check(&" ".repeat(101), "a@b.c", &["name.required", "name.length"]);
    }

    #[test]
    fn an_email_is_an_address() {
        check("A", "alice@example.com", &[]);
        check("A", "ALICE+x@EXAMPLE.com", &[]);
        for email in ["", "alice", "alice@", "@example.com", "a b@c.d", "a@b@c"] {
            check("A", email, &["email.format"]);
        }
    }
}
