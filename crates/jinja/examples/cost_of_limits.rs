//! How long usual templates and expressions take, the recorded ones of the tests. Run it in release mode, before and after
//! a change of the limits.

use std::io::{self, Write};
use std::time::Instant;

use serde_json::Value;
use squall_jinja::{Context, Environment};

const TEMPLATES: &str = include_str!("../tests/templates.jsonl");
const EXPRESSIONS: &str = include_str!("../tests/expressions.jsonl");
const ROUNDS: u32 = 300;

fn texts(recorded: &str) -> Vec<String> {
    let row = |line: &str| serde_json::from_str::<Value>(line).ok()?.get("text")?.as_str().map(str::to_owned);
    recorded.lines().filter_map(row).collect()
}

fn main() -> io::Result<()> {
    let variables: serde_json::Map<String, Value> = serde_json::from_str(include_str!("../tests/context.json"))?;
    let context: Context = variables.into_iter().collect();
    let environment = Environment::default();
    let mut out = io::stdout();
    let (templates, expressions) = (texts(TEMPLATES), texts(EXPRESSIONS));
    for _ in 0..3 {
        let start = Instant::now();
        let fine =
            (0..ROUNDS).flat_map(|_| &templates).filter(|text| environment.render(text, &context).is_ok()).count();
        let each = start.elapsed() / (ROUNDS * templates.len() as u32);
        writeln!(out, "{} templates, {fine} rendered: {each:?} each", templates.len())?;
        let start = Instant::now();
        let fine =
            (0..ROUNDS).flat_map(|_| &expressions).filter(|text| environment.evaluate(text, &context).is_ok()).count();
        let each = start.elapsed() / (ROUNDS * expressions.len() as u32);
        writeln!(out, "{} expressions, {fine} evaluated: {each:?} each", expressions.len())?;
    }
    Ok(())
}
