use std::path::Path;
use std::process::{Child, Command, Stdio};

use crate::{Error, Kind};

/// Waits for the end of its standard input, which comes when the process that holds the other end
/// lets go of it or dies, however that happens. Then it ends the server and removes its folder.
const SCRIPT: &str = r#"
trap '' HUP INT TERM
cat >/dev/null
if pid=$(cat "$1/pid"); then
    kill "-$2" "$pid"
    while kill -0 "$pid"; do sleep 0.02; done
fi
rm -rf "$1"
"#;

/// A shell that outlives us and cleans up.
#[derive(Debug)]
pub(crate) struct Supervisor(Child);

impl Supervisor {
    /// Starts one that looks after a folder.
    pub fn start(folder: &Path, kind: Kind) -> Result<Self, Error> {
        let mut shell = Command::new("sh");
        shell
            .args(["-c", SCRIPT, "supervisor"])
            .arg(folder)
            .arg(kind.crash())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = out_of_the_terminal(&mut shell).spawn();
        Ok(Self(started.map_err(Error::system("start a shell"))?))
    }

    /// Has it clean up now.
    pub fn finish(&mut self) {
        drop(self.0.stdin.take());
        // It is our child, and nobody else waits for it.
        self.0.wait().expect("the shell can be waited for");
    }
}

/// Keeps a terminal's Ctrl-C from a program: we decide when it ends.
pub(crate) fn out_of_the_terminal(command: &mut Command) -> &mut Command {
    #[cfg(unix)]
    std::os::unix::process::CommandExt::process_group(command, 0);
    command
}
