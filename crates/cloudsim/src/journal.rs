//! The journal: one line for every request, written before the request is answered.

use std::fs::{File, OpenOptions};
use std::io::Write;
use std::path::Path;

use serde::Serialize;
use serde_json::Value;

/// One request and what became of it.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Line {
    pub(crate) seq: u64,
    pub(crate) time: String,
    pub(crate) service: &'static str,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    /// 0: the connection was dropped without an answer.
    pub(crate) status: u16,
    pub(crate) request_body: Value,
    pub(crate) note: String,
}

/// All lines in memory, and appended to a file if there is one.
pub(crate) struct Journal {
    lines: Vec<Line>,
    file: Option<File>,
}

impl Journal {
    pub(crate) fn open(path: Option<&Path>) -> std::io::Result<Self> {
        let file = path.map(|path| OpenOptions::new().create(true).append(true).open(path)).transpose()?;
        Ok(Self { lines: Vec::new(), file })
    }

    /// Numbers a line and writes it. A file that cannot be written is an error: an unrecorded request proves nothing.
    pub(crate) fn append(&mut self, mut line: Line) -> std::io::Result<()> {
        line.seq = self.last_seq() + 1;
        if let Some(file) = &mut self.file {
            let mut text = serde_json::to_vec(&line)?;
            text.push(b'\n');
            file.write_all(&text)?;
        }
        self.lines.push(line);
        Ok(())
    }

    pub(crate) fn last_seq(&self) -> u64 {
        self.lines.last().map_or(0, |line| line.seq)
    }

    pub(crate) fn since(&self, seq: u64) -> Vec<Line> {
        self.lines.iter().filter(|line| line.seq > seq).cloned().collect()
    }
}
