//! What PyYAML can't be asked: positions, options, budgets.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::{
    Budget, DuplicateKeys, Options, Position, parse, parse_document, parse_document_with, python_float, to_string,
};

#[test]
fn answers_where_keys_and_values_stand() {
    let text = "a: 1\nlist:\n  - x\n  - k: v\nbase: &b\n  p: 1\nuse:\n  <<: *b\n  'q/r': 2\nalso: *b\n";
    let positions = parse_document(text).unwrap().positions;
    let cases = [
        ("", None, Some((1, 1))),
        ("/a", Some((1, 1)), Some((1, 4))),
        ("/list", Some((2, 1)), Some((3, 3))),
        ("/list/0", None, Some((3, 5))),
        ("/list/1/k", Some((4, 5)), Some((4, 8))),
        ("/use/p", Some((6, 3)), Some((6, 6))),
        ("/use/q~1r", Some((9, 3)), Some((9, 10))),
        ("/also", Some((10, 1)), Some((10, 7))),
        ("/also/p", Some((6, 3)), Some((6, 6))),
        ("/list/2", None, None),
        ("/list/x", None, None),
        ("/nothing", None, None),
    ];
    for (pointer, key, value) in cases {
        let place = |at: Option<(usize, usize)>| at.map(|(line, column)| Position { line, column });
        assert_eq!(positions.key(pointer), place(key), "key of {pointer}");
        assert_eq!(positions.value(pointer), place(value), "value of {pointer}");
    }
    assert_eq!(positions.value_at(&["use", "q/r"]), Some(Position { line: 9, column: 10 }));
}

#[test]
fn refuses_repeated_keys_when_told_to() {
    let options = Options { duplicate_keys: DuplicateKeys::Reject, ..Options::default() };
    let refuse = |text| parse_document_with(text, &options).map(|document| document.value);
    let error = refuse("t:\n  a: 1\n  b: 2\n  a: 3\n").unwrap_err();
    assert_eq!(error.to_string(), "line 4, column 3: found duplicate key \"a\"");
    assert_eq!(refuse("x: &x {a: 1}\ny: {<<: *x, a: 2}\n").unwrap()["y"], json!({"a": 2}));
    assert_eq!(parse("a: 1\na: 2\n").unwrap(), json!({"a": 2}));
}

#[test]
fn says_what_pyyaml_says_of_unknown_tags() {
    let error = parse("k: !!python/object/apply:os.system ['x']").unwrap_err();
    assert_eq!(
        error.to_string(),
        "line 1, column 36: could not determine a constructor for the tag \
         'tag:yaml.org,2002:python/object/apply:os.system'"
    );
}

#[test]
fn bombs_end_in_an_error_at_once() {
    let mut laughs = String::from("a0: &a0 [x,x,x,x,x,x,x,x,x]\n");
    let mut nests = String::from("d0: &d0 [[[[[[[[x]]]]]]]]\n");
    for level in 1..60 {
        let before = level - 1;
        laughs += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(","));
        nests += &format!("d{level}: &d{level} [[[[[[[[*d{before}]]]]]]]]\n");
    }
    let wide: String = (0..20_000).map(|n| format!("k{n}: 1, ")).collect();
    let wide_merge =
        format!("m: &m {{{wide}}}\n") + &(0..200).map(|n| format!("u{n}: {{<<: *m}}\n")).collect::<String>();
    let bombs = [
        laughs,
        nests,
        wide_merge,
        "[".repeat(100_000),
        "- ".repeat(100_000),
        "{a: ".repeat(100_000),
        "? ".repeat(100_000),
        (0..2_000).map(|n| format!("{}-\n", " ".repeat(n))).collect(),
        "[x,".repeat(100_000),
        format!("[{}", "x,".repeat(400_000)),
        "&a [*a]".to_owned(),
        "a: &a {b: *a}".to_owned(),
        " ".repeat(9 << 20),
        format!("a: &s {}\nb: [{}]", "x".repeat(1 << 20), "*s,".repeat(100)),
    ];
    for bomb in bombs {
        let start = Instant::now();
        let outcome = parse(&bomb);
        let start_of_bomb: String = bomb.chars().take(40).collect();
        assert!(outcome.is_err(), "{start_of_bomb} was read");
        // A hundred milliseconds in a release build.
        assert!(start.elapsed() < Duration::from_secs(3), "{start_of_bomb} took {:?}", start.elapsed());
    }
}

#[test]
fn errors_quote_no_megabytes() {
    for text in [format!("!<{}> x", "t".repeat(1 << 20)), "9".repeat(1 << 20)] {
        assert!(parse(&text).unwrap_err().message.len() < 400);
    }
}

#[test]
fn repeated_merges_cost_what_they_bring() {
    let mut merges = String::from("m0: &m0 {k0: 1, j0: 1}\n");
    for level in 1..60 {
        let before = vec![format!("*m{}", level - 1); 9].join(",");
        merges += &format!("m{level}: &m{level} {{<<: [{before}], k{level}: 1}}\n");
    }
    assert_eq!(parse(&merges).unwrap()["m59"].as_object().unwrap().len(), 61);
}

#[test]
fn budgets_are_the_callers() {
    let limited = |budget: Budget, text: &str| {
        parse_document_with(text, &Options { budget, ..Options::default() }).unwrap_err().to_string()
    };
    let all = Budget::default();
    assert_eq!(limited(Budget { bytes: 3, ..all }, "a: 1"), "line 1, column 1: the document has more than 3 bytes");
    assert_eq!(limited(Budget { depth: 1, ..all }, "[[1]]"), "line 1, column 2: the document has more than 1 levels");
    assert_eq!(
        limited(Budget { nodes: 3, ..all }, "[a, b, c]"),
        "line 1, column 1: the document has more than 3 values"
    );
    assert_eq!(
        limited(Budget { events: 4, ..all }, "[a, b, c]"),
        "line 1, column 5: the document has more than 4 parts"
    );
}

#[test]
fn floats_have_pythons_text() {
    let cases = [
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1e16, "1e+16"),
        (9_999_999_999_999_998.0, "9999999999999998.0"),
        (1e-4, "0.0001"),
        (1e-5, "1e-05"),
        (1.5e300, "1.5e+300"),
        (-0.0, "-0.0"),
        (123_456.789, "123456.789"),
        (f64::NAN, "nan"),
    ];
    for (number, text) in cases {
        assert_eq!(python_float(number), text);
    }
}

#[test]
fn line_breaks_of_yaml_1_1_survive_both_readers() {
    let value = Value::String("a\u{85}b\u{2028}c\u{2029}".to_owned());
    assert_eq!(to_string(&value), "\"a\\Nb\\Lc\\P\"\n");
    assert_eq!(parse(&to_string(&value)).unwrap(), value);
}
