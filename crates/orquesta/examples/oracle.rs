//! Reads questions, one JSON object a line, and writes an answer a line: `{"ok"}`, `{"err": {"class", "message"}}` or
//! `{"steps"}`. What can be asked: [`squall_orquesta::oracle`].
//! `cargo run --release -p squall-orquesta --example oracle < questions.jsonl`

use std::io::{self, BufRead, BufWriter, Write};

use serde_json::{Value, json};
use squall_orquesta::oracle;

fn main() -> io::Result<()> {
    let mut out = BufWriter::new(io::stdout().lock());
    let mut questions = io::stdin().lock();
    let mut line = Vec::new();
    while questions.read_until(b'\n', &mut line)? > 0 {
        if !line.trim_ascii().is_empty() {
            serde_json::to_writer(&mut out, &answer(&line))?;
            out.write_all(b"\n")?;
            // Whoever asks one question at a time waits for the answer.
            out.flush()?;
        }
        line.clear();
    }
    Ok(())
}

/// A question that brings us down is answered too: the others must not suffer.
fn answer(line: &[u8]) -> Value {
    let text = String::from_utf8_lossy(line);
    std::panic::catch_unwind(|| oracle::answer_line(&text)).unwrap_or_else(
        |_| json!({"err": {"class": "SystemError", "message": "this question is more than we can answer"}}),
    )
}
