//! What happened, in order. Its hash tells whether two runs of a seed were the same; its lines are kept only on request.

use std::fmt::{self, Write};

#[derive(Debug, Default)]
pub(crate) struct Journal {
    hash: u64,
    lines: Option<Vec<String>>,
}

impl Journal {
    pub(crate) fn new(keep: bool) -> Self {
        Self { hash: 0xCBF2_9CE4_8422_2325, lines: keep.then(Vec::new) }
    }

    pub(crate) fn note(&mut self, line: fmt::Arguments<'_>) {
        // A hasher takes every text.
        let _always = Hashing(&mut self.hash).write_fmt(line);
        if self.lines.is_some() {
            self.note_line(line.to_string());
        }
    }

    /// Notes that a task went on: as a note, without the price of one.
    pub(crate) fn step(&mut self, process: usize, task: usize, name: &str) {
        if self.lines.is_some() {
            self.note_line(format!("p{process} {name}#{task}"));
        }
        for number in [process as u64, task as u64] {
            self.hash = (self.hash ^ number).wrapping_mul(0x0000_0100_0000_01B3);
        }
    }

    fn note_line(&mut self, line: String) {
        if let Some(lines) = &mut self.lines {
            lines.push(line);
        }
    }

    pub(crate) fn hash(&self) -> u64 {
        self.hash
    }

    pub(crate) fn take_lines(&mut self) -> Vec<String> {
        self.lines.take().unwrap_or_default()
    }
}

/// FNV-1a over what is written.
struct Hashing<'h>(&'h mut u64);

impl Write for Hashing<'_> {
    fn write_str(&mut self, text: &str) -> fmt::Result {
        for byte in text.bytes() {
            *self.0 = (*self.0 ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01B3);
        }
        Ok(())
    }
}
