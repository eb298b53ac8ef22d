//! The store of four databases on the command line.

use std::process::ExitCode;

fn main() -> ExitCode {
    seedbed::main(four_databases::registry())
}
