//! Reads the event stream.

use std::collections::VecDeque;

use super::sse::SseParser;
use super::transport::{Request, Service};
use super::{Api, ApiError, Query, StreamEvent};

/// Events as the server sends them.
#[derive(Debug)]
pub struct EventStream {
    response: reqwest::Response,
    parser: SseParser,
    ready: VecDeque<StreamEvent>,
}

impl EventStream {
    /// The next event; nothing when the server has ended the stream.
    pub async fn next(&mut self) -> Result<Option<StreamEvent>, ApiError> {
        loop {
            if let Some(event) = self.ready.pop_front() {
                return Ok(Some(event));
            }
            let chunk = self.response.chunk().await.map_err(|error| ApiError::Transport {
                url: self.response.url().to_string(),
                message: super::error::root_cause(&error),
            })?;
            match chunk {
                Some(bytes) => self.ready.extend(self.parser.push(&bytes)),
                None => return Ok(None),
            }
        }
    }
}

impl Api {
    /// Events of the named kinds until the execution reports its end.
    pub async fn listen(&self, events: &[&str], execution_id: &str) -> Result<EventStream, ApiError> {
        let query: Query = vec![
            ("end_event".to_owned(), "st2.execution__update".to_owned()),
            ("end_execution_id".to_owned(), execution_id.to_owned()),
            ("events".to_owned(), events.join(",")),
        ];
        let request = Request { service: Service::Stream, ..Request::get("/stream", &query) };
        let response = self.transport.open(request).await?;
        let status = response.status().as_u16();
        if status != 200 {
            let url = response.url().to_string();
            let body = response.bytes().await.map(|bytes| bytes.to_vec()).unwrap_or_default();
            return Err(super::transport::Answer { status, total_count: None, body, url }.into_error());
        }
        Ok(EventStream { response, parser: SseParser::default(), ready: VecDeque::new() })
    }
}
