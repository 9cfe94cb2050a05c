//! Carries what a child prints to whoever waits for it: in order per stream, bounded in memory and in total.

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::sync::mpsc;

/// How much of each stream is kept unless the caller says otherwise.
pub const DEFAULT_OUTPUT_LIMIT: usize = 10 * 1024 * 1024;

const READ_BUFFER: usize = 16 * 1024;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum OutputStream {
    Stdout,
    Stderr,
}

/// A piece of output, cut wherever the pipe cut it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OutputChunk {
    pub stream: OutputStream,
    pub bytes: Vec<u8>,
}

/// Reads one stream to its end. What is over the limit is read and thrown away, so that the child never blocks on a
/// full pipe; a marker line says that it was.
pub(crate) async fn pump(
    mut source: impl AsyncRead + Unpin,
    stream: OutputStream,
    limit: usize,
    sink: mpsc::Sender<OutputChunk>,
) {
    let mut budget = Budget { limit, used: 0, exhausted: false };
    let mut buffer = vec![0; READ_BUFFER];
    loop {
        let count = match source.read(&mut buffer).await {
            Ok(0) => return,
            Ok(count) => count,
            Err(error) => {
                tracing::debug!(%error, ?stream, "reading the output of a child failed");
                return;
            }
        };
        let kept = budget.take(&buffer[..count]);
        // A receiver that went away wants no output; the child must be drained all the same.
        if !kept.is_empty() && sink.send(OutputChunk { stream, bytes: kept }).await.is_err() {
            budget.exhausted = true;
        }
    }
}

struct Budget {
    limit: usize,
    used: usize,
    exhausted: bool,
}

impl Budget {
    fn take(&mut self, bytes: &[u8]) -> Vec<u8> {
        if self.exhausted {
            return Vec::new();
        }
        let room = self.limit - self.used;
        if bytes.len() <= room {
            self.used += bytes.len();
            return bytes.to_vec();
        }
        self.exhausted = true;
        let mut kept = bytes[..character_boundary(bytes, room)].to_vec();
        kept.extend_from_slice(format!("\n[output truncated: more than {} bytes]\n", self.limit).as_bytes());
        kept
    }
}

/// Returns the last place at or before `index` where a UTF-8 character may start.
fn character_boundary(bytes: &[u8], index: usize) -> usize {
    let is_continuation = |at: usize| bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
    (index.saturating_sub(3)..=index).rev().find(|at| !is_continuation(*at)).unwrap_or(index)
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn pumped(input: &[u8], limit: usize) -> String {
        let (sender, mut receiver) = mpsc::channel(64);
        pump(input, OutputStream::Stdout, limit, sender).await;
        let mut all = Vec::new();
        while let Some(chunk) = receiver.recv().await {
            all.extend(chunk.bytes);
        }
        String::from_utf8(all).unwrap()
    }

    #[tokio::test]
    async fn output_over_the_limit_is_cut_at_a_character_and_marked() {
        for (input, limit, expected) in [
            ("abc", 3, "abc"),
            ("abcd", 3, "abc\n[output truncated: more than 3 bytes]\n"),
            ("aéb", 2, "a\n[output truncated: more than 2 bytes]\n"),
            ("aéb", 3, "aé\n[output truncated: more than 3 bytes]\n"),
            ("", 0, ""),
        ] {
            assert_eq!(pumped(input.as_bytes(), limit).await, expected, "{input:?} limited to {limit}");
        }
    }

    #[tokio::test]
    async fn the_source_is_drained_when_nobody_listens() {
        let (sender, receiver) = mpsc::channel(1);
        drop(receiver);
        let input = vec![b'x'; READ_BUFFER * 3];
        let mut source = input.as_slice();
        pump(&mut source, OutputStream::Stderr, usize::MAX, sender).await;
        assert!(source.is_empty());
    }
}
