use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, ErrorKind};
use std::net::TcpStream;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use servers::testing::is_here;
use servers::{Kind, Server, Settings};
use tempfile::TempDir;

/// How long cleaning up may take on a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

fn sql(server: &Server, statements: &str) -> Vec<Vec<String>> {
    let rows = server.sql("trial", statements);
    rows.unwrap_or_else(|error| panic!("{error}"))
}

#[test]
fn what_was_committed_outlives_a_crash() {
    for kind in Kind::ALL.into_iter().filter(|kind| is_here(*kind)) {
        let started = Server::start(kind, Settings::default().durable());
        let server = started.unwrap_or_else(|error| panic!("{error}"));
        let created = server.create_databases(&["trial".to_owned()]);
        created.unwrap_or_else(|error| panic!("{error}"));
        sql(
            &server,
            "CREATE TABLE notes (id INT, note TEXT); INSERT INTO notes VALUES (1, 'a\tb\nc\\d'), (2, NULL);",
        );
        server.kill().expect("it can be killed");
        assert!(server.sql("trial", "SELECT 1;").is_err(), "it is gone");
        server.restart().unwrap_or_else(|error| panic!("{error}"));
        let notes = sql(&server, "SELECT id, note FROM notes ORDER BY id;");
        assert_eq!(notes, [["1", note(kind)], ["2", "NULL"]]);
        server.stop();
    }
}

/// MariaDB takes the backslash for an escape.
fn note(kind: Kind) -> &'static str {
    match kind {
        Kind::Postgres => "a\tb\nc\\d",
        Kind::Mariadb => "a\tb\ncd",
    }
}

/// The developers' program, with both servers running; its folders are in a folder of the test's.
fn program(folder: &Path) -> Child {
    let mut child = Command::new(env!("CARGO_BIN_EXE_servers"))
        .env("TMPDIR", folder)
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it can be started");
    let stderr = child.stderr.take().expect("it is piped");
    let mut lines = BufReader::new(stderr).lines().map_while(Result::ok);
    let mut said = Vec::new();
    while !said
        .iter()
        .any(|line: &String| line.contains("running until Ctrl-C"))
    {
        said.push(lines.next().unwrap_or_else(|| panic!("it ended: {said:?}")));
    }
    child
}

#[test]
fn nothing_is_left_when_the_process_ends_in_whatever_way() {
    if !Kind::ALL.into_iter().any(is_here) {
        return;
    }
    for signal in ["KILL", "INT"] {
        let folder = TempDir::new().expect("a folder can be made");
        // The servers are other users than we may be, and have to get through.
        let open = Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), open).expect("it is ours");
        let child = program(folder.path());
        assert_ne!(files(folder.path()), 0);
        let kill = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status();
        assert!(kill.expect("there is a `kill`").success());
        let output = child.wait_with_output().expect("it is ours");
        let said = String::from_utf8(output.stdout).expect("it is text");
        assert!(said.contains("@127.0.0.1:"), "{said}");
        let start = Instant::now();
        while files(folder.path()) > 0 {
            assert!(start.elapsed() < PATIENCE, "{signal} left something");
            thread::sleep(Duration::from_millis(20));
        }
        let ports = said.split("@127.0.0.1:").skip(1);
        for port in ports.filter_map(|rest| rest.split('/').next()?.parse::<u16>().ok()) {
            let error = TcpStream::connect(("127.0.0.1", port)).err();
            let refused = error.map(|error| error.kind());
            assert_eq!(refused, Some(ErrorKind::ConnectionRefused), "{signal}");
        }
    }
}

fn files(folder: &Path) -> usize {
    fs::read_dir(folder).expect("it is there").count()
}
