use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use rusqlite::{Connection, Result};

use crate::sandbox::Sandbox;
use crate::tables::{has_table, open};
use crate::version::Version;

/// Orders first: a target is committed before the order that names it, so whoever looks the other way
/// round sees orders of targets that were committed in between.
const READING_ORDER: [&str; 3] = ["orders", "users", "products"];

/// Between two looks the program under test gets the processor.
const PAUSE: Duration = Duration::from_micros(50);

/// More are not needed to know that something is wrong.
const VIOLATIONS: usize = 10;

/// Someone else who reads the databases all the time.
pub struct Observer {
    shared: Arc<Shared>,
    thread: JoinHandle<Sightings>,
}

#[derive(Default)]
struct Shared {
    stop: AtomicBool,
    /// The versions that may be seen.
    allowed: Mutex<BTreeSet<Version>>,
}

/// What was seen.
#[derive(Debug, Default)]
pub struct Sightings {
    /// How often all three databases were looked at.
    pub looks: u64,
    /// How often one had changed and was read anew.
    pub reads: u64,
    pub violations: Vec<String>,
}

impl Observer {
    /// Starts to look.
    pub fn new(sandbox: &Sandbox) -> Self {
        let shared = Arc::new(Shared::default());
        let mut eyes = Eyes {
            tables: READING_ORDER.map(|alias| Table::new(sandbox, alias)),
            shared: shared.clone(),
            sightings: Sightings::default(),
            is_open: false,
        };
        Self {
            shared,
            thread: thread::spawn(move || eyes.watch()),
        }
    }

    /// Says which versions may be seen from now on.
    pub fn allow(&self, versions: impl IntoIterator<Item = Version>) {
        *self.shared.allowed.lock().expect("no panic") = versions.into_iter().collect();
    }

    /// Ends the looking.
    pub fn end(self) -> Sightings {
        self.shared.stop.store(true, Ordering::Relaxed);
        self.thread.join().expect("the observer does not panic")
    }
}

struct Eyes {
    tables: [Table; 3],
    shared: Arc<Shared>,
    sightings: Sightings,
    /// The last look came to no conclusion.
    is_open: bool,
}

impl Eyes {
    fn watch(&mut self) -> Sightings {
        while !self.shared.stop.load(Ordering::Relaxed) {
            self.look();
            thread::sleep(PAUSE);
        }
        std::mem::take(&mut self.sightings)
    }

    fn look(&mut self) {
        let mut news = std::mem::take(&mut self.is_open);
        for table in &mut self.tables {
            // What is allowed may change while a table is read; what was seen is of before or after that.
            let before = self.shared.allowed.lock().expect("no panic").clone();
            match table.look() {
                Ok(false) => {}
                Ok(true) => {
                    news = true;
                    self.sightings.reads += 1;
                    let allowed = self.shared.allowed.lock().expect("no panic");
                    let is_allowed = [&before, &*allowed]
                        .iter()
                        .any(|allowed| table.seen.is_one_of(table.alias, allowed));
                    if !is_allowed {
                        let seen =
                            format!("{}: {:?} of {allowed:?}", table.alias, table.seen.counts);
                        self.sightings.violations.push(seen);
                    }
                }
                // SQLite keeps readers out for a moment while a journal is recovered or removed. What
                // was read before may be old by now, so nothing is concluded.
                Err(_) => return,
            }
        }
        self.sightings.looks += 1;
        if !news {
            return;
        }
        let [orders, users, products] = &self.tables;
        let without_user = orders.seen.users.difference(&users.seen.keys).count();
        let without_product = orders.seen.products.difference(&products.seen.keys).count();
        if without_user + without_product > 0 {
            let dangling = format!("no {without_user} users, no {without_product} products");
            // Rows are removed the other way round: orders that have gone meanwhile may have gone before
            // their users. Those that are still the same were there while their users were not.
            match self.tables[0].look() {
                Ok(false) => self.sightings.violations.push(dangling),
                Ok(true) | Err(_) => self.is_open = true,
            }
        }
        self.sightings.violations.truncate(VIOLATIONS);
    }
}

/// A table that is looked at again and again, and read when its database has changed.
struct Table {
    alias: &'static str,
    file: std::path::PathBuf,
    connection: Option<Connection>,
    data_version: Option<i64>,
    seen: Seen,
}

/// What one read transaction saw.
#[derive(Debug, Default)]
struct Seen {
    keys: BTreeSet<i64>,
    /// How many rows there are of each version.
    counts: BTreeMap<Version, i64>,
    users: BTreeSet<i64>,
    products: BTreeSet<i64>,
}

impl Table {
    fn new(sandbox: &Sandbox, alias: &'static str) -> Self {
        Self {
            alias,
            file: sandbox.database(alias),
            connection: None,
            data_version: None,
            seen: Seen::default(),
        }
    }

    /// Looks whether the database has changed, and if so reads it; both in one read transaction.
    fn look(&mut self) -> Result<bool> {
        if self.connection.is_none() {
            if !self.file.exists() {
                return Ok(false);
            }
            self.connection = Some(open(&self.file)?);
        }
        let connection = self.connection.as_mut().expect("it was just opened");
        let transaction = connection.transaction()?;
        // A transaction begins with its first read of the file, which this is not sure to be.
        let exists = has_table(&transaction, self.alias)?;
        let version = transaction.pragma_query_value(None, "data_version", |row| row.get(0))?;
        if self.data_version == Some(version) {
            return Ok(false);
        }
        self.seen = if exists {
            Seen::of(&transaction, self.alias)?
        } else {
            Seen::default()
        };
        self.data_version = Some(version);
        Ok(true)
    }
}

impl Seen {
    fn of(connection: &Connection, alias: &str) -> Result<Self> {
        let sql = match alias {
            "users" | "products" => format!(
                "SELECT id, CAST(substr(name, instr(name, ' of version ') + 12) AS INTEGER), 0, 0 FROM {alias}"
            ),
            _ => "SELECT id, quantity, user_id, product_id FROM orders".to_owned(),
        };
        let mut seen = Self::default();
        let mut query = connection.prepare(&sql)?;
        let mut rows = query.query([])?;
        while let Some(row) = rows.next()? {
            seen.keys.insert(row.get(0)?);
            *seen.counts.entry(Version(row.get(1)?)).or_default() += 1;
            if alias == "orders" {
                seen.users.insert(row.get(2)?);
                seen.products.insert(row.get(3)?);
            }
        }
        Ok(seen)
    }

    /// Whether this is the whole of one version and nothing else.
    fn is_one_of(&self, dataset: &str, allowed: &BTreeSet<Version>) -> bool {
        let mut counts = self.counts.iter();
        let version = match (counts.next(), counts.next()) {
            (None, _) => Version(0),
            (Some((version, rows)), None) if *rows == version.rows(dataset) => *version,
            _ => return false,
        };
        allowed.contains(&version)
    }
}
