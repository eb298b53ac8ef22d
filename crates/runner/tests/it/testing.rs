use entities::{orders, products, users};
use sea_orm::{ActiveModelTrait, EntityTrait, PaginatorTrait, Set};
use seedbed::Outcome;
use seedbed::testing::Databases;

use crate::sandbox::{FIXTURES, Sandbox};

async fn seeded() -> Databases {
    let databases = Databases::seeded(runner::registry(), FIXTURES).await;
    databases.expect("the store can be seeded")
}

#[tokio::test(flavor = "multi_thread")]
async fn databases_for_tests_hold_the_good_rows() {
    let databases = seeded().await;
    let report = databases.report();
    assert_eq!(report.outcome, Outcome::Seeded);
    assert_eq!((report.problems.errors, report.problems.warnings), (6, 1));
    let users = databases.connection("users");
    let users = users::Entity::find()
        .all(users)
        .await
        .expect("users can be read");
    assert_eq!(users.len(), 9);
    let orders = databases.connection("orders");
    let order = orders::Entity::find_by_id(3).one(orders).await;
    let order = order
        .expect("orders can be read")
        .expect("order 3 is there");
    assert_eq!((order.user_id, order.product_id, order.quantity), (3, 3, 5));
    let products = databases.connection("products");
    assert_eq!(products::Entity::find().count(products).await, Ok(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn two_at_once_do_not_meet() {
    let (one, other) = tokio::join!(seeded(), seeded());
    let kim = users::ActiveModel {
        name: Set("Kim".to_owned()),
        email: Set("kim@example.com".to_owned()),
        ..Default::default()
    };
    kim.insert(one.connection("users"))
        .await
        .expect("Kim is new");
    let count = async |databases: &Databases| {
        let users = databases.connection("users");
        users::Entity::find().count(users).await
    };
    assert_eq!(count(&one).await, Ok(10));
    assert_eq!(count(&other).await, Ok(9));
    drop(one);
    assert_eq!(count(&other).await, Ok(9));
}

#[tokio::test(flavor = "multi_thread")]
async fn many_at_once_do_not_meet() {
    let tasks: Vec<_> = (0..6).map(|_| tokio::spawn(seeded())).collect();
    for task in tasks {
        let databases = task.await.expect("seeding does not panic");
        let users = databases.connection("users");
        assert_eq!(users::Entity::find().count(users).await, Ok(9));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_a_command_would_have_said_is_the_error() {
    let check = async |fixture: &str, text: &str, said: &str| {
        let sandbox = Sandbox::store();
        sandbox.write(&format!("fixtures/{fixture}"), text);
        let databases = Databases::seeded(runner::registry(), sandbox.path("fixtures")).await;
        let error = databases.err().expect("there is an error").to_string();
        assert!(error.contains(said), "no `{said}` in {error}");
    };
    check("ordrs.yaml", "[]", "did you mean `orders`?").await;
    check("users.yaml", "- {id: 1}\n- oops\n", "users.yaml:2:3").await;
    let databases = Databases::seeded(runner::registry(), "nowhere/at/all").await;
    let error = databases.err().expect("there is an error").to_string();
    assert!(error.contains("nowhere/at/all"), "{error}");
}
