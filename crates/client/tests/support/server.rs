//! Speaks just enough HTTP/1.1 to answer one request a connection.

use std::sync::{Arc, Mutex};

use serde_json::Value;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// What the client sent.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Request {
    pub(crate) method: String,
    /// Path with query.
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Request {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
    }

    /// `GET /v1/actions`
    pub(crate) fn line(&self) -> String {
        format!("{} {}", self.method, self.target)
    }
}

/// What the server answers.
#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Answer {
    pub(crate) fn json(status: u16, body: &Value) -> Self {
        Self {
            status,
            headers: vec![("content-type".to_owned(), "application/json".to_owned())],
            body: body.to_string(),
        }
    }

    pub(crate) fn text(body: &str) -> Self {
        Self { status: 200, headers: Vec::new(), body: body.to_owned() }
    }

    /// Server-sent events.
    pub(crate) fn events(events: &[(&str, Value)]) -> Self {
        let body = events.iter().map(|(name, data)| format!("event: {name}\ndata: {data}\n\n")).collect();
        Self { status: 200, headers: vec![("content-type".to_owned(), "text/event-stream".to_owned())], body }
    }

    pub(crate) fn with_header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }
}

/// Answers a request; nothing hangs up without an answer, as a server does that is going down.
pub(crate) type Handler = Box<dyn FnMut(&Request) -> Option<Answer> + Send>;

/// A running server.
pub(crate) struct Server {
    pub(crate) address: String,
    pub(crate) requests: Arc<Mutex<Vec<Request>>>,
}

impl Server {
    pub(crate) async fn start(handler: Handler) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("a bound listener has an address").to_string();
        let requests = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&requests);
        tokio::spawn(serve(listener, handler, log));
        Self { address, requests }
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        self.requests.lock().expect("no panic in the server").iter().map(Request::line).collect()
    }
}

async fn serve(listener: TcpListener, mut handler: Handler, log: Arc<Mutex<Vec<Request>>>) {
    while let Ok((mut connection, _)) = listener.accept().await {
        let Some(request) = read_request(&mut connection).await else { continue };
        log.lock().expect("no panic in the test").push(request.clone());
        if let Some(answer) = handler(&request) {
            // The client may have hung up already.
            let _ = connection.write_all(render(&answer).as_bytes()).await;
            let _ = connection.shutdown().await;
        }
    }
}

async fn read_request(connection: &mut TcpStream) -> Option<Request> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    let head_end = loop {
        if let Some(end) = bytes.windows(4).position(|window| window == b"\r\n\r\n") {
            break end;
        }
        match connection.read(&mut buffer).await.ok()? {
            0 => return None,
            count => bytes.extend_from_slice(&buffer[..count]),
        }
    };
    let head = String::from_utf8_lossy(&bytes[..head_end]).into_owned();
    let mut lines = head.lines();
    let mut words = lines.next()?.split(' ');
    let (method, target) = (words.next()?.to_owned(), words.next()?.to_owned());
    let headers: Vec<(String, String)> = lines
        .filter_map(|line| line.split_once(": ").map(|(name, value)| (name.to_owned(), value.to_owned())))
        .collect();
    let mut request = Request { method, target, headers, body: String::new() };
    let length = request.header("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = bytes.split_off(head_end + 4);
    while body.len() < length {
        match connection.read(&mut buffer).await.ok()? {
            0 => return None,
            count => body.extend_from_slice(&buffer[..count]),
        }
    }
    request.body = String::from_utf8_lossy(&body).into_owned();
    Some(request)
}

fn render(answer: &Answer) -> String {
    let mut text = format!("HTTP/1.1 {} X\r\nconnection: close\r\n", answer.status);
    for (name, value) in &answer.headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    if !matches!(answer.status, 204) {
        text.push_str(&format!("content-length: {}\r\n", answer.body.len()));
    }
    text + "\r\n" + &answer.body
}
