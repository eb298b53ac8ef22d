use std::fs;
use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::sync::{Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

use tempfile::TempDir;

use crate::account::Account;
use crate::place::{Place, run};
use crate::supervisor::{Supervisor, out_of_the_terminal};
use crate::{Certificates, Error, Kind, Settings, port};

/// Owns the databases of [`Server::create_database`], and is in the URLs of [`Server::url`].
pub(crate) const OWNER: &str = "seed";
const PASSWORD: &str = "sesame";

/// How long a server may take to be ready, recovery after a crash included.
const PATIENCE: Duration = Duration::from_secs(60);

/// Writes the number of its process where the supervisor looks for it, and becomes the server.
const BECOME: &str = r#"echo $$ >"$0/pid" && exec "$@" >>"$0/log" 2>&1"#;

/// A running server, which goes away with this value or with this process.
#[derive(Debug)]
pub struct Server {
    kind: Kind,
    place: Place,
    process: Mutex<Option<Child>>,
    supervisor: Supervisor,
}

impl Server {
    /// Makes and starts one.
    ///
    /// # Errors
    /// When it is not installed, or does not start; the message has the end of its log.
    pub fn start(kind: Kind, settings: Settings) -> Result<Self, Error> {
        if !kind.is_installed() {
            return Err(Error::NotInstalled(kind.name()));
        }
        let account = Account::for_server(kind.account())?;
        let made = TempDir::with_prefix("sb.").map_err(Error::system("make a folder"))?;
        account.owns(made.path())?;
        let certificates = match settings.tls {
            true => Some(Certificates::make(made.path(), account)?),
            false => None,
        };
        let supervisor = Supervisor::start(made.path(), kind)?;
        let server = Self {
            kind,
            place: Place {
                folder: made.keep(),
                port: port::free()?,
                account,
                settings,
                certificates,
            },
            process: Mutex::new(None),
            supervisor,
        };
        kind.initialise(&server.place)?;
        server.restart()?;
        server.sql(kind.own_database(), &kind.create_owner(OWNER, PASSWORD))?;
        Ok(server)
    }

    /// Which server it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its port of 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.place.port
    }

    /// Where the certificates are, if it speaks TLS.
    pub fn certificates(&self) -> Option<&Certificates> {
        self.place.certificates.as_ref()
    }

    /// The URL of a database for its owner.
    pub fn url(&self, database: &str) -> String {
        self.url_at(self.place.port, database)
    }

    /// The same through another port, as that of a [`Proxy`](crate::Proxy).
    pub fn url_at(&self, port: u16, database: &str) -> String {
        let scheme = self.kind.scheme();
        format!("{scheme}://{OWNER}:{PASSWORD}@127.0.0.1:{port}/{database}")
    }

    /// The URL of a database for another user.
    pub fn url_of(&self, user: &str, password: &str, database: &str) -> String {
        let (scheme, port) = (self.kind.scheme(), self.place.port);
        format!("{scheme}://{user}:{password}@127.0.0.1:{port}/{database}")
    }

    /// Makes empty databases.
    ///
    /// # Errors
    /// In the client's words.
    pub fn create_databases(&self, names: &[String]) -> Result<(), Error> {
        let create = |name: &String| self.kind.create_database(name, OWNER);
        let statements: String = names.iter().map(create).collect();
        self.sql(self.kind.own_database(), &statements).map(drop)
    }

    /// Removes databases, whoever is connected to them.
    ///
    /// # Errors
    /// In the client's words.
    pub fn drop_databases(&self, names: &[String]) -> Result<(), Error> {
        let drop_it = |name: &String| self.kind.drop_database(name);
        let statements: String = names.iter().map(drop_it).collect();
        self.sql(self.kind.own_database(), &statements).map(drop)
    }

    /// Statements that make what is in a database now, for [`Server::refill`].
    ///
    /// # Errors
    /// In the words of the server's own program.
    pub fn dump(&self, database: &str) -> Result<String, Error> {
        run(&mut self.kind.dump(&self.place, database))
    }

    /// Replaces all there is in databases by what a [`Server::dump`] has.
    ///
    /// # Errors
    /// In the client's words.
    pub fn refill(&self, dumps: &[(String, &str)]) -> Result<(), Error> {
        let refill = |(name, dump): &(String, &str)| (name.clone(), self.kind.empty(name) + dump);
        let statements: Vec<_> = dumps.iter().map(refill).collect();
        self.sql_in_each(&statements).map(drop)
    }

    /// Runs statements in several databases, one after the other, as [`Server::sql`] does; gives all rows
    /// of all queries.
    ///
    /// # Errors
    /// In the client's words.
    pub fn sql_in_each(&self, statements: &[(String, String)]) -> Result<Vec<Vec<String>>, Error> {
        let enter = |(name, statements): &(String, String)| self.kind.enter(name) + statements;
        let statements: String = statements.iter().map(enter).collect();
        self.sql(self.kind.own_database(), &statements)
    }

    /// Runs statements by the server's own client, as the administrator or, in a database of PostgreSQL's that has
    /// an owner, as that; gives the rows of queries, each as its values, `NULL` for those that have none.
    ///
    /// # Errors
    /// In the client's words.
    pub fn sql(&self, database: &str, statements: &str) -> Result<Vec<Vec<String>>, Error> {
        let doing = "talk to the server's client";
        // A file, as a pipe may fill up while nobody reads the answer.
        let mut input = tempfile::tempfile().map_err(Error::system(doing))?;
        let written = input.write_all(statements.as_bytes());
        written.map_err(Error::system(doing))?;
        std::io::Seek::rewind(&mut input).map_err(Error::system(doing))?;
        let mut client = self.kind.client(&self.place, database);
        let output = run(client.stdin(input))?;
        Ok(self.kind.rows(&output))
    }

    /// Ends it as a crash would.
    ///
    /// # Errors
    /// When the system refuses.
    pub fn kill(&self) -> Result<(), Error> {
        self.end(self.kind.crash())
    }

    /// Starts it again, on the same data and port; where it runs it is killed first.
    ///
    /// # Errors
    /// When it does not start; the message has the end of its log.
    pub fn restart(&self) -> Result<(), Error> {
        self.kill()?;
        let server = self.kind.serve(&self.place);
        let mut shell = Command::new("sh");
        shell
            .args(["-c", BECOME])
            .arg(&self.place.folder)
            .arg(server.get_program())
            .args(server.get_args())
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let started = out_of_the_terminal(self.place.at_home(&mut shell)).spawn();
        *self.process() = Some(started.map_err(Error::system("start a server"))?);
        self.wait_until_ready()
    }

    /// Ends it and removes its folder, as dropping it does.
    pub fn stop(self) {}

    fn wait_until_ready(&self) -> Result<(), Error> {
        let start = Instant::now();
        loop {
            let asked = self.sql(self.kind.own_database(), "SELECT 1;");
            let Err(error) = asked else { return Ok(()) };
            let ended = match &mut *self.process() {
                Some(process) => process.try_wait().ok().flatten().is_some(),
                None => true,
            };
            if ended || start.elapsed() > PATIENCE {
                return Err(Error::Failed {
                    program: self.kind.name().to_owned(),
                    said: format!("{error}\n{}", self.place.log()),
                });
            }
            thread::sleep(Duration::from_millis(20));
        }
    }

    fn process(&self) -> MutexGuard<'_, Option<Child>> {
        self.process.lock().expect("nobody panics with it")
    }

    fn end(&self, signal: &str) -> Result<(), Error> {
        let mut process = self.process();
        let Some(mut child) = process.take() else {
            return Ok(());
        };
        let sent = Command::new("kill")
            .arg(format!("-{signal}"))
            .arg(child.id().to_string())
            .stderr(Stdio::null())
            .status();
        sent.map_err(Error::system("send a signal"))?;
        child.wait().map_err(Error::system("wait for a server"))?;
        // A number that is free may become another's.
        fs::remove_file(self.place.folder.join("pid")).map_err(Error::system("forget a server"))
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        if let Err(error) = self.kill() {
            eprintln!("{error}");
        }
        self.supervisor.finish();
    }
}
