//! Django's `loaddata` of the good rows, one fixture after the other.

use std::fs::{self, File};
use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::Result;

use crate::bench::Bench;
use crate::files::money;
use crate::finding::{Finding, Target, millions, seconds};
use crate::generate::{Edition, Rows, is_bad};
use crate::measure::{alternate, contestant, finish, timed, version};
use crate::sqlite_files::SqliteFiles;
use crate::totals::TABLES;

/// It gets 21,000 rows. All would take it minutes and 9 GB.
const SIZE: f64 = 0.015;

/// A program of Django's, from the workspace's root.
const LOADDATA: &str = "crates/bench/django/loaddata.py";

/// What is installed into an environment of its own; PyYAML brings libyaml.
const PACKAGES: [&str; 2] = ["Django==5.2.*", "PyYAML==6.*"];

/// Seeds empty databases, and has Django load a part of the rows.
///
/// # Errors
/// When anyone fails, or leaves other rows than the good ones.
pub fn measure(bench: &Bench) -> Result<Vec<Finding>> {
    let (files, part) = (
        bench.files(1.0, Edition::First)?,
        bench.files(SIZE, Edition::First)?,
    );
    let fixtures = part.yaml.with_file_name("django");
    write(&fixtures, part.rows)?;
    let python = environment(bench.kept())?;
    let databases = SqliteFiles::new(bench.folder(), "django")?;
    let [seed, django] = alternate(
        bench.runs,
        [
            contestant("seed", || {
                databases.empty()?;
                let took = databases.seedbed.run(&["seed"], &files.yaml)?;
                databases.check(&files.totals)?;
                Ok(took.as_secs_f64())
            }),
            contestant("loaddata", || {
                databases.empty()?;
                let mut loaddata = Command::new(&python);
                loaddata.arg(LOADDATA).arg(&fixtures);
                loaddata.args(TABLES.map(|(alias, _)| databases.file(alias)));
                let took = timed(&mut loaddata, &[0])?;
                databases.check(&part.totals)?;
                Ok(took.as_secs_f64())
            }),
        ],
    )?;
    let rows = part.rows.size.rows();
    let slower = django
        .per(rows)
        .relative_to(&seed.per(files.rows.size.rows()));
    let version = version(&finish(Command::new(&python).args([
        "-m",
        "django",
        "--version",
    ]))?);
    let what = format!(
        "{} rows by Django {version}, `loaddata` of one fixture after the other",
        millions(rows)
    );
    Ok(vec![
        seconds(what, &django)
            .ratio("a row, this ÷ seed", slower)
            .target(Target::AtLeast(500.0)),
    ])
}

/// The interpreter of an environment that has Django.
fn environment(kept: &Path) -> Result<PathBuf> {
    let environment = kept.join("venv");
    let python = environment.join("bin/python");
    if !python.exists() {
        timed(
            Command::new("python3")
                .args(["-m", "venv"])
                .arg(&environment),
            &[0],
        )?;
    }
    let mut pip = Command::new(&python);
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
    ]);
    timed(pip.args(PACKAGES), &[0])?;
    Ok(python)
}

/// Writes the good rows as Django's fixtures.
fn write(folder: &Path, rows: Rows) -> Result<()> {
    fs::create_dir_all(folder)?;
    let create = |name| File::create(folder.join(name)).map(BufWriter::new);
    let mut users = create("users.yaml")?;
    for row in rows.users().filter(|row| !is_bad(row.id)) {
        writeln!(users, "- model: store.user\n  pk: {}\n  fields:", row.id)?;
        writeln!(users, "    name: {}\n    email: {}", row.name, row.email)?;
    }
    let mut products = create("products.yaml")?;
    for row in rows.products().filter(|row| !is_bad(row.id)) {
        writeln!(
            products,
            "- model: store.product\n  pk: {}\n  fields:",
            row.id
        )?;
        writeln!(
            products,
            "    name: {}\n    price: {}",
            row.name,
            money(row.cents)
        )?;
    }
    let mut orders = create("orders.yaml")?;
    for row in rows.orders().filter(|row| !is_bad(row.id)) {
        writeln!(orders, "- model: store.order\n  pk: {}\n  fields:", row.id)?;
        writeln!(
            orders,
            "    user_id: {}\n    product_id: {}",
            row.user_id, row.product_id
        )?;
        writeln!(orders, "    quantity: {}", row.quantity)?;
    }
    for mut file in [users, products, orders] {
        file.flush()?;
    }
    Ok(())
}
