//! YAML.

use super::{Case, Source};

/// Sixty levels, each of which repeats the one before.
fn levels(first: &str, next: impl Fn(usize, usize) -> String) -> String {
    first.to_owned() + &(1..60).map(|level| next(level, level - 1)).collect::<String>()
}

fn laughs() -> String {
    levels("a0: &a0 [x,x,x,x,x,x,x,x,x]\n", |level, before| {
        format!("a{level}: &a{level} [{}]\n", vec![format!("*a{before}"); 9].join(","))
    })
}

fn nests() -> String {
    levels("d0: &d0 [[[[[[[[x]]]]]]]]\n", |level, before| format!("d{level}: &d{level} [[[[[[[[*d{before}]]]]]]]]\n"))
}

fn merges() -> String {
    levels("m0: &m0 {a: 1}\n", |level, before| {
        format!("m{level}: &m{level} {{<<: *m{before}, x: *m{before}, y: *m{before}}}\n")
    })
}

fn wide_merge() -> String {
    let wide: String = (0..20_000).map(|n| format!("k{n}: 1, ")).collect();
    format!("m: &m {{{wide}}}\n") + &(0..200).map(|n| format!("u{n}: {{<<: *m}}\n")).collect::<String>()
}

const DOCUMENTS: &[Source] = &[
    ("nine aliases, sixty levels", laughs),
    ("eight levels an alias, sixty times", nests),
    ("merge keys that double", merges),
    ("a wide mapping merged 200 times", wide_merge),
    ("100,000 open lists", || "[".repeat(100_000)),
    ("100,000 block lists in one line", || "- ".repeat(100_000)),
    ("100,000 open mappings", || "{a: ".repeat(100_000)),
    ("100,000 complex keys", || "? ".repeat(100_000)),
    ("2,000 levels of indentation", || (0..2_000).map(|n| format!("{}-\n", " ".repeat(n))).collect()),
    ("100,000 lists inside each other", || "[x,".repeat(100_000)),
    ("a list of 400,000 items", || format!("[{}", "x,".repeat(400_000))),
    ("a list that holds itself", || "&a [*a]".to_owned()),
    ("a mapping that holds itself", || "a: &a {b: *a}".to_owned()),
    ("a mapping that merges itself", || "a: &a {<<: *a}".to_owned()),
    ("a mapping that is its own key", || "&a {*a : 1}".to_owned()),
    ("9 MB of spaces", || " ".repeat(9 << 20)),
    ("a megabyte repeated 100 times", || format!("a: &s {}\nb: [{}]", "x".repeat(1 << 20), "*s,".repeat(100))),
    ("a tag of a megabyte", || format!("!<{}> x", "t".repeat(1 << 20))),
    ("a key of 2,000 levels", || format!("? {}x{}\n: 1", "[".repeat(2_000), "]".repeat(2_000))),
    ("an unknown alias", || "a: *nobody".to_owned()),
    ("a quote that never closes, 8 MB", || format!("\"{}", "x".repeat((8 << 20) - 1))),
    ("a number of a megabyte", || "9".repeat(1 << 20) + ": [}"),
];

pub(super) fn cases() -> Vec<Case> {
    let read = |text: &fn() -> String| {
        let text = *text;
        move || squall_yaml::parse(&text()).map(|_| "read".to_owned()).map_err(|error| error.to_string())
    };
    DOCUMENTS.iter().map(|(name, text)| Case::new("yaml", *name, read(text))).collect()
}
