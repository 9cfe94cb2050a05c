//! Expressions that want to hang the engine or exhaust its memory end with an error after bounded work.

use std::cell::Cell;

use serde_json::{Value as Json, json};
use squall_yaql::{Expression, NoFunctions, Scope};

/// The class of the error, with a tenth of the allowance so that the test is quick.
fn class_of(text: &str) -> String {
    let mut scope = Scope::new(&NoFunctions);
    scope.limits.steps /= 10;
    scope.limits.items /= 10;
    scope.limits.bytes /= 10;
    match Expression::parse(text) {
        Err(error) => error.class.to_owned(),
        Ok(parsed) => match parsed.evaluate(&scope) {
            Ok(value) => format!("no error but {:.60}", value.to_string()),
            Err(error) => error.class,
        },
    }
}

#[test]
fn endless_and_huge_work_is_refused() {
    let cases = [
        ("sequence()", "CollectionTooLargeException"),
        ("sequence().len()", "EvaluationLimitException"),
        ("sequence().where(false).any()", "EvaluationLimitException"),
        ("sequence().distinct().len()", "EvaluationLimitException"),
        ("[1].cycle().sum()", "EvaluationLimitException"),
        ("x.repeat().join('')", "EvaluationLimitException"),
        ("generate(0, true, $).last()", "EvaluationLimitException"),
        ("generate([], true, [$]).last()", "RecursionError"),
        ("generate(x, true, $ + $).last()", "MemoryQuotaExceededException"),
        ("generate([1], true, $ + $).last()", "CollectionTooLargeException"),
        ("generate([1], true, [$, $]).limit(40).last()", "MemoryQuotaExceededException"),
        ("generateMany(0, [$, $]).len()", "EvaluationLimitException"),
        ("'a' * 1000000000", "MemoryQuotaExceededException"),
        ("[1] * 1000000000", "MemoryQuotaExceededException"),
        ("('a' * 10000).replace(a, 'b' * 100000)", "MemoryQuotaExceededException"),
        ("let(range(3000).toList()) -> $.join($, true, 1).len()", "EvaluationLimitException"),
        (
            "let(range(3000).toList()) -> $.select(let(x => $) -> range(3000).where($ = $x).len()).sum()",
            "EvaluationLimitException",
        ),
        ("range(1000000).toList()", "CollectionTooLargeException"),
        ("range(1000000).orderBy(-$)", "CollectionTooLargeException"),
        ("def(f, f($)) -> f(1)", "RecursionError"),
        ("def(f, f($) + f($)) -> f(1)", "RecursionError"),
        ("def(f, switch($ < 1 => 1, true => f($ - 1) + f($ - 1))) -> f(18)", "EvaluationLimitException"),
        ("pow(10, 100000)", "OverflowError"),
        ("shiftBitsLeft(1, 100000000)", "OverflowError"),
        ("('a' * 60 + b) =~ '^(?:(a|aa)\\\\1?)+$'", "EvaluationLimitException"),
        ("a =~ '((a{1000}){1000}){1000}'", "EvaluationLimitException"),
        ("range(1000).select('a' =~ ('[a-z]{50}' + str($))).len()", "EvaluationLimitException"),
        ("range(1000).aggregate($1.select($), [1])", "RecursionError"),
    ];
    let wrong: Vec<String> = cases
        .iter()
        .map(|(text, expected)| (text, class_of(text), expected))
        .filter(|(_, class, expected)| class != *expected)
        .map(|(text, class, expected)| format!("{text}: {class}, not {expected}"))
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn deep_and_long_texts_are_refused() {
    for text in [
        "(".repeat(100_000),
        "[".repeat(60_000),
        "-".repeat(60_000),
        format!("{}1{}", "f(".repeat(20_000), ")".repeat(20_000)),
        "1 + ".repeat(10_000) + "1",
        "$.a".to_owned() + &".a".repeat(20_000),
        "x".repeat(1_000_000),
        "9".repeat(5_000),
    ] {
        assert_eq!(class_of(&text), "YaqlGrammarException", "{text:.20}");
    }
}

#[test]
fn the_deepest_accepted_text_fits_the_stack() {
    let scope = Scope::new(&NoFunctions);
    let nested = format!("{}1{}", "[".repeat(60), "]".repeat(60));
    let answer = Expression::parse(&nested).expect("60 levels are fine").evaluate(&scope);
    assert!(answer.is_ok(), "{answer:?}");
    let chain = "1 + ".repeat(1_500) + "1";
    let answer = Expression::parse(&chain).expect("long chains are fine").evaluate(&scope);
    assert_eq!(answer, Ok(json!(1501)));
}

/// Threads of servers have little stack; what the limits let through must fit, even without optimisation.
#[test]
fn the_deepest_evaluation_fits_a_small_stack() {
    let evaluate = || {
        let recursion = class_of("def(f, [1].select(f($)).first()) -> f(1)");
        let values = class_of("generate([], true, [$]).last()");
        let streams = class_of("range(1000).aggregate($1.select($), [1])");
        [recursion, values, streams]
    };
    let thread = std::thread::Builder::new().stack_size(1024 * 1024).spawn(evaluate).expect("a thread starts");
    assert_eq!(thread.join().expect("no overflow"), ["RecursionError"; 3]);
}

#[test]
fn the_embedder_can_stop_an_evaluation() {
    let asked = Cell::new(0);
    let stop = || {
        asked.set(asked.get() + 1);
        asked.get() > 3
    };
    let mut scope = Scope::new(&NoFunctions);
    scope.should_stop = Some(&stop);
    let error = Expression::parse("sequence().len()").expect("it parses").evaluate(&scope).expect_err("it is stopped");
    assert_eq!(error.message, "Expression took too long");
    assert_eq!(asked.get(), 4);
}

#[test]
fn large_data_is_read_in_place() {
    let rows: Vec<Json> = (0..100_000).map(|index| json!({ "id": index, "name": format!("row {index}") })).collect();
    let data = json!({ "rows": rows, "wanted": { "deep": "here" } });
    let mut scope = Scope::new(&NoFunctions);
    scope.data = Some(&data);
    // Nothing may be allocated for the rows: the allowance is far below their size.
    scope.limits.bytes = 4096;
    scope.limits.steps = 200;
    let ask = |text: &str| Expression::parse(text).expect(text).evaluate(&scope);
    assert_eq!(ask("$.wanted.deep"), Ok(json!("here")));
    assert_eq!(ask("$.rows[99999].id"), Ok(json!(99_999)));
    assert_eq!(ask("$.rows.len()"), Ok(json!(100_000)));
    scope.limits = squall_yaql::Limits::default();
    assert_eq!(Expression::parse("$.rows").expect("it parses").evaluate(&scope), Ok(data["rows"].clone()));
    let many = Expression::parse("range(1000).select($$.rows)".replace("$$", "$data").as_str()).expect("it parses");
    scope.variables = vec![("data", &data)];
    assert_eq!(many.evaluate(&scope).expect_err("a thousand copies").class, "MemoryQuotaExceededException");
}
