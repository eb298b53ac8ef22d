use std::io::{ErrorKind, Read, Write};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use servers::{Direction, Fault, Moment, Proxy};

/// Answers what it hears, in capitals, to so many connections; gives what it heard in each.
fn echo(connections: usize) -> (u16, JoinHandle<Vec<Vec<u8>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).expect("a port is free");
    let port = listener.local_addr().expect("it listens").port();
    let talk = move |_| {
        let (mut stream, _) = listener.accept().expect("somebody comes");
        let mut heard = Vec::new();
        let mut byte = [0];
        while let Ok(1) = stream.read(&mut byte) {
            heard.push(byte[0]);
            if stream
                .write_all(&byte.map(|it| it.to_ascii_uppercase()))
                .is_err()
            {
                break;
            }
        }
        heard
    };
    (
        port,
        thread::spawn(move || (0..connections).map(talk).collect()),
    )
}

fn start(port: u16, fault: Option<Fault>) -> Proxy {
    Proxy::start(port, fault).unwrap_or_else(|error| panic!("{error}"))
}

/// Says something through a proxy and hears the answer to its end.
fn say(proxy: &Proxy, text: &str) -> (Vec<u8>, Option<ErrorKind>) {
    let stream = TcpStream::connect(("127.0.0.1", proxy.port()));
    let mut stream = stream.expect("the proxy listens");
    stream.write_all(text.as_bytes()).expect("it hears");
    // Whoever has been cut off cannot be told that all is said.
    _ = stream.shutdown(Shutdown::Write);
    let mut answer = Vec::new();
    let error = stream.read_to_end(&mut answer).err();
    (answer, error.map(|error| error.kind()))
}

/// A text passes until the fault strikes, the server hears this of it, and the next one passes whole. Gives what was
/// answered until then.
#[track_caller]
fn check(fault: Fault, text: &str, heard: &str) -> Vec<u8> {
    let (port, server) = echo(2);
    let proxy = start(port, Some(fault));
    let (answer, error) = say(&proxy, text);
    let reset = matches!(fault, Fault::Reset(_)).then_some(ErrorKind::ConnectionReset);
    assert_eq!(error, reset, "{fault:?}");
    assert!(proxy.has_struck(), "{fault:?}");
    assert_eq!(say(&proxy, "commit again").0, b"COMMIT AGAIN", "{fault:?}");
    let all = server.join().expect("the server does not panic");
    assert_eq!(all, [heard.as_bytes(), b"commit again"], "{fault:?}");
    answer
}

#[test]
fn bytes_are_counted_and_pass() {
    let (port, server) = echo(1);
    let proxy = start(port, None);
    assert_eq!(say(&proxy, "seven.."), (b"SEVEN..".to_vec(), None));
    assert_eq!(proxy.passed(Direction::ToServer), 7);
    assert_eq!(proxy.passed(Direction::ToClient), 7);
    assert!(!proxy.has_struck());
    assert_eq!(server.join().expect("no panic"), [b"seven.."]);
}

#[test]
fn a_connection_breaks_at_the_byte_it_is_told_and_only_once() {
    for count in [0, 1, 5] {
        let moment = Moment::After(Direction::ToServer, count);
        let heard = &"some text"[..count as usize];
        check(Fault::Cut(moment), "some text", heard);
    }
    // The server hears all, and its answer is lost.
    check(
        Fault::Reset(Moment::After(Direction::ToClient, 0)),
        "a",
        "a",
    );
}

#[test]
fn a_statement_is_not_heard() {
    let moment = Moment::Before("COMMIT");
    check(Fault::Cut(moment), "q COMMIT", "");
    check(Fault::Reset(moment), "COMMIT\0", "");
}

#[test]
fn a_statement_is_heard_and_its_reply_is_not() {
    let moment = Moment::BeforeReplyTo("COMMIT");
    assert_eq!(check(Fault::Cut(moment), "COMMIT", "COMMIT"), b"");
}

#[test]
fn a_statement_that_only_looks_alike_passes() {
    for moment in [Moment::Before("COMMIT"), Moment::BeforeReplyTo("COMMIT")] {
        for other in ["READ COMMITTED;", "AUTOCOMMIT = 0;"] {
            let (port, server) = echo(1);
            let proxy = start(port, Some(Fault::Cut(moment)));
            assert_eq!(say(&proxy, other), (other.into(), None));
            assert!(!proxy.has_struck(), "{moment:?}");
            assert_eq!(server.join().expect("no panic"), [other.as_bytes()]);
        }
    }
}

#[test]
fn a_stalled_connection_says_nothing_and_stays_open() {
    let (port, server) = echo(1);
    let moment = Moment::After(Direction::ToServer, 3);
    let proxy = start(port, Some(Fault::Stall(moment)));
    let stream = TcpStream::connect(("127.0.0.1", proxy.port()));
    let mut stream = stream.expect("the proxy listens");
    stream.write_all(b"stalled").expect("it hears");
    assert!(proxy.wait_for_strike(Duration::from_secs(30)));
    let mut answer = [0; 3];
    stream.read_exact(&mut answer).expect("three have passed");
    assert_eq!(&answer, b"STA");
    stream.set_nonblocking(true).expect("it is a socket");
    let error = stream.read(&mut answer).expect_err("nothing more comes");
    assert_eq!(error.kind(), ErrorKind::WouldBlock);
    drop(proxy);
    assert_eq!(server.join().expect("no panic"), [b"sta"]);
}
