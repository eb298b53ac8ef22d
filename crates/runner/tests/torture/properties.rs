use std::collections::BTreeMap;
use std::os::unix::process::ExitStatusExt;
use std::sync::LazyLock;
use std::{env, fmt};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;

use crate::fixture::{
    OrderFields, ProductFields, Row, UserFields, address, orders, products, users, written,
};
use crate::model::Judged;
use crate::report::Report;
use crate::sandbox::{ALIASES, Sandbox};
use crate::tables::{Order, Product, Tables, User, integrity};

/// Cases of the normal test run; `PROPTEST_CASES` asks for more.
const CASES: u32 = 100;

/// Databases with tables and nothing in them.
static MIGRATED: LazyLock<Sandbox> = LazyLock::new(|| {
    let sandbox = Sandbox::new();
    assert!(sandbox.run(&["migrate", "-q"]).status.success());
    sandbox
});

/// Earlier rows, fixtures for some of the datasets, and how the run is disturbed.
#[derive(Clone)]
struct Case {
    before: Tables,
    users: Option<Vec<Row<UserFields>>>,
    products: Option<Vec<Row<ProductFields>>>,
    orders: Option<Vec<Row<OrderFields>>>,
    in_flow_style: bool,
    /// Stored rows are left as they are.
    keep: bool,
    /// `BATCHES`.
    batches: &'static str,
    /// `FAIL_AT`.
    fail_at: String,
}

#[test]
fn rows_are_accepted_as_the_contract_says_whatever_there_was_and_whatever_happens() {
    let mut config = ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    let tested =
        TestRunner::new(config).run(&case(), |case| case.check().map_err(TestCaseError::fail));
    if let Err(error) = tested {
        panic!("{error}");
    }
}

fn case() -> impl Strategy<Value = Case> {
    let some = |weight| prop::bool::weighted(weight);
    let loaded = (some(0.9), some(0.9), some(0.9))
        .prop_filter("something is loaded", |(a, b, c)| *a || *b || *c);
    let fixtures = (users(), products(), orders(), loaded);
    let batches = prop::sample::select(vec!["1x1", "2x1", "1x3", "3x2", "1000x32"]);
    let how = (any::<bool>(), some(0.15), batches, fail_at());
    (before(), fixtures, how).prop_map(|(before, (users, products, orders, loaded), how)| Case {
        before,
        users: loaded.0.then_some(users),
        products: loaded.1.then_some(products),
        orders: loaded.2.then_some(orders),
        in_flow_style: how.0,
        keep: how.1,
        batches: how.2,
        fail_at: how.3,
    })
}

/// Databases as earlier runs and other programs may have left them: e-mails that differ in nothing but
/// case are what the table allows.
fn before() -> impl Strategy<Value = Tables> {
    let address =
        prop_oneof![4 => address(), 1 => (0..9u8).prop_map(|n| format!("other{n}@example.com"))];
    let user = (1..=9i64, (0..3u8, address));
    let product = (1..=7i64, (0..3u8, 0..4i64));
    let order = (1..=9i64, (0..9usize, 0..9usize, 1..4i64));
    let many = |most| 0..most;
    let rows = (
        prop::collection::vec(user, many(8usize)),
        prop::collection::vec(product, many(5usize)),
        prop::collection::vec(order, many(6usize)),
    );
    rows.prop_map(|(users, products, orders)| {
        let mut tables = Tables::default();
        for (id, (name, email)) in users {
            if tables.users.values().all(|user| user.email != email) {
                tables.users.insert(
                    id,
                    User {
                        name: format!("name {name}"),
                        email,
                    },
                );
            }
        }
        for (id, (name, price)) in products {
            let product = Product {
                name: format!("name {name}"),
                cents: price * 100 + 50,
            };
            tables.products.insert(id, product);
        }
        for (id, (user, product, quantity)) in orders {
            let user = tables.users.keys().nth(user).copied();
            let product = tables.products.keys().nth(product).copied();
            if let (Some(user), Some(product)) = (user, product) {
                tables.orders.insert(
                    id,
                    Order {
                        user,
                        product,
                        quantity,
                    },
                );
            }
        }
        tables
    })
}

/// A place that a run passes if it has something to do there, and what happens to it there.
fn fail_at() -> impl Strategy<Value = String> {
    let places = vec![
        "begin.before#1",
        "begin.after#1",
        "batch.before#1",
        "batch.after#1",
        "ledger.before#1",
        "ledger.after#1",
        "commit.before#1",
        "commit.after#1",
    ];
    let hows = vec!["abort", "abort", "error", "transient"];
    (
        prop::sample::select(ALIASES.to_vec()),
        prop::sample::select(places),
        prop::sample::select(hows),
    )
        .prop_map(|(alias, place, how)| format!("{alias}.{place}:{how}"))
}

type Found = Result<(), String>;

impl Case {
    fn check(&self) -> Found {
        let sandbox = Sandbox::new();
        sandbox.copy_databases_from(&MIGRATED.path().join("data"));
        let wrote = self.before.write(&sandbox);
        wrote.map_err(|error| format!("the earlier rows are impossible: {error}"))?;
        sandbox.keep_databases("before");
        let dry = self.run(&sandbox, &["--dry-run"])?;
        self.expect(
            Tables::of(&sandbox) == self.before,
            "a dry run writes nothing",
        )?;
        let report = self.run(&sandbox, &[])?;
        let after = Tables::of(&sandbox);
        self.expect(
            dry.datasets == report.datasets,
            "a dry run counts as the run does",
        )?;
        self.check_verdict(&report, &after)?;
        self.expect(after.dangling().is_empty(), "no order dangles")?;
        let again = self.run(&sandbox, &[])?;
        self.expect(
            Tables::of(&sandbox) == after,
            "a second run changes nothing",
        )?;
        self.expect(again.outcome == "unchanged", "a second run writes nothing")?;
        sandbox.restore_databases("before");
        self.check_disturbed(&sandbox, &report, &after)
    }

    /// Runs over what the fixtures say now.
    fn run(&self, sandbox: &Sandbox, more: &[&str]) -> Result<Report, String> {
        self.write_fixtures(sandbox);
        let mut run = sandbox.command(&[&self.arguments(), more].concat());
        let output = run
            .env("BATCHES", self.batches)
            .output()
            .expect("it starts");
        match output.status.code() {
            Some(0) => Ok(Report::of(&output)),
            _ => Err(format!("the run failed: {output:?}")),
        }
    }

    fn arguments(&self) -> Vec<&'static str> {
        let existing = if self.keep { "keep" } else { "update" };
        vec!["seed", "--format", "json", "--existing", existing]
    }

    fn write_fixtures(&self, sandbox: &Sandbox) {
        let style = self.in_flow_style;
        let texts = [
            (
                "users.yaml",
                self.users.as_ref().map(|rows| written(rows, style).0),
            ),
            (
                "products.yaml",
                self.products.as_ref().map(|rows| written(rows, style).0),
            ),
            (
                "orders.yaml",
                self.orders.as_ref().map(|rows| written(rows, style).0),
            ),
        ];
        for (name, text) in texts {
            if let Some(text) = text {
                sandbox.fixture(name, &text);
            }
        }
    }

    fn check_verdict(&self, report: &Report, after: &Tables) -> Found {
        let (before, style, keep) = (&self.before, self.in_flow_style, self.keep);
        match &self.users {
            None => self.expect(after.users == before.users, "users are left alone")?,
            Some(rows) => Judged::of(rows, &written(rows, style).1, report)
                .ok_or("users were not loaded")?
                .check_users(before, after, keep)?,
        }
        match &self.products {
            None => self.expect(after.products == before.products, "products are left alone")?,
            Some(rows) => Judged::of(rows, &written(rows, style).1, report)
                .ok_or("products were not loaded")?
                .check_products(before, after, keep)?,
        }
        match &self.orders {
            None => self.expect(after.orders == before.orders, "orders are left alone"),
            Some(rows) => Judged::of(rows, &written(rows, style).1, report)
                .ok_or("orders were not loaded")?
                .check_orders(before, after, keep),
        }
    }

    /// Lets something happen to a run, then completes it.
    fn check_disturbed(&self, sandbox: &Sandbox, undisturbed: &Report, after: &Tables) -> Found {
        let mut run = sandbox.command(&self.arguments());
        let run = run
            .env("FAIL_AT", &self.fail_at)
            .env("BATCHES", self.batches)
            .output()
            .expect("it starts");
        let ended = (run.status.code(), run.status.signal());
        let left = Tables::of(sandbox);
        self.expect(integrity(sandbox).is_empty(), "no file is damaged")?;
        self.expect(left.dangling().is_empty(), "no order dangles in between")?;
        let state = |alias| match (left.same(alias, after), left.same(alias, &self.before)) {
            (true, was) => Ok((true, was)),
            (false, true) => Ok((false, true)),
            (false, false) => Err(format!("{ended:?}: `{alias}` is neither old nor new")),
        };
        let states: Result<BTreeMap<_, _>, _> = ALIASES
            .iter()
            .map(|a| Ok::<_, String>((*a, state(a)?)))
            .collect();
        let states = states?;
        let complete = states.values().all(|(is_new, _)| *is_new);
        let orders_first = states["orders"] == (true, false) && !complete;
        self.expect(!orders_first, "orders come last")?;
        let untouched = states.values().all(|(_, was)| *was);
        let early = !self.fail_at.contains(".commit.") && ended.0 != Some(0);
        self.expect(
            untouched || !early,
            "before the first commit nothing is written",
        )?;
        let passes = self.fail_at.ends_with(":transient");
        self.expect(
            ended.0 == Some(0) || !passes,
            "a fault that passes is got over",
        )?;
        match ended {
            (Some(0), _) => {
                self.expect(complete, "a run that succeeds is complete")?;
                let report = Report::of(&run);
                let same = report.datasets == undisturbed.datasets
                    && report.outcome == undisturbed.outcome;
                self.expect(same, "a run that was disturbed reports what it did")?;
            }
            (Some(3), _) => {
                let report = Report::of(&run);
                for (alias, (is_new, was)) in &states {
                    let committed = report.committed.get(*alias) == Some(&true);
                    let told = if committed { *is_new } else { *was };
                    self.expect(told, &format!("what is said to be committed is: `{alias}`"))?;
                }
            }
            (None, Some(_)) => {}
            _ => return Err(format!("it ended otherwise: {run:?}")),
        }
        self.run(sandbox, &[])?;
        self.expect(Tables::of(sandbox) == *after, "the next run completes it")
    }

    fn expect(&self, holds: bool, what: &str) -> Found {
        if holds {
            Ok(())
        } else {
            Err(format!("not so: {what}"))
        }
    }
}

/// As one would write the case down.
impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let how = if self.keep { "keep" } else { "update" };
        writeln!(
            f,
            "FAIL_AT={} BATCHES={} --existing {how}, before:",
            self.fail_at, self.batches
        )?;
        writeln!(
            f,
            "  {:?}\n  {:?}\n  {:?}",
            self.before.users, self.before.products, self.before.orders
        )?;
        writeln!(f, "fixtures, in flow style: {}", self.in_flow_style)?;
        writeln!(
            f,
            "  users: {:?}\n  products: {:?}\n  orders: {:?}",
            self.users, self.products, self.orders
        )
    }
}
