//! A platform that answers as it is told, and remembers what it was asked.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};

/// One call as the server saw it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) line: String,
    pub(crate) token: String,
    pub(crate) body: Value,
}

/// An answer; none closes the connection, as a server does that dies.
pub(crate) type Script = Vec<Option<(u16, Value)>>;

/// Answers call after call as the script says and remembers the calls.
pub(crate) async fn server(script: Script) -> (String, Arc<Mutex<Vec<Seen>>>) {
    let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
    let url = format!("http://{}/v1", listener.local_addr().expect("an address"));
    let seen = Arc::new(Mutex::new(Vec::new()));
    let calls = seen.clone();
    tokio::spawn(async move {
        for answer in script {
            let (stream, _) = listener.accept().await.expect("a caller");
            let mut stream = BufReader::new(stream);
            let call = read_call(&mut stream).await;
            calls.lock().expect("no panic elsewhere").push(call);
            if let Some((status, body)) = answer {
                let body = if body.is_null() { String::new() } else { body.to_string() };
                let head =
                    format!("HTTP/1.1 {status} X\r\nContent-Length: {}\r\nConnection: close\r\n\r\n", body.len());
                stream.write_all((head + &body).as_bytes()).await.expect("a caller that listens");
            }
        }
    });
    (url, seen)
}

async fn read_call(stream: &mut BufReader<TcpStream>) -> Seen {
    let mut lines = Vec::new();
    loop {
        let mut line = String::new();
        stream.read_line(&mut line).await.expect("a request");
        if line.trim().is_empty() {
            break;
        }
        lines.push(line.trim().to_owned());
    }
    let header = |name: &str| lines.iter().find_map(|line| line.strip_prefix(name)).unwrap_or_default().to_owned();
    let mut body = vec![0; header("Content-Length: ").parse().unwrap_or(0)];
    stream.read_exact(&mut body).await.expect("a body");
    Seen {
        line: lines[0].trim_end_matches(" HTTP/1.1").to_owned(),
        token: header("X-Auth-Token: "),
        body: serde_json::from_slice(&body).unwrap_or(Value::Null),
    }
}
