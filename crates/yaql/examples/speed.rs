//! How long parsing and evaluating usual and hostile expressions takes. Run it in release mode.

use std::io::{self, Write};
use std::time::Instant;

use serde_json::json;
use squall_yaql::{Expression, NoFunctions, Scope};

const USUAL: [&str; 7] = [
    "$.a.b.c",
    "$.n + 1 > 10 and not $.done",
    "$.rows.where($.id > 990).name",
    "$.rows.select($.id * 2).sum()",
    "$.rows.orderByDescending($.id).first().name",
    "$.rows.groupBy($.id mod 10, $.id)",
    "$.name.toUpper().split('-').join('/')",
];

const HOSTILE: [&str; 13] = [
    "sequence().len()",
    "sequence().distinct().len()",
    "generate(x, true, $ + $).last()",
    "let(range(3000).toList()) -> $.join($, true, 1).len()",
    "def(f, switch($ < 1 => 1, true => f($ - 1) + f($ - 1))) -> f(18)",
    "('a' * 30) =~ '^(a+)+\\\\1$x'",
    "range(1000).select('a' =~ ('\\\\w{50}' + str($))).toList()",
    "range(1000).select(('ab' * 10000) =~ '(a|b)*c').len()",
    "abc =~ '^\\\\w{1,80}$'",
    "range(1000).select(a =~ ('\\\\w{40}' + str($))).toList()",
    "('a' * 60 + b) =~ '^(?:(a|aa)\\\\1?)+$'",
    "range(200000).orderBy(-$)",
    "range(1000).select(range(1000).select($ + 1).sum()).sum()",
];

fn main() -> io::Result<()> {
    let rows: Vec<_> = (0..1000).map(|id| json!({ "id": id, "name": format!("row-{id}") })).collect();
    let data = json!({ "a": { "b": { "c": 1 } }, "n": 12, "done": false, "rows": rows, "name": "east-web-7" });
    let mut scope = Scope::new(&NoFunctions);
    scope.data = Some(&data);
    let mut out = io::stdout().lock();
    for text in USUAL {
        let parsing = time(2000, || drop(Expression::parse(text)));
        let parsed = Expression::parse(text).map_err(io::Error::other)?;
        let evaluating = time(200, || drop(parsed.evaluate(&scope)));
        writeln!(out, "{text}: parse {parsing:.2} us, evaluate {evaluating:.2} us")?;
    }
    for text in HOSTILE {
        let parsed = Expression::parse(text).map_err(io::Error::other)?;
        let start = Instant::now();
        let outcome = parsed.evaluate(&scope).map_or_else(|error| error.class, |_| "answered".to_owned());
        writeln!(out, "{text}: {outcome} after {} ms", start.elapsed().as_millis())?;
    }
    Ok(())
}

/// Microseconds a round.
fn time(rounds: u32, work: impl Fn()) -> f64 {
    let start = Instant::now();
    for _ in 0..rounds {
        work();
    }
    start.elapsed().as_secs_f64() * 1e6 / f64::from(rounds)
}
