use servers::{Proxy, Server, Settings};

use crate::on::{On, on_servers};

on_servers![
    two_aliases_of_one_database_by_different_addresses_are_refused,
    a_database_that_cannot_be_asked_hinders_only_who_needs_it,
    databases_of_one_name_on_two_servers_are_two,
    a_migrate_url_that_leads_elsewhere_is_refused,
];

const ORDERS_URL: &str = "SEEDBED_DATABASES__ORDERS__URL";
const ORDERS_MIGRATE_URL: &str = "SEEDBED_DATABASES__ORDERS__MIGRATE_URL";

fn proxy(server: &Server) -> Proxy {
    Proxy::start(server.port(), None).unwrap_or_else(|error| panic!("{error}"))
}

fn two_aliases_of_one_database_by_different_addresses_are_refused(on: On) {
    let sandbox = on.seeded();
    let (server, users) = sandbox.server("users").expect("it is on a server");
    let proxy = proxy(server);
    let url = server.url_at(proxy.port(), &users);
    let before = sandbox.state();
    let check = |variable: &str, commands: &[&[&str]]| {
        for command in commands {
            let ran = sandbox.run_with(&[(variable, &url)], command.iter().copied());
            let ran = ran.exits(2).says("`users` (").says("`orders` (");
            ran.says("are the same database; give each its own");
        }
    };
    let migrating: [&[&str]; 4] = [
        &["up"],
        &["migrate"],
        &["migrate", "down", "--yes"],
        &["migrate", "fresh", "--yes", "--database", "orders"],
    ];
    check(ORDERS_URL, &migrating);
    check(ORDERS_MIGRATE_URL, &migrating);
    check(
        ORDERS_URL,
        &[
            &["seed"],
            &["seed", "--dry-run"],
            &["seed", "--database", "users"],
        ],
    );
    sandbox.run_with(&[(ORDERS_URL, &url)], ["check"]).exits(1);
    assert!(sandbox.state() == before, "something was changed");
}

fn a_database_that_cannot_be_asked_hinders_only_who_needs_it(on: On) {
    let sandbox = on.seeded();
    let (server, users) = sandbox.server("users").expect("it is on a server");
    // Nobody listens there.
    let url = server.url_at(1, &users);
    let seed = ["seed", "--database", "users"];
    sandbox.run_with(&[(ORDERS_URL, &url)], seed).exits(0);
    let ran = sandbox
        .run_with(&[(ORDERS_URL, &url)], ["migrate"])
        .exits(3);
    ran.says("open the database `orders`")
        .says("; committed: none; ");
    let ran = sandbox.run_with(&[(ORDERS_URL, &url)], ["seed"]).exits(3);
    ran.says("open the database `orders`")
        .says("; nothing was written");
}

fn databases_of_one_name_on_two_servers_are_two(on: On) {
    let sandbox = on.store();
    let (shared, users) = sandbox.server("users").expect("it is on a server");
    let server = Server::start(shared.kind(), Settings::default());
    let server = server.unwrap_or_else(|error| panic!("{error}"));
    let created = server.create_databases(std::slice::from_ref(&users));
    created.unwrap_or_else(|error| panic!("{error}"));
    let url = server.url(&users);
    sandbox.run_with(&[(ORDERS_URL, &url)], ["up"]).exits(0);
    let orders = server.sql(&users, "SELECT count(*) FROM orders");
    assert_eq!(orders.unwrap_or_else(|error| panic!("{error}")), [["7"]]);
    assert_eq!(sandbox.tables("orders"), Vec::<String>::new());
}

fn a_migrate_url_that_leads_elsewhere_is_refused(on: On) {
    let sandbox = on.seeded();
    let (server, orders) = sandbox.server("orders").expect("it is on a server");
    let proxy = proxy(server);
    let same = server.url_at(proxy.port(), &orders);
    sandbox
        .run_with(&[(ORDERS_MIGRATE_URL, &same)], ["up"])
        .exits(0);
    let elsewhere = format!("{orders}_elsewhere");
    let created = server.create_databases(std::slice::from_ref(&elsewhere));
    created.unwrap_or_else(|error| panic!("{error}"));
    let url = server.url_at(proxy.port(), &elsewhere);
    let before = sandbox.state();
    for command in [&["up"][..], &["migrate", "fresh", "--yes"]] {
        let ran = sandbox.run_with(&[(ORDERS_MIGRATE_URL, &url)], command.iter().copied());
        ran.exits(2)
            .says("`databases.orders.migrate_url` reaches another database than `url`");
    }
    assert!(sandbox.state() == before, "something was changed");
    let removed = server.drop_databases(&[elsewhere]);
    removed.unwrap_or_else(|error| panic!("{error}"));
}
