//! HTTP/1.1 over a plain socket, so that a test can also say what no client library would.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use serde_json::Value;

const PATIENCE: Duration = Duration::from_secs(60);

/// What is asked; `Request::get("/v1/keys").header(…).send(address)`.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    method: String,
    target: String,
    headers: Vec<(String, String)>,
    body: Option<Vec<u8>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) text: String,
}

impl Request {
    pub(crate) fn new(method: &str, target: &str) -> Self {
        Self { method: method.to_owned(), target: target.to_owned(), headers: Vec::new(), body: None }
    }

    pub(crate) fn get(target: &str) -> Self {
        Self::new("GET", target)
    }

    pub(crate) fn delete(target: &str) -> Self {
        Self::new("DELETE", target)
    }

    pub(crate) fn post(target: &str, body: &Value) -> Self {
        Self::new("POST", target).json(body)
    }

    pub(crate) fn put(target: &str, body: &Value) -> Self {
        Self::new("PUT", target).json(body)
    }

    pub(crate) fn json(self, body: &Value) -> Self {
        self.header("Content-Type", "application/json").body(body.to_string())
    }

    pub(crate) fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    pub(crate) fn body(mut self, body: impl Into<Vec<u8>>) -> Self {
        self.body = Some(body.into());
        self
    }

    fn bytes(&self, address: SocketAddr) -> Vec<u8> {
        let mut head = format!("{} {} HTTP/1.1\r\nHost: {address}\r\nConnection: close\r\n", self.method, self.target);
        for (name, value) in &self.headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        if let Some(body) = &self.body {
            head.push_str(&format!("Content-Length: {}\r\n", body.len()));
        }
        head.push_str("\r\n");
        let mut bytes = head.into_bytes();
        bytes.extend(self.body.iter().flatten());
        bytes
    }

    fn open(&self, address: SocketAddr) -> io::Result<BufReader<TcpStream>> {
        let mut connection = TcpStream::connect(address)?;
        connection.set_read_timeout(Some(PATIENCE))?;
        // A server may answer and close before it has read a body that it refuses.
        let _refused_early = connection.write_all(&self.bytes(address));
        Ok(BufReader::new(connection))
    }

    /// Sends and reads the whole answer.
    pub(crate) fn send(&self, address: SocketAddr) -> Answer {
        self.try_send(address).unwrap_or_else(|error| panic!("{} {} at {address}: {error}", self.method, self.target))
    }

    /// As [`Self::send`], for a server that may go away.
    pub(crate) fn try_send(&self, address: SocketAddr) -> io::Result<Answer> {
        let mut connection = self.open(address)?;
        let (status, headers) = read_head(&mut connection)?;
        let mut body = Vec::new();
        let length = header_of(&headers, "content-length").and_then(|length| length.parse().ok());
        match length {
            Some(length) => {
                body.resize(length, 0);
                connection.read_exact(&mut body)?;
            }
            None if header_of(&headers, "transfer-encoding").is_some_and(|coding| coding == "chunked") => {
                while let Some(chunk) = read_chunk(&mut connection)? {
                    body.extend(chunk);
                }
            }
            None => {
                connection.read_to_end(&mut body)?;
            }
        }
        Ok(Answer { status, headers, text: String::from_utf8_lossy(&body).into_owned() })
    }

    /// Sends and hands every server-sent event to `see`, until it returns false or the stream ends.
    pub(crate) fn events(&self, address: SocketAddr, mut see: impl FnMut(&str, &str) -> bool) {
        let gone = |error: io::Error| -> ! { panic!("{} {} at {address}: {error}", self.method, self.target) };
        let mut connection = self.open(address).unwrap_or_else(|error| gone(error));
        let (status, _) = read_head(&mut connection).unwrap_or_else(|error| gone(error));
        assert_eq!(status, 200, "{} {}", self.method, self.target);
        let mut text = String::new();
        while let Some(chunk) = read_chunk(&mut connection).unwrap_or_else(|error| gone(error)) {
            text.push_str(&String::from_utf8_lossy(&chunk));
            while let Some(end) = text.find("\n\n") {
                let event: String = text.drain(..end + 2).collect();
                let field = |name: &str| event.lines().find_map(|line| line.strip_prefix(name)).unwrap_or_default();
                if !see(field("event: "), field("data: ")) {
                    return;
                }
            }
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in an answer with {}: {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        header_of(&self.headers, name)
    }

    /// Returns the body after checking the status.
    pub(crate) fn expect(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{}", self.text);
        if self.text.is_empty() { Value::Null } else { self.json() }
    }
}

fn header_of<'a>(headers: &'a [(String, String)], name: &str) -> Option<&'a str> {
    headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value.as_str())
}

fn read_head(connection: &mut BufReader<TcpStream>) -> io::Result<(u16, Vec<(String, String)>)> {
    let first = read_line(connection)?;
    let status = first.split(' ').nth(1).and_then(|status| status.parse().ok());
    let status = status.ok_or_else(|| io::Error::other(format!("no HTTP answer: {first:?}")))?;
    let mut headers = Vec::new();
    loop {
        let line = read_line(connection)?;
        let Some((name, value)) = line.split_once(':') else { return Ok((status, headers)) };
        headers.push((name.to_owned(), value.trim().to_owned()));
    }
}

fn read_line(connection: &mut BufReader<TcpStream>) -> io::Result<String> {
    let mut line = String::new();
    connection.read_line(&mut line)?;
    Ok(line.trim_end().to_owned())
}

/// Returns the next chunk, nothing at the end.
fn read_chunk(connection: &mut BufReader<TcpStream>) -> io::Result<Option<Vec<u8>>> {
    let line = read_line(connection)?;
    let Some(length) = usize::from_str_radix(&line, 16).ok().filter(|length| *length > 0) else { return Ok(None) };
    let mut chunk = vec![0; length];
    if connection.read_exact(&mut chunk).is_err() {
        return Ok(None);
    }
    read_line(connection)?;
    Ok(Some(chunk))
}
