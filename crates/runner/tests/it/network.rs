use std::env;

use servers::{Direction, Fault, Moment, Proxy};

use crate::on::{On, on_every_engine, on_servers};
use crate::report::Report;
use crate::sandbox::{ROWS, Sandbox};

on_servers![
    a_run_goes_through_wherever_a_connection_is_cut,
    a_run_goes_through_wherever_a_connection_is_reset,
    a_commit_that_was_not_heard_is_said_again,
    a_commit_whose_reply_was_lost_is_not_said_twice,
];
on_every_engine!(
    without_advisory_locks WithoutAdvisoryLocks:
    a_commit_whose_reply_was_lost_is_not_said_twice
);

/// Places in one direction at which a sweep strikes. `SWEEP_PLACES` may ask for more; there is no use
/// in more than there are bytes.
const PLACES: u64 = 12;

/// Through which database the network fails: the first to be committed, and the last.
const FAILING: [&str; 2] = ["users", "orders"];

/// A migrated store, and what its rows are to be.
struct Trial {
    sandbox: Sandbox,
    rows: Vec<Vec<String>>,
}

impl Trial {
    fn new(on: On) -> Self {
        let sandbox = on.seeded();
        let rows = sandbox.all_rows();
        Self { sandbox, rows }
    }

    /// A proxy before a database's server.
    fn proxy(&self, alias: &str, fault: Option<Fault>) -> Proxy {
        let (server, _) = self.sandbox.server(alias).expect("it is on a server");
        Proxy::start(server.port(), fault).unwrap_or_else(|error| panic!("{error}"))
    }

    /// Seeds tables that are as `migrate` left them, one of them through a proxy.
    fn seed(&self, alias: &str, proxy: &Proxy) -> Report {
        for (alias, _) in ROWS {
            let empty =
                format!("DELETE FROM {alias}; DELETE FROM seedbed_ledger WHERE command = 'seed';");
            self.sandbox.execute(alias, &empty);
        }
        let (server, name) = self.sandbox.server(alias).expect("it is on a server");
        let variable = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
        let url = server.url_at(proxy.port(), &name);
        let variables = [(variable.as_str(), url.as_str())];
        Report::of(
            self.sandbox
                .run_with(&variables, ["seed", "--format", "json"]),
        )
    }

    /// What is not as it should be: each row is written once, and each database has recorded that once.
    fn wrong(&self, report: &Report) -> Option<String> {
        if report.code != 0 {
            return Some(report.json["error"]["message"].to_string());
        }
        let rows = self.sandbox.all_rows();
        if rows != self.rows {
            return Some(format!("these are the rows: {rows:?}"));
        }
        let seeds = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed'";
        let recorded = ROWS.map(|(alias, _)| self.sandbox.rows(alias, seeds));
        (recorded != [["1"]; 3]).then(|| format!("recorded so often: {recorded:?}"))
    }

    /// Seeds while a fault strikes; tells what came of it that should not.
    fn suffer(&self, alias: &str, fault: Fault) -> Option<String> {
        let proxy = self.proxy(alias, Some(fault));
        let report = self.seed(alias, &proxy);
        let is_passed = match fault {
            Fault::Cut(Moment::After(direction, place))
            | Fault::Reset(Moment::After(direction, place)) => proxy.passed(direction) > place,
            _ => true,
        };
        // Not every run says the same number of bytes.
        let wrong = match proxy.has_struck() || !is_passed {
            true => self.wrong(&report),
            false => Some("it did not strike".to_owned()),
        };
        wrong.map(|wrong| format!("{alias}, {fault:?}: {wrong}"))
    }

    /// Strikes at places all over a run.
    fn sweep(&self, fault: fn(Moment) -> Fault) {
        let places = env::var("SWEEP_PLACES").map_or(PLACES, |it| it.parse().expect("a number"));
        let mut wrong = Vec::new();
        for alias in FAILING {
            let whole = self.proxy(alias, None);
            assert_eq!(self.wrong(&self.seed(alias, &whole)), None, "undisturbed");
            for direction in [Direction::ToServer, Direction::ToClient] {
                let bytes = whole.passed(direction);
                for place in (0..bytes).step_by((bytes / places).max(1) as usize) {
                    let fault = fault(Moment::After(direction, place));
                    wrong.extend(self.suffer(alias, fault));
                }
            }
        }
        assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    }

    fn strike(&self, fault: Fault) {
        for alias in FAILING {
            assert_eq!(self.suffer(alias, fault), None);
        }
    }
}

fn a_run_goes_through_wherever_a_connection_is_cut(on: On) {
    Trial::new(on).sweep(Fault::Cut);
}

fn a_run_goes_through_wherever_a_connection_is_reset(on: On) {
    Trial::new(on).sweep(Fault::Reset);
}

fn a_commit_that_was_not_heard_is_said_again(on: On) {
    let trial = Trial::new(on);
    trial.strike(Fault::Cut(Moment::BeforeCommit));
    trial.strike(Fault::Reset(Moment::BeforeCommit));
}

fn a_commit_whose_reply_was_lost_is_not_said_twice(on: On) {
    let trial = Trial::new(on);
    trial.strike(Fault::Cut(Moment::BeforeReplyToCommit));
    trial.strike(Fault::Reset(Moment::BeforeReplyToCommit));
}
