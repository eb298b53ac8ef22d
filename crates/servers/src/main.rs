//! Starts both servers for a developer, says how seedbed reaches them, and stops them at Ctrl-C.

use std::process::ExitCode;

use servers::{Error, Kind, Server, Settings};

/// The aliases of the store's databases.
const ALIASES: [&str; 3] = ["users", "products", "orders"];

#[tokio::main]
async fn main() -> ExitCode {
    match run().await {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}

async fn run() -> Result<(), Error> {
    let mut running = Vec::new();
    for kind in Kind::ALL {
        match start(kind) {
            Err(Error::NotInstalled(name)) => eprintln!("{name} is not installed; left out\n"),
            started => running.push(started?),
        }
    }
    if running.is_empty() {
        return Err(Error::NotInstalled("neither PostgreSQL nor MariaDB"));
    }
    eprintln!("running until Ctrl-C; then everything in them is gone");
    if let Err(error) = tokio::signal::ctrl_c().await {
        return Err(Error::System {
            doing: "wait for Ctrl-C",
            error,
        });
    }
    eprintln!("stopping");
    running.into_iter().for_each(Server::stop);
    Ok(())
}

/// Starts a server with the store's databases, and prints the variables that point seedbed there.
fn start(kind: Kind) -> Result<Server, Error> {
    let server = Server::start(kind, Settings::default().durable())?;
    server.create_databases(&ALIASES.map(str::to_owned))?;
    println!("# {}, for the shell in which seedbed runs", kind.name());
    for alias in ALIASES {
        let variable = format!("SEEDBED_DATABASES__{}__URL", alias.to_uppercase());
        println!("export {variable}='{}'", server.url(alias));
    }
    println!();
    Ok(server)
}
