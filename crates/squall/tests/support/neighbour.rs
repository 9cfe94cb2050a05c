//! A little HTTP server for actions to talk to; it answers with what it was asked.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};

use serde_json::json;

/// Starts the server; it ends with the test process.
pub(crate) fn start() -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port on loopback");
    let address = listener.local_addr().expect("a bound listener has an address");
    std::thread::spawn(move || {
        for connection in listener.incoming().flatten() {
            std::thread::spawn(move || answer(connection));
        }
    });
    address
}

/// `/status/404` answers with that status, everything else with 200 and the request as JSON.
fn answer(connection: TcpStream) -> std::io::Result<()> {
    let mut reader = BufReader::new(connection.try_clone()?);
    let mut first = String::new();
    reader.read_line(&mut first)?;
    let mut length = 0;
    loop {
        let mut line = String::new();
        if reader.read_line(&mut line)? == 0 || line.trim().is_empty() {
            break;
        }
        if let Some((name, value)) = line.split_once(':')
            && name.eq_ignore_ascii_case("content-length")
        {
            length = value.trim().parse().unwrap_or(0);
        }
    }
    let mut body = vec![0; length];
    reader.read_exact(&mut body)?;
    let mut words = first.split(' ');
    let (method, path) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
    let status = path.strip_prefix("/status/").unwrap_or("200");
    let text = json!({"method": method, "path": path, "body": String::from_utf8_lossy(&body)}).to_string();
    let head = format!("HTTP/1.1 {status} As-Asked\r\nContent-Type: application/json\r\nConnection: close\r\n");
    let mut connection = connection;
    write!(connection, "{head}Content-Length: {}\r\n\r\n{text}", text.len())
}
