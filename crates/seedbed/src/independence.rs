//! Each alias is to be a database of its own, by whatever address it is reached.

use crate::connection::{Access, Connection};
use crate::error::Error;
use crate::store::Store;

/// Refuses aliases that lead to one database by different addresses of its server, which only that server can tell. It is
/// asked only where databases on different addresses have one name.
///
/// # Errors
/// When two are the same. One that cannot be asked is left to whoever needs it.
pub(crate) async fn guard(store: &Store) -> Result<(), Error> {
    let all = store.chosen(&[]);
    let url = |index: usize| &store.config.databases[store.alias(index)].url;
    let has_namesake = |index: &usize| {
        let mut others = all.iter().filter(|other| *other != index);
        others.any(|other| url(*index).may_be_elsewhere(url(*other)))
    };
    let in_doubt: Vec<usize> = all.iter().copied().filter(has_namesake).collect();
    let open = |index| Connection::open(&store.config, store.alias(index), Access::Look);
    let opened = store.registry.together(&in_doubt, open).await;
    let opened: Vec<Connection> = opened.into_iter().filter_map(Result::ok).collect();
    let guarded = differ(&opened).await;
    for connection in &opened {
        connection.close().await;
    }
    guarded
}

/// Has each pair of databases marked in both of them: where the two are one, it has that mark already.
async fn differ(opened: &[Connection]) -> Result<(), Error> {
    let first: i64 = rand::random();
    let mark = |one: usize, other: usize| {
        let pair = one.min(other) * opened.len() + one.max(other);
        first.wrapping_add(pair as i64)
    };
    for (place, connection) in opened.iter().enumerate() {
        let marks: Vec<i64> = (0..opened.len()).map(|other| mark(place, other)).collect();
        let marked = connection.url().engine().mark(connection.db(), &marks);
        let marked = marked.await.map_err(connection.error("look at"))?;
        if let Some(other) = marked[..place].iter().position(|is_new| !is_new) {
            return Err(same(&opened[other], connection));
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
