//! YAQL.

use serde_json::json;
use squall_yaql::{Expression, NoFunctions, Scope};

use super::{Case, Source, short};

const EXPRESSIONS: &[&str] = &[
    "sequence()",
    "sequence().len()",
    "sequence().where(false).any()",
    "sequence().distinct().len()",
    "[1].cycle().sum()",
    "x.repeat().join('')",
    "generate(0, true, $).last()",
    "generate([], true, [$]).last()",
    "generate(x, true, $ + $).last()",
    "generate([1], true, $ + $).last()",
    "generate([1], true, [$, $]).limit(40).last()",
    "generate([1], true, [$, $]).limit(40).last() = generate([1], true, [$, $]).limit(40).last()",
    "generate([1], true, [$, $]).limit(60).last().toString().len()",
    "str(generate([1], true, [$, $]).limit(60).last())",
    "generate([1], true, [$, $]).limit(60).last() in [generate([1], true, [$, $]).limit(60).last()]",
    "[generate([1], true, [$, $]).limit(60).last(), generate([1], true, [$, $]).limit(60).last()].distinct().len()",
    "[generate([1], true, [$, $]).limit(60).last(), 1].toSet().len()",
    "dict(generate([1], true, [$, $]).limit(60).last() => 1)",
    "[generate([1], true, [$, $]).limit(60).last()].toDict($, 1)",
    "[generate([1], true, [$, $]).limit(60).last()].groupBy($)",
    "[generate([1], true, [$, $]).limit(60).last(), generate([1], true, [$, $]).limit(60).last()].orderBy($)",
    "generate([1], true, [$, $]).limit(60).last().flatten().len()",
    "generate(dict(a => 1), true, dict(a => $, b => $)).limit(60).last()",
    "generate(dict(a => 1), true, dict(a => $, b => $)).limit(60).last() = dict(a => 2)",
    "generate(dict(a => 1), true, dict(a => $, b => $)).limit(60).last().mergeWith(generate(dict(a => 1), true, dict(a => $, b => $)).limit(60).last())",
    "generateMany(0, [$, $]).len()",
    "let(a => [1]) -> let(a => [$a, $a]) -> let(a => $a * 1000) -> let(a => $a * 1000) -> $a * 1000",
    "let(a => [1] * 1000) -> let(a => [$a] * 1000) -> let(a => [$a] * 1000) -> $a",
    "let(a => [1] * 1000) -> let(a => [$a] * 1000) -> let(b => [1] * 1000) -> let(b => [$b] * 1000) -> [$a] * 1000 = [$b] * 1000",
    "'a' * 1000000000",
    "[1] * 1000000000",
    "('a' * 10000).replace(a, 'b' * 100000)",
    "('a' * 100000).split('').len()",
    "('a,' * 1000000).split(',').select($ * 1000000).len()",
    "let(range(3000).toList()) -> $.join($, true, 1).len()",
    "let(range(100000).toList()) -> $.join($, $1 = $2, [$1, $2]).len()",
    "let(range(3000).toList()) -> $.select(let(x => $) -> range(3000).where($ = $x).len()).sum()",
    "range(1000000000).toList()",
    "range(1000000000).orderBy(-$)",
    "range(100000000).groupBy($).len()",
    "range(100000000).toDict($, $).len()",
    "range(100000).select(big).orderBy($).len()",
    "range(100000).where($data.big = $data.other).len()",
    "range(100000).where($data.tree = $data.other_tree).len()",
    "range(100000).select($data.big.len() + $data.big.toUpper().len()).sum()",
    "range(1000).select($data.tree)",
    "range(1000).select($data.rows)",
    "range(100000).select(dict($data.big => 1)).len()",
    "range(100000).where($data.big in [$data.other]).len()",
    "range(100000).where($data.big =~ 'x*y').len()",
    "def(f, f($)) -> f(1)",
    "def(f, f($) + f($)) -> f(1)",
    "def(f, switch($ < 1 => 1, true => f($ - 1) + f($ - 1))) -> f(18)",
    "pow(10, 100000)",
    "range(100000).aggregate($1 * 999999999999999999, 1)",
    "shiftBitsLeft(1, 100000000)",
    "('a' * 60 + b) =~ '^(?:(a|aa)\\\\1?)+$'",
    "a =~ '((a{1000}){1000}){1000}'",
    "range(1000).select('a' =~ ('[a-z]{50}' + str($))).len()",
    "range(100000).select('a' =~ ('\\\\w{50}' + str($))).len()",
    "regex('a*').replace('a' * 100000, 'b' * 100000)",
    "range(1000).aggregate($1.select($), [1])",
    "format('{0:>1000000000}', 1)",
    "'{0}'.format('a' * 10000000)",
];

const SOURCES: &[Source] = &[
    ("100,000 parentheses", || "(".repeat(100_000)),
    ("60,000 lists", || "[".repeat(60_000)),
    ("60,000 negations", || "-".repeat(60_000)),
    ("20,000 calls", || format!("{}1{}", "f(".repeat(20_000), ")".repeat(20_000))),
    ("10,000 additions", || "1 + ".repeat(10_000) + "1"),
    ("20,000 attributes", || "$.a".to_owned() + &".a".repeat(20_000)),
    ("a name of a megabyte", || "x".repeat(1_000_000)),
    ("a number of 5,000 digits", || "9".repeat(5_000)),
];

fn evaluated(name: String, text: impl Fn() -> String + 'static) -> Case {
    Case::new("yaql", name, move || {
        let tree = |leaf| (0..12).fold(json!(leaf), |inner, _| json!([inner, inner]));
        let big = "x".repeat(500_000);
        let other = big[1..].to_owned() + "y";
        let rows: Vec<_> = (0..1_000).map(|id| json!({"id": id, "name": "row"})).collect();
        let data = json!({"big": big, "other": other, "tree": tree(1), "other_tree": tree(1), "rows": rows});
        let mut scope = Scope::new(&NoFunctions);
        scope.data = Some(&data);
        scope.variables = vec![("data", &data)];
        let parsed = Expression::parse(&text()).map_err(|error| error.to_string())?;
        let answer = parsed.evaluate(&scope).map_err(|error| format!("{}: {}", error.class, error.message))?;
        Ok(answer.to_string().chars().take(60).collect())
    })
}

pub(super) fn cases() -> Vec<Case> {
    let long = SOURCES.iter().map(|(name, text)| evaluated((*name).to_owned(), *text));
    EXPRESSIONS.iter().map(|text| evaluated(short(text), || (*text).to_owned())).chain(long).collect()
}
