//! Each alias is to be a database of its own, by whatever address it is reached.

use std::collections::BTreeSet;

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::store::Store;

/// A way into a database.
struct Way {
    connection: Connection,
    /// Whether it is the one that will be gone.
    is_needed: bool,
}

/// Refuses databases to which other aliases lead by different addresses, which only their server can tell. It is asked
/// only where databases of one engine have one name.
///
/// # Errors
/// When two are the same, or a database that is `needed` cannot be asked. The others are asked if they can be.
pub(crate) async fn guard(
    store: &Store,
    needed: &BTreeSet<usize>,
    access: Access,
) -> Result<(), Error> {
    let all = store.chosen(&[]);
    let database = |index: usize| &store.config.databases[store.alias(index)];
    let is_in_doubt = |index: &usize| {
        all.iter().any(|other| {
            let is_of_two = other != index && (needed.contains(index) || needed.contains(other));
            is_of_two && database(*index).has_namesake_in(database(*other))
        })
    };
    let in_doubt: Vec<usize> = all.iter().copied().filter(is_in_doubt).collect();
    let open = |index| ways(store, index, needed.contains(&index).then_some(access));
    let opened = store.registry.together(&in_doubt, open).await;
    let (ways, errors): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
    let ways: Vec<Way> = ways.into_iter().flatten().collect();
    let guarded = match errors.into_iter().flatten().next() {
        Some(error) => Err(error),
        None => differ(&ways).await,
    };
    for way in &ways {
        way.connection.close().await;
    }
    guarded
}

/// Opens a database by all its URLs. Why it cannot be reached counts for the one by which it is needed.
async fn ways(store: &Store, index: usize, needed: Option<Access>) -> (Vec<Way>, Option<Error>) {
    let alias = store.alias(index);
    let has_two = store.config.databases[alias].migrate_url.is_some();
    let (mut ways, mut failed) = (Vec::new(), None);
    for access in [Access::Look, Access::Migrate] {
        let is_migrating = access == Access::Migrate;
        if is_migrating && !has_two {
            continue;
        }
        let is_the_one = |needed| !has_two || (needed == Access::Migrate) == is_migrating;
        let is_needed = needed.is_some_and(is_the_one);
        match Connection::open(&store.config, alias, access).await {
            Ok(connection) => ways.push(Way {
                connection,
                is_needed,
            }),
            Err(error) if is_needed => failed = Some(error),
            Err(_) => {}
        }
    }
    (ways, failed)
}

/// Has each pair of ways marked at both ends: where these are one, the second finds the mark of the first.
async fn differ(ways: &[Way]) -> Result<(), Error> {
    let first: i64 = rand::random();
    let mark = |one: usize, other: usize| {
        let pair = one.min(other) * ways.len() + one.max(other);
        first.wrapping_add(pair as i64)
    };
    for (
        place,
        Way {
            connection,
            is_needed,
        },
    ) in ways.iter().enumerate()
    {
        let marks: Vec<i64> = (0..ways.len()).map(|other| mark(place, other)).collect();
        let engine = connection.url().engine();
        let is_new = match engine.mark(connection.db(), &marks).await {
            Ok(is_new) => is_new,
            Err(error) if *is_needed => return Err(connection.error("look at")(error)),
            Err(_) => continue,
        };
        let earlier = ways[..place].iter().zip(is_new);
        let mut met = earlier
            .filter(|(_, is_new)| !is_new)
            .map(|(other, _)| &other.connection);
        if let Some(other) = met.find(|other| other.alias() != connection.alias()) {
            return Err(same(other, connection));
        }
    }
    Ok(())
}

fn same(one: &Connection, other: &Connection) -> Error {
    let [one_shown, other_shown] =
        [one, other].map(|it| format!("`{}` ({})", it.alias(), it.url().location()));
    Error::guard(
        other.alias(),
        format!("{one_shown} and {other_shown} are the same database; give each its own"),
    )
}
