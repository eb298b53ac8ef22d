use std::process::Stdio;
use std::time::Duration;

use serde_json::json;
use servers::{Fault, Kind, Moment, Proxy, Server, Settings};

use crate::on::{On, on_servers};
use crate::report::Report;
use crate::sandbox::{DOUBT, Ran, Sandbox};

on_servers![
    a_server_that_crashes_while_rows_are_written_loses_none_and_the_run_goes_on,
    a_server_that_crashes_before_it_hears_a_commit_hears_it_again,
    a_server_that_crashes_after_a_commit_does_not_get_it_twice,
];

/// Longer than a run takes to any place on a busy machine.
const PATIENCE: Duration = Duration::from_secs(60);

/// A server of the test's own that keeps orders; users and products are files.
struct Crash {
    server: Server,
    sandbox: Sandbox,
}

impl Crash {
    fn new(on: On) -> Self {
        let kind = on.kind("orders").expect("it is on a server");
        let server = Server::start(kind, Settings::default().durable());
        let server = server.unwrap_or_else(|error| panic!("{error}"));
        let created = server.create_databases(&["orders".to_owned()]);
        created.unwrap_or_else(|error| panic!("{error}"));
        let sandbox = Sandbox::store();
        let url = server.url("orders");
        sandbox
            .run_with(&[("SEEDBED_DATABASES__ORDERS__URL", &url)], ["migrate"])
            .exits(0);
        Self { server, sandbox }
    }

    fn orders(&self, query: &str) -> Vec<Vec<String>> {
        let rows = self.server.sql("orders", query);
        rows.unwrap_or_else(|error| panic!("{error}"))
    }

    /// The server crashes at this moment of a run, and comes back; the run goes through.
    fn check(&self, moment: Moment) -> Ran {
        let proxy = Proxy::start(self.server.port(), Some(Fault::Stall(moment)));
        let proxy = proxy.unwrap_or_else(|error| panic!("{error}"));
        let mut seed = self.sandbox.command(["seed", "--format", "json"]);
        let url = self.server.url_at(proxy.port(), "orders");
        let seed = seed
            .env("SEEDBED_DATABASES__ORDERS__URL", url)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let struck = proxy.wait_for_strike(PATIENCE);
        let crashed = self.server.restart();
        let ran = Ran::from(seed.wait_with_output().expect("it ends"));
        assert!(struck, "{ran:#?}");
        crashed.unwrap_or_else(|error| panic!("{error}"));
        let report = Report::of(ran).ends("seeded", 0);
        assert_eq!(report.counts("orders"), json!([10, 7, 3, 7, 0, 0]));
        let count = "SELECT count(*) FROM orders;";
        assert_eq!(self.orders(count), [["7"]], "{moment:?}");
        let seeds = "SELECT count(*) FROM seedbed_ledger WHERE command = 'seed';";
        assert_eq!(self.orders(seeds), [["1"]], "{moment:?}");
        for alias in ["users", "products"] {
            assert_eq!(self.sandbox.rows(alias, seeds), ["1"], "{moment:?}");
            let count = format!("SELECT count(*) FROM {alias}");
            assert_eq!(self.sandbox.rows(alias, &count), ["9"], "{moment:?}");
        }
        report.ran
    }
}

fn a_server_that_crashes_while_rows_are_written_loses_none_and_the_run_goes_on(on: On) {
    let crash = Crash::new(on);
    // All rows are in the open transaction by then.
    let ledger = match crash.server.kind() {
        Kind::Postgres => "INSERT INTO \"seedbed_ledger\"",
        Kind::Mariadb => "INSERT INTO `seedbed_ledger`",
    };
    let ran = crash.check(Moment::BeforeReplyTo(ledger));
    assert!(!ran.stderr.contains(DOUBT), "{ran:#?}");
}

fn a_server_that_crashes_before_it_hears_a_commit_hears_it_again(on: On) {
    let ran = Crash::new(on).check(Moment::Before("COMMIT"));
    assert!(ran.stderr.contains(DOUBT), "{ran:#?}");
}

fn a_server_that_crashes_after_a_commit_does_not_get_it_twice(on: On) {
    let ran = Crash::new(on).check(Moment::BeforeReplyTo("COMMIT"));
    assert!(ran.stderr.contains(DOUBT), "{ran:#?}");
}
