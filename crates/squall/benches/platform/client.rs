//! An HTTP/1.1 client that costs next to nothing: the cores that it shares with the server are the server's.

use std::net::SocketAddr;

use anyhow::{Context as _, Result, bail};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

/// One connection, kept alive.
pub(crate) struct Connection {
    stream: TcpStream,
    credential: String,
    received: Vec<u8>,
}

pub(crate) struct Answer {
    pub(crate) status: u16,
    /// How many items a list has in all.
    pub(crate) total: Option<u64>,
    pub(crate) body: Vec<u8>,
}

impl Answer {
    /// Reads the body if the status is the expected one.
    pub(crate) fn expect<T: DeserializeOwned>(&self, status: u16) -> Result<T> {
        if self.status != status {
            bail!("answered {} instead of {status}: {}", self.status, String::from_utf8_lossy(&self.body));
        }
        Ok(serde_json::from_slice(&self.body)?)
    }
}

impl Connection {
    /// Connects; `credential` is a header line, with its line end.
    pub(crate) async fn open(address: SocketAddr, credential: &str) -> Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, credential: credential.to_owned(), received: Vec::with_capacity(16 * 1024) })
    }

    pub(crate) async fn get(&mut self, target: &str) -> Result<Answer> {
        self.call("GET", target, "").await
    }

    pub(crate) async fn post(&mut self, target: &str, body: &str) -> Result<Answer> {
        self.call("POST", target, body).await
    }

    async fn call(&mut self, method: &str, target: &str, body: &str) -> Result<Answer> {
        let request = format!(
            "{method} {target} HTTP/1.1\r\nhost: bench\r\n{}content-type: application/json\r\ncontent-length: {}\r\n\r\n{body}",
            self.credential,
            body.len()
        );
        self.stream.write_all(request.as_bytes()).await?;
        self.received.clear();
        let head_end = loop {
            if let Some(end) = find(&self.received, b"\r\n\r\n") {
                break end + 4;
            }
            self.receive().await?;
        };
        let head = Head::parse(&self.received[..head_end])?;
        while self.received.len() < head_end + head.length {
            self.receive().await?;
        }
        Ok(Answer { status: head.status, total: head.total, body: self.received[head_end..].to_vec() })
    }

    async fn receive(&mut self) -> Result<()> {
        if self.stream.read_buf(&mut self.received).await? == 0 {
            bail!("the server closed the connection");
        }
        Ok(())
    }
}

struct Head {
    status: u16,
    length: usize,
    total: Option<u64>,
}

impl Head {
    fn parse(bytes: &[u8]) -> Result<Self> {
        let text = std::str::from_utf8(bytes)?;
        let mut lines = text.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).context("no status line")?.parse()?;
        let mut head = Self { status, length: 0, total: None };
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            match name.to_ascii_lowercase().as_str() {
                "content-length" => head.length = value.parse()?,
                "x-total-count" => head.total = Some(value.parse()?),
                _ => {}
            }
        }
        Ok(head)
    }
}

fn find(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    haystack.windows(needle.len()).position(|window| window == needle)
}
