//! The kit's program over one of several small registries: the one that the variable `REGISTRY`
//! names. Some of them cannot be run, and are to be refused.

mod refused;
mod seed_only;
mod users_with_phone;

use std::env;
use std::process::ExitCode;

use seedbed::Registry;

fn main() -> ExitCode {
    let name = env::var("REGISTRY").expect("`REGISTRY` names a registry");
    seedbed::main(registry(&name))
}

fn registry(name: &str) -> Registry {
    match name {
        "seed-only" => seed_only::registry(),
        "users" => users_with_phone::before(),
        "users-with-phone" => users_with_phone::after(),
        refused => refused::registry(refused),
    }
}
