//! The binary `seedbed`.

use std::process::ExitCode;

fn main() -> ExitCode {
    seedbed::main(runner::registry())
}
