//! Server-sent events: a parser that is fed bytes as they come.

use serde_json::Value;

/// One event of the stream.
#[derive(Debug, Clone, PartialEq)]
pub struct StreamEvent {
    /// The kind, for example `st2.execution__update`.
    pub name: String,
    /// The resource that changed.
    pub data: Value,
}

/// Collects lines into events; comments, keep-alives and data that is no JSON are dropped.
#[derive(Debug, Default)]
pub(super) struct SseParser {
    pending: Vec<u8>,
    name: String,
    data: String,
}

impl SseParser {
    pub(super) fn push(&mut self, bytes: &[u8]) -> Vec<StreamEvent> {
        self.pending.extend_from_slice(bytes);
        let mut events = Vec::new();
        while let Some(end) = self.pending.iter().position(|byte| *byte == b'\n') {
            let line: Vec<u8> = self.pending.drain(..=end).collect();
            let line = String::from_utf8_lossy(&line);
            events.extend(self.line(line.trim_end_matches(['\r', '\n'])));
        }
        events
    }

    fn line(&mut self, line: &str) -> Option<StreamEvent> {
        if line.is_empty() {
            return self.finish();
        }
        let (field, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.strip_prefix(' ').unwrap_or(value);
        match field {
            "event" => value.clone_into(&mut self.name),
            "data" => {
                if !self.data.is_empty() {
                    self.data.push('\n');
                }
                self.data.push_str(value);
            }
            _ => {}
        }
        None
    }

    fn finish(&mut self) -> Option<StreamEvent> {
        let name = std::mem::take(&mut self.name);
        let data = std::mem::take(&mut self.data);
        let data = serde_json::from_str(&data).ok()?;
        Some(StreamEvent { name, data })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(pieces: &[&str]) -> Vec<StreamEvent> {
        let mut parser = SseParser::default();
        pieces.iter().flat_map(|piece| parser.push(piece.as_bytes())).collect()
    }

    #[test]
    fn joins_pieces_and_skips_keep_alives() {
        let events =
            parse(&[":\n\n\nevent: a", "\nda", "ta: {\"x\":", " 1}\r\n", "\r\n", "event: b\ndata: nonsense\n\n"]);
        assert_eq!(events, [StreamEvent { name: "a".to_owned(), data: json!({"x": 1}) }]);
    }

    #[test]
    fn joins_data_lines() {
        let events = parse(&["event: a\ndata: [1,\ndata: 2]\n\n"]);
        assert_eq!(events, [StreamEvent { name: "a".to_owned(), data: json!([1, 2]) }]);
    }
}
