use std::io::{self, IsTerminal, Write};
use std::sync::Arc;

use serde::Serialize;

use crate::cli::{Action, Migrate, MigrateUp};
use crate::console::Console;
use crate::error::Error;
use crate::migration::{self, Migrated};
use crate::plan;
use crate::removal::{Removal, remove};
use crate::report::Exit;
use crate::stop::Stop;
use crate::store::Store;

/// What there is to say of each database, in commit order.
#[derive(Serialize)]
struct Databases {
    databases: Vec<Migrated>,
}

/// Does what is asked about migrations and prints the result.
pub(crate) async fn run(
    store: &Arc<Store>,
    migrate: Migrate,
    console: &Console,
    stop: &Stop,
) -> Exit {
    let action = migrate.action.unwrap_or(Action::Up(migrate.up));
    match go(store, action, stop).await {
        Ok((databases, exit)) => {
            let text: String = databases.iter().map(Migrated::to_string).collect();
            console.result(&Databases { databases }, &text);
            exit
        }
        Err(error) => console.error(error),
    }
}

async fn go(store: &Store, action: Action, stop: &Stop) -> Result<(Vec<Migrated>, Exit), Error> {
    let chosen = |aliases: &[String]| {
        store.knows(aliases)?;
        Ok::<_, Error>(store.chosen(aliases))
    };
    let done = |databases| Ok((databases, Exit::Done));
    match action {
        Action::Up(MigrateUp {
            check: true,
            chosen: which,
            ..
        }) => {
            let databases = migration::status(store, &chosen(&which.databases)?).await?;
            let pending = databases
                .iter()
                .any(|database| !database.pending.is_empty());
            Ok((databases, if pending { Exit::Found } else { Exit::Done }))
        }
        Action::Up(up) => {
            let indices = chosen(&up.chosen.databases)?;
            done(migration::up(store, &indices, up.profile.profile_mismatch_ok, stop).await?)
        }
        Action::Down(down) => {
            let indices = chosen(&down.chosen.databases)?;
            consent(store, &indices, down.consent.yes)?;
            let mismatch_ok = down.profile.profile_mismatch_ok;
            done(
                remove(
                    store,
                    &indices,
                    Removal::Down(down.steps),
                    mismatch_ok,
                    stop,
                )
                .await?,
            )
        }
        Action::Fresh(fresh) => {
            let indices = chosen(&fresh.chosen.databases)?;
            consent(store, &indices, fresh.consent.yes)?;
            let mismatch_ok = fresh.profile.profile_mismatch_ok;
            done(remove(store, &indices, Removal::Fresh, mismatch_ok, stop).await?)
        }
        Action::Status(which) => done(migration::status(store, &chosen(&which.databases)?).await?),
        Action::Plan(which) => done(plan::plan(store, &chosen(&which.databases)?).await?),
    }
}

/// Asks before rows are removed: on a terminal the person, elsewhere for `--yes`. Protected databases
/// are refused whatever the answer.
pub(crate) fn consent(store: &Store, indices: &[usize], yes: bool) -> Result<(), Error> {
    let aliases: Vec<&str> = indices.iter().map(|&index| store.alias(index)).collect();
    let protected = aliases
        .iter()
        .find(|alias| store.config.databases[**alias].protected);
    if let Some(alias) = protected {
        return Err(Error::guard(
            alias,
            format!(
                "the database `{alias}` is protected by the configuration; nothing was removed"
            ),
        ));
    }
    if yes {
        return Ok(());
    }
    if !io::stdin().is_terminal() {
        return Err(Error::usage(
            "this removes rows and there is no terminal to ask at; say `--yes`",
        ));
    }
    eprint!(
        "This removes rows from {}. Go on? [y/N] ",
        aliases.join(", ")
    );
    let mut answer = String::new();
    let asked = io::stderr()
        .flush()
        .and_then(|()| io::stdin().read_line(&mut answer));
    match asked {
        Ok(_) if matches!(answer.trim(), "y" | "Y" | "yes") => Ok(()),
        _ => Err(Error::usage("not confirmed; nothing was removed")),
    }
}
