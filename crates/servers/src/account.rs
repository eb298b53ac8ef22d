use std::path::Path;
use std::process::Command;

use crate::Error;

/// The system's user as whom a server runs: both servers refuse to run as root.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Account {
    /// User and group; none where we are not root, and servers run as we do.
    ids: Option<(u32, u32)>,
}

impl Account {
    /// The account of this name if we are root, else our own.
    pub fn for_server(name: &str) -> Result<Self, Error> {
        let own = id(&["-u"]).is_some_and(|id| id == 0);
        if !own {
            return Ok(Self { ids: None });
        }
        match (id(&["-u", name]), id(&["-g", name])) {
            (Some(user), Some(group)) => Ok(Self {
                ids: Some((user, group)),
            }),
            _ => Err(Error::Failed {
                program: "id".to_owned(),
                said: format!("there is no user `{name}`, as whom root could run the server"),
            }),
        }
    }

    /// Has a command run as this user.
    #[cfg(unix)]
    pub fn runs(self, command: &mut Command) -> &mut Command {
        use std::os::unix::process::CommandExt;

        if let Some((user, group)) = self.ids {
            command.uid(user).gid(group);
        }
        command
    }

    /// Makes the user own a file or folder.
    #[cfg(unix)]
    pub fn owns(self, path: &Path) -> Result<(), Error> {
        let Some((user, group)) = self.ids else {
            return Ok(());
        };
        let changed = std::os::unix::fs::chown(path, Some(user), Some(group));
        changed.map_err(Error::system("give the server its folder"))
    }

    #[cfg(not(unix))]
    pub fn runs(self, command: &mut Command) -> &mut Command {
        command
    }

    #[cfg(not(unix))]
    pub fn owns(self, _: &Path) -> Result<(), Error> {
        Ok(())
    }
}

fn id(arguments: &[&str]) -> Option<u32> {
    let output = Command::new("id").args(arguments).output().ok()?;
    String::from_utf8(output.stdout).ok()?.trim().parse().ok()
}
