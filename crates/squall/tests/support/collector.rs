//! A little OpenTelemetry collector: takes OTLP over HTTP in JSON and keeps the spans.

use std::collections::HashMap;
use std::io::{BufRead, BufReader, Read, Write};
use std::net::{TcpListener, TcpStream};
use std::sync::{Arc, Mutex};

use serde_json::Value;

pub(crate) struct Collector {
    pub(crate) url: String,
    spans: Arc<Mutex<Vec<Value>>>,
}

impl Collector {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("it is bound"));
        let spans = Arc::new(Mutex::new(Vec::new()));
        let kept = Arc::clone(&spans);
        std::thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let kept = Arc::clone(&kept);
                std::thread::spawn(move || serve(connection, &kept));
            }
        });
        Self { url, spans }
    }

    /// Returns the spans by their ids; two with one id are a mistake.
    pub(crate) fn spans(&self) -> HashMap<String, Value> {
        let mut found = HashMap::new();
        for span in self.spans.lock().expect("no panic while collecting").iter() {
            let id = span["spanId"].as_str().expect("a span has an id").to_owned();
            assert_eq!(found.insert(id, span.clone()), None, "the id is there twice: {span}");
        }
        found
    }
}

fn serve(connection: TcpStream, kept: &Mutex<Vec<Value>>) {
    let mut reader = BufReader::new(connection);
    while let Some((head, body)) = request(&mut reader) {
        assert!(head.starts_with("POST /v1/traces HTTP/1.1"), "{head}");
        assert!(head.to_lowercase().contains("content-type: application/json"), "{head}");
        let export: Value = serde_json::from_slice(&body).expect("JSON");
        for resource in export["resourceSpans"].as_array().expect("a list") {
            for scope in resource["scopeSpans"].as_array().expect("a list") {
                let spans = scope["spans"].as_array().expect("a list").iter().cloned();
                kept.lock().expect("no panic while collecting").extend(spans);
            }
        }
        let answer = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 2\r\n\r\n{}";
        if reader.get_mut().write_all(answer).is_err() {
            return;
        }
    }
}

fn request(reader: &mut BufReader<TcpStream>) -> Option<(String, Vec<u8>)> {
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        if reader.read_line(&mut head).ok()? == 0 {
            return None;
        }
    }
    let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let mut body = vec![0; length?];
    reader.read_exact(&mut body).ok()?;
    Some((head, body))
}
