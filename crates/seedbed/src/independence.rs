//! Each alias is to be a database of its own, by whatever address it is reached.

use std::collections::BTreeSet;

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::store::Store;

/// A way into a database.
struct Way {
    connection: Connection,
    /// Whether the command is to take it.
    is_needed: bool,
}

/// Refuses databases to which other aliases lead by different addresses, and to which an alias's two URLs do not both
/// lead, which only their servers can tell. They are asked only where URLs leave it open.
///
/// # Errors
/// When that is so, or a database that is `needed` cannot be asked. The others are asked if they can be.
pub(crate) async fn guard(
    store: &Store,
    needed: &BTreeSet<usize>,
    access: Access,
) -> Result<(), Error> {
    let all = store.chosen(&[]);
    let database = |index: usize| &store.config.databases[store.alias(index)];
    let is_in_doubt = |index: &usize| {
        let is_needed = needed.contains(index);
        let has_detour = database(*index).has_detour();
        let may_be_another = |other: &usize| {
            let is_of_two = other != index && (is_needed || needed.contains(other));
            is_of_two && database(*index).has_namesake_in(database(*other))
        };
        is_needed && access == Access::Migrate && has_detour || all.iter().any(may_be_another)
    };
    let in_doubt: Vec<usize> = all.iter().copied().filter(is_in_doubt).collect();
    let open = |index| ways(store, index, needed.contains(&index), access);
    let opened = store.registry.together(&in_doubt, open).await;
    let (ways, errors): (Vec<_>, Vec<_>) = opened.into_iter().unzip();
    let ways: Vec<Way> = ways.into_iter().flatten().collect();
    let guarded = match errors.into_iter().flatten().next() {
        Some(error) => Err(error),
        None => compare(&ways).await,
    };
    for way in &ways {
        way.connection.close().await;
    }
    guarded
}

/// Opens a database by the URLs that count: `migrate_url` does not for who only writes rows. Why it cannot be reached
/// counts for the one that the command is to take.
async fn ways(
    store: &Store,
    index: usize,
    is_needed: bool,
    access: Access,
) -> (Vec<Way>, Option<Error>) {
    let alias = store.alias(index);
    let is_migrating = access == Access::Migrate;
    let has_two = is_migrating && store.config.databases[alias].migrate_url.is_some();
    let accesses: &[Access] = match has_two {
        true => &[Access::Look, Access::Migrate],
        false => &[Access::Look],
    };
    let (mut ways, mut failed) = (Vec::new(), None);
    for way in accesses {
        let is_needed = is_needed && (!has_two || *way == access);
        match Connection::open(&store.config, alias, *way).await {
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
async fn compare(ways: &[Way]) -> Result<(), Error> {
    let first: i64 = rand::random();
    let mark = |one: usize, other: usize| {
        let pair = one.min(other) * ways.len() + one.max(other);
        first.wrapping_add(pair as i64)
    };
    let mut marked = Vec::new();
    for (place, way) in ways.iter().enumerate() {
        let connection = &way.connection;
        let marks: Vec<i64> = (0..ways.len()).map(|other| mark(place, other)).collect();
        let engine = connection.url().engine();
        let is_new = match engine.mark(connection.db(), &marks).await {
            Ok(is_new) => is_new,
            Err(error) if way.is_needed => return Err(connection.error("look at")(error)),
            Err(_) => continue,
        };
        for &(place, other) in &marked {
            differ(other, connection, is_new[place])?;
        }
        marked.push((place, connection));
    }
    Ok(())
}

/// Refuses two ways into one database unless they are of one alias, and then those into two.
fn differ(one: &Connection, other: &Connection, are_two: Option<bool>) -> Result<(), Error> {
    let (alias, other_alias) = (one.alias(), other.alias());
    let [location, other_location] = [one, other].map(|it| it.url().location());
    let message = match (alias == other_alias, are_two) {
        (true, Some(true)) => format!(
            "`databases.{alias}.migrate_url` reaches another database than `url`: {other_location}, not {location}; \
             it is to be another way into the same"
        ),
        (false, Some(false)) => format!(
            "`{alias}` ({location}) and `{other_alias}` ({other_location}) are the same database; give each its own"
        ),
        _ => return Ok(()),
    };
    Err(Error::guard(other_alias, message))
}
