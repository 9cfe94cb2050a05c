//! Every attack of the benchmark `hostile` ends, and ends in an error that says what was too much.

#[path = "../benches/hostile/cases/mod.rs"]
mod cases;

/// What refusals say; at least one of these stands in each.
const REFUSALS: &[&str] = &[
    "is allowed",
    "operators in one tag",
    "nested too deeply",
    "cannot be kept",
    "larger than MAX_RANGE",
    "has more than",
    "recursion",
    "too wide a field",
    "engine failed",
    "Exception",
    "RecursionError",
    "OverflowError",
    "limit",
    "unable to calculate",
    "never ends",
    "inside the value that it stands for",
    "error building NFA",
    "too large",
    "has a loop",
    "Parse error",
    "matches more than",
    "is not an integer",
    "could not determine",
];

/// Cases that are settled long before they cost anything, with the beginning of what is said about them.
const HARMLESS: &str = include_str!("bombs/harmless.txt");

fn check(language: &str) {
    let mut wrong = Vec::new();
    for case in cases::all().into_iter().filter(|case| case.language == language) {
        let said =
            (case.run)().map_or_else(|error| format!("refused: {error}"), |answer| format!("answered: {answer}"));
        let is_refused = said.starts_with("refused") && REFUSALS.iter().any(|part| said.contains(part));
        let line = format!("{}: {}\t{}", case.language, case.name, said).replace('\n', "\\n");
        if !is_refused && !HARMLESS.lines().any(|known| line.starts_with(known)) {
            wrong.push(line);
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn templates_are_refused() {
    check("jinja");
}

#[test]
fn expressions_are_refused() {
    check("yaql");
}

#[test]
fn documents_are_refused() {
    check("yaml");
}

#[test]
fn workflows_are_refused() {
    check("orquesta");
}

#[test]
fn patterns_are_refused() {
    check("regex");
}
