//! Server-sent events: frames, heartbeats, and the end of a stream at shutdown. Counterpart: st2stream/controllers/v1/.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::time::Duration;

use async_trait::async_trait;
use axum::body::Body;
use axum::response::Response;
use bytes::Bytes;
use futures::stream;
use http::{HeaderName, HeaderValue, header};
use serde::Serialize;
use squall_bus::{Heard, Listener};
use squall_service::{Context, Shutdown};

use crate::errors::ApiError;

/// What a stream makes of what it hears.
#[async_trait]
pub(crate) trait Source: Send {
    /// Adds the frames that a message is worth; tells whether the stream goes on.
    async fn hear(&mut self, heard: Heard, frames: &mut Frames) -> Next;

    /// Called when nothing was heard for a while: what messages may have missed is looked up.
    async fn idle(&mut self, frames: &mut Frames) -> Next;
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Next {
    GoOn,
    End,
}

/// Text on its way to the client.
#[derive(Default)]
pub(crate) struct Frames(VecDeque<Bytes>);

impl Frames {
    pub(crate) fn event(&mut self, name: &str, data: &(impl Serialize + ?Sized)) {
        // What can't be written as JSON is not worth ending the stream for.
        if let Ok(data) = serde_json::to_string(data) {
            self.0.push_back(Bytes::from(format!("event: {name}\ndata: {data}\n\n")));
        }
    }

    pub(crate) fn text(&mut self, text: &'static str) {
        self.0.push_back(Bytes::from_static(text.as_bytes()));
    }
}

struct Streaming<S> {
    source: S,
    frames: Frames,
    listener: Box<dyn Listener>,
    context: Context,
    shutdown: Shutdown,
    is_ending: bool,
}

/// Answers with a stream that begins with `frames`; without a listener it ends after them.
pub(crate) fn answer<S: Source + 'static>(
    context: &Context,
    source: S,
    frames: Frames,
    listener: Box<dyn Listener>,
    is_ending: bool,
) -> Response {
    let shutdown = context.tasks.closing();
    let state = Streaming { source, frames, listener, context: context.clone(), shutdown, is_ending };
    let open = squall_telemetry::metrics().stream_opened();
    let chunks = stream::unfold((state, open), |(mut state, open)| async move {
        let chunk = state.next().await?;
        Some((Ok::<_, Infallible>(chunk), (state, open)))
    });
    let mut response = Response::new(Body::from_stream(chunks));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/event-stream; charset=UTF-8"));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(HeaderName::from_static("x-accel-buffering"), HeaderValue::from_static("no"));
    response
}

impl<S: Source> Streaming<S> {
    async fn next(&mut self) -> Option<Bytes> {
        loop {
            if let Some(frame) = self.frames.0.pop_front() {
                return Some(frame);
            }
            if self.is_ending {
                return None;
            }
            self.is_ending = self.wait().await == Next::End;
        }
    }

    async fn wait(&mut self) -> Next {
        let heartbeat = Duration::from_secs(self.context.settings.stream_heartbeat_seconds.max(1));
        tokio::select! {
            heard = self.listener.next() => match heard {
                Some(heard) => self.source.hear(heard, &mut self.frames).await,
                None => Next::End,
            },
            () = self.context.clock.sleep(heartbeat) => {
                self.frames.text("\n");
                self.source.idle(&mut self.frames).await
            }
            () = self.shutdown.wait() => Next::End,
        }
    }
}

/// Tells whether a name matches a glob of `*` and `?`, as clients write them for events.
pub(crate) fn matches_glob(pattern: &str, name: &str) -> bool {
    let (pattern, name): (Vec<char>, Vec<char>) = (pattern.chars().collect(), name.chars().collect());
    let (mut at, mut position) = (0, 0);
    let mut star: Option<(usize, usize)> = None;
    while position < name.len() {
        match pattern.get(at) {
            Some('*') => {
                star = Some((at, position));
                at += 1;
            }
            Some(&letter) if letter == '?' || letter == name[position] => {
                at += 1;
                position += 1;
            }
            _ => match star {
                // The last star takes one more letter.
                Some((star_at, taken)) => {
                    star = Some((star_at, taken + 1));
                    at = star_at + 1;
                    position = taken + 1;
                }
                None => return false,
            },
        }
    }
    pattern[at..].iter().all(|letter| *letter == '*')
}

/// Listens before anything is read, so that nothing falls between the two.
pub(crate) async fn listen(
    context: &Context,
    exchanges: &[squall_bus::Exchange],
) -> Result<Box<dyn Listener>, ApiError> {
    Ok(context.bus.listen(exchanges).await?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn globs_match_whole_names() {
        let cases = [
            ("st2.execution__*", "st2.execution__create", true),
            ("st2.execution__*", "st2.execution.output__create", false),
            ("*__create", "st2.execution__create", true),
            ("st2.*__up?ate", "st2.liveaction__update", true),
            ("st2.execution__create", "st2.execution__created", false),
            ("*", "", true),
            ("?", "", false),
        ];
        for (pattern, name, expected) in cases {
            assert_eq!(matches_glob(pattern, name), expected, "{pattern} {name}");
        }
    }
}
