//! Jinja.

use std::sync::Arc;

use serde_json::{Map, Value, json};
use squall_jinja::{Context, Environment, Evaluated, Functions, HostError};

use super::{Case, Source, short};

/// Doubles a list into itself a hundred times, then does something with it.
fn doubled(then: &str) -> String {
    format!(
        "{}{then}",
        "{% set a = [1] %}{% set b = [1] %}".to_owned() + &"{% set a = [a, a] %}{% set b = [b, b] %}".repeat(90)
    )
}

/// The same where no two maps are one object.
fn doubled_maps(then: &str) -> String {
    let more = "{% set a = {'l': a, 'r': a} %}{% set b = {'l': b, 'r': b} %}".repeat(90);
    format!("{{% set a = {{'l': 1}} %}}{{% set b = {{'l': 1}} %}}{more}{then}")
}

const LOOPS: &[&str] = &[
    "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
    "{% for a in range(99999) %}{{ big }}{% endfor %}",
    "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = [ns.s] %}{% endfor %}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s[0:] %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99999) %}{% set ns.s = ns.s + ns.s %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = (ns.s, ns.s) %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [{'k': ns.s}] | groupby('k') %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = ns.s | batch(1) | list * 2 %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = dict(a=ns.s, b=ns.s) %}{% endfor %}{{ ns.s }}",
    "{% set ns = namespace() %}{% set ns.s = ns %}{{ ns }}",
    "{% set ns = namespace() %}{% set ns.s = [ns, ns] %}{{ ns.s }}",
    "{% set a = namespace() %}{% set b = namespace(a=a) %}{% set a.b = b %}{{ a == b }}",
    "{% for i in [1] %}{% set l = [loop, loop] %}{{ l }}{% endfor %}",
    "{% for i in [1] %}{{ loop.cycle() }}{% endfor %}",
    "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
    "{% macro m(a, n) %}{% if n %}{{ m([a, a], n - 1) }}{% else %}{{ a }}{% endif %}{% endmacro %}{{ m([1], 20) }}",
    "{% for i in range(99999) %}{% if big == other %}{% endif %}{% endfor %}",
    "{% for i in range(99999) %}{% if big < other %}{% endif %}{% endfor %}",
    "{% for i in range(99999) %}{% if big in [other, other] %}{% endif %}{% endfor %}",
    "{% for i in range(99999) %}{% if tree == other_tree %}{% endif %}{% endfor %}",
    "{% for i in range(99999) %}{% if tree in [other_tree] %}{% endif %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = {tree: 1} %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = {big: 1} %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = {range(99999): 1} %}{% endfor %}",
    "{% for i in range(99999) %}{{ big[400000] }}{% endfor %}",
    "{% for i in range(99999) %}{% set x = big[399999:400000] %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = tree ~ '' %}{% endfor %}",
    "{% for i in range(99999) %}{% set x = tree | tojson %}{% endfor %}",
    "{% for i in range(99999) %}{{ loop.changed(tree, i) }}{% endfor %}",
];

const TEXTS: &[&str] = &[
    "{{ 'x' * 999999999999 }}",
    "{% set x = 'x' * 40000000 %}{% set y = x * 3 %}{{ y }}",
    "{{ big | replace('x', big) }}",
    "{{ big.replace('x', big) }}",
    "{{ big.replace('', big) }}",
    "{{ big.join(l | map('string')) }}",
    "{{ l | join(big) }}",
    "{{ ''.ljust(9999999999) }}",
    "{{ ''.center(9999999999) }}",
    "{{ '1'.zfill(9999999999) }}",
    "{{ '' | center(9999999999) }}",
    "{{ '{:>9999999999}'.format(1) }}",
    "{{ '{:>{w}}'.format(1, w=9999999999) }}",
    "{{ '%9999999999d' | format(1) }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ big | wordwrap(1, wrapstring=big) }}",
    "{{ big | indent(99999999) }}",
    "{{ ('\n' * 100000) | indent(99999) }}",
    "{{ l | to_json_string(indent=99999999999) }}",
    "{{ big.split('x') | list | map('string') | join(big) }}",
    "{{ (big ~ big ~ big ~ big ~ big ~ big).split('x') | length }}",
    "{{ big | list | batch(1) | list }}",
    "{{ l | batch(1000000000, 'x') | list }}",
    "{{ l | slice(1000000000, 'x') | list }}",
    "{{ l | map('string') | map('center', 100000) | join }}",
    "{{ range(99999999999) | list }}",
    "{{ [1] * 999999999 }}",
    "{{ [1] * 999999999 == [2] * 999999999 }}",
    "{{ [1] * 999999999 ~ '' }}",
    "{{ ([1] * 99999 + [2]) == ([1] * 99999 + [3]) and ([[1] * 9999] * 9999) | string }}",
    "{{ [[1] * 999] | sum(start=[]) ~ [[[[[[1] * 99] * 99] * 99] * 99] * 99] }}",
    "{{ 2 ** 99999999999 }}",
    "{{ 9 ** 9 ** 9 ** 9 }}",
    "{{ big | urlencode * 9 }}",
];

const PARSED: &[&str] = &[
    "{{ a | regex_search('(a+)+(?=b)') }}",
    "{{ a | regex_match('(a|aa)+\\\\1$') }}",
    "{{ 'x' | regex_search('(((a{1,100}){1,100}){1,100}){1,100}') }}",
    "{% for i in range(99999) %}{{ a | regex_search('(a+)+(?=b)') }}{% endfor %}",
    "{% for i in range(99999) %}{{ a | regex_search('(a{1,50}){1,50}' ~ i) }}{% endfor %}",
    "{% for i in range(99999) %}{{ big | regex_search('x*y') }}{% endfor %}",
    "{{ big | regex_search('(?=(x*x*)*y)') }}",
    "{{ big | regex_replace('', big) }}",
    "{{ big | regex_replace('x*?(?!y)', big) }}",
    "{{ ('[' * 100000) | from_json_string }}",
    "{{ ('[' * 100000) | from_yaml_string }}",
    "{{ ('[1,' * 100000) | from_yaml_string }}",
    "{{ ('a: &a [x,x,x,x,x,x,x,x]\n' ~ 'b: &b [*a,*a,*a,*a,*a,*a,*a,*a]\n' ~ 'c: &c [*b,*b,*b,*b,*b,*b,*b,*b]\n' ~ 'd: &d [*c,*c,*c,*c,*c,*c,*c,*c]\n' ~ 'e: &e [*d,*d,*d,*d,*d,*d,*d,*d]\n' ~ 'f: [*e,*e,*e,*e,*e,*e,*e,*e]\n') | from_yaml_string }}",
    "{{ tree | jsonpath_query('$..*..*..*..*..*..*') }}",
    "{{ tree | jsonpath_query('$' ~ '..*' * 1000) }}",
    "{{ l | jsonpath_query('$[*' ~ ',*' * 1000 ~ ']') }}",
    "{{ '1.0.0' | version_match('>=' ~ '9' * 400000) }}",
];

const WALKS: &[&str] = &[
    "{{ a }}",
    "{{ a ~ '' }}",
    "{{ a == b }}",
    "{{ a != b }}",
    "{{ a < b }}",
    "{{ a < b < a }}",
    "{{ a in [b] }}",
    "{{ b in a }}",
    "{{ [a, b] | sort }}",
    "{{ [a, b] | unique | list }}",
    "{{ [a, b] | min }}",
    "{{ [{'k': a}, {'k': b}] | groupby('k') }}",
    "{{ {'x': a, 'y': b} | dictsort(by='value') }}",
    "{{ {a: 1} }}",
    "{{ {1: 1}.get(a) }}",
    "{{ a | join }}",
    "{{ a | tojson }}",
    "{{ a | string }}",
    "{{ a | pprint }}",
    "{{ a | to_json_string }}",
    "{{ a | to_yaml_string }}",
    "{{ a | to_complex }}",
    "{{ a | jsonpath_query('$..x') }}",
    "{{ a | replace('1', '2') }}",
    "{{ a | upper }}",
    "{{ a | length ~ (a | escape) }}",
    "{{ a | urlencode }}",
    "{{ a | map('string') | list }}",
    "{{ a | select('eq', b) | list }}",
    "{{ a is eq b }}",
    "{{ a is in [b] }}",
    "{{ [b].index(a) }}",
    "{{ [b].count(a) }}",
    "{{ '{}'.format(a) }}",
    "{{ '%s' | format(a) }}",
    "{{ a[0] == b[0] }}",
    "{% set x %}{{ a }}{% endset %}{{ x }}",
    "{% for x in [a, b] %}{{ loop.changed(x) }}{% endfor %}",
    "{{ a | batch(2) | list == b | batch(2) | list }}",
    "{{ (a, b) == (b, a) }}",
];

const TYPED: &[&str] = &["a", "[a, b] | sort", "{'x': a}", "(a, a)", "a + b"];

fn tree(levels: u32, leaf: &Value) -> Value {
    (0..levels).fold(leaf.clone(), |inner, _| json!([inner, inner]))
}

fn context() -> Context {
    let big = "x".repeat(500_000);
    let variables = json!({
        "big": big, "other": format!("{}y", &big[1..]), "l": vec![1; 10_000],
        "a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!",
        "tree": tree(12, &json!(1)), "other_tree": tree(12, &json!(1)),
    });
    variables.as_object().into_iter().flatten().map(|(name, value)| (name.clone(), value.clone())).collect()
}

fn rendered(name: String, template: impl Fn() -> String + 'static) -> Case {
    Case::new("jinja", name, move || {
        Environment::default().render(&template(), &context()).map_err(|error| error.to_string())
    })
}

/// What touches long texts over and over: each costs its length, whatever holds it. `texts` and `twins` hold the same texts twice,
/// `rows` holds them under a name, and `keyed` and `keyed_too` as names.
const LONG: &[&str] = &[
    "{% if texts == twins %}{% endif %}",
    "{% if rows == row_twins %}{% endif %}",
    "{% if keyed == keyed_too %}{% endif %}",
    "{% if big in twins %}{% endif %}",
    "{% if texts[0] == twins[0] %}{% endif %}",
    "{% if texts[0] == texts[0][:] %}{% endif %}",
    "{% if (texts[0], texts[1]) == (twins[0], twins[1]) %}{% endif %}",
    "{% if texts[0] is eq(twins[0]) %}{% endif %}",
    "{% if texts[0] is in(twins) %}{% endif %}",
    "{% if texts[0] is lower %}{% endif %}",
    "{% if texts[0] is startingwith(twins[0]) %}{% endif %}",
    "{% if range(99999) is startingwith('x') %}{% endif %}",
    "{% if texts is endingwith('x') %}{% endif %}",
    "{% if texts[0] in keyed %}{% endif %}",
    "{% if keyed[texts[0]] is defined %}{% endif %}",
    "{% if keyed.get(texts[0]) %}{% endif %}",
    "{% if texts.index(twins[9]) %}{% endif %}",
    "{% if texts.count(twins[9]) %}{% endif %}",
    "{% if loop.changed(texts[0] if i % 2 else twins[0]) %}{% endif %}",
    "{% set x = {texts[0]: i} %}",
    "{% set x = dict(keyed, i=i) %}",
    "{% set x = range(99999) | wordcount %}",
    "{% set x = texts | wordcount %}",
    "{% set x = texts | map('wordcount') | list %}",
    "{% set x = texts | striptags %}",
    "{% set x = texts | sort | first %}",
    "{% set x = texts | unique | first %}",
    "{% set x = texts | max %}",
    "{% set x = rows | sort(attribute='k') | first %}",
    "{% set x = rows | groupby('k') | first %}",
    "{% set x = rows | unique(attribute='k') | first %}",
    "{% set x = rows | max(attribute='k') %}",
    "{% set x = rows | selectattr('k', 'lower') | first %}",
    "{% set x = rows | selectattr('k', 'eq', twins[9]) | first %}",
    "{% set x = rows | map(attribute='k') | select('in', twins) | list %}",
    "{% set x = keyed | dictsort | first %}",
    "{% set x = 'x' | replace(texts[0], '') %}",
    "{% set x = 'x' | replace(range(99999), '') %}",
    "{% set x = 'x' | trim(texts[0]) %}",
    "{% set x = 'x' | int(base=2) + 'x'.find(texts[0]) %}",
    "{% set x = 'x'.strip(texts[0]) %}",
    "{% set x = 'x'.split(texts[0]) %}",
    "{% set x = '%.1s' % texts[0] %}",
    "{% set x = '%.1s' % texts %}",
    "{% set x = '%(a).1s' % {'a': texts} %}",
    "{% set x = '{:.1}'.format(texts[0]) %}",
    "{% set x = texts[0][-1] %}",
    "{% set x = texts[0][i] %}",
    "{% set x = texts | join | length %}",
    "{% set x = texts | tojson | length %}",
    "{% set x = texts | string | length %}",
    "{% set x = texts | first %}",
    "{% set x = (texts + twins) | last %}",
    "{% set x = texts[0] ~ '' %}",
    "{% set x = (texts[0], 1) ~ '' %}",
    "{% set x = texts[0] | regex_match('y') %}",
    "{% set x = texts[0] | upper | length %}",
    "{% macro m(a=texts[0]) %}{% endmacro %}{% set x = m(a=texts[0]) == m(twins[0]) %}",
    "{% call(a) f(texts) %}{{ a == twins }}{% endcall %}",
    "{% filter replace(texts[0], '') %}x{% endfilter %}",
    "{% set n.s = texts == twins %}",
    "{% set n.s = [n.s, n.s] %}{% if n.s == [n.s] %}{% endif %}",
    "{% set x = loop.cycle(texts, twins) == texts %}",
    "{% with a = texts, b = twins %}{% if a == b %}{% endif %}{% endwith %}",
    "{% for a, b in [(texts, twins)] %}{% if a == b %}{% endif %}{% endfor %}",
    "{% for a in texts if a in twins %}{% endfor %}",
    "{% for k, g in rows | groupby('k') %}{% if g == rows %}{% endif %}{% endfor %}",
    "{% set x = [texts, twins] | groupby('0') %}",
    "{% set x = rows | sum(attribute='k', start='') %}",
    "{% set x = many | sum(start=(i, 1, 2, 3)) %}",
    "{% set x = many | map('replace', texts[0], '') | first %}",
    "{% set x = many | groupby('k', default=texts[0]) | first %}",
    "{% set x = many | sort(attribute='k' ~ ',k' * 999) | first %}",
    "{% set x = many | map(attribute='k' ~ '.k' * 999, default=1) | first %}",
    "{% set x = texts[0].strip(texts[1]) %}",
    "{% set x = 'y'.rjust(400000, 'y') | trim(texts[1]) %}",
    "{% set x = texts[0].swapcase() | title %}",
    "{% set x = texts[0] | wordwrap(1) | length %}",
    "{% set x = texts[0] | truncate(399000) | length %}",
    "{% set x = texts[0] | urlencode | length %}",
    "{% set x = texts[0] | center(999999) | trim %}",
    "{% set x = texts[0].partition('y')[0] %}",
    "{% set x = texts[0] is iterable and texts[0] is sameas(twins[0]) %}",
    "{% set x = range(99999)[i] %}",
    "{% set x = range(99999) == range(99999) %}",
    "{% set x = range(0, 99999, 7) | last in range(99999) %}",
    "{% set x = big in keyed or w in keyed_too %}",
    "{% set x = big in (texts[0] ~ '') %}",
    "{% set x = (texts if i % 2 else twins) == (twins if i % 2 else texts) %}",
    "{% set x = (nope | default(texts)) == twins %}",
    "{% set x = [texts[0], i] == [twins[0], i] %}",
    "{% set x = {'a': texts[0]} == {'a': twins[0]} %}",
    "{% set x = [[texts[0]]] | groupby('0.0') %}",
    "{% set x = deep == deep_too %}",
    "{% set x = deep | string | length %}",
    "{% set x = dict(**keyed) %}",
    "{% set x = m(**keyed) if i < 0 else namespace(**keyed) %}",
    "{% set x = keyed.items() | list | length + keyed.keys() | list | length %}",
    "{% set x = '%s%s' % (i, texts) %}",
    "{% set x = [texts[0][1:], 1][0] == twins[0] %}",
    "{% set x = ctx().texts %}",
    "{% if ctx('texts') == twins %}{% endif %}",
];

/// Names and constants as long as a text may be, in a loop.
const WRITTEN: &[Source] = &[
    ("a constant of 240 kB compared", || looped(&format!("{{% if w == '{}' %}}{{% endif %}}", "w".repeat(240_000)))),
    ("a constant of 240 kB as a key", || looped(&format!("{{% set x = {{'{}': i}} %}}", "w".repeat(240_000)))),
    ("a constant of 240 kB as a subscript", || looped(&format!("{{% set x = keyed['{}'] %}}", "w".repeat(240_000)))),
    ("a constant of 240 kB looked for", || looped(&format!("{{% set x = 'x'.find('{}') %}}", "w".repeat(240_000)))),
    ("a constant of 240 kB in a list", || {
        looped(&format!("{{% if w in ['{}', 1] %}}{{% endif %}}", "w".repeat(240_000)))
    }),
    ("a constant of 240 kB in a tuple", || {
        looped(&format!("{{% if (w, 1) == ('{}', i) %}}{{% endif %}}", "w".repeat(240_000)))
    }),
    ("a name of 240 kB", || {
        format!("{{% set {0} = 1 %}}{1}", "n".repeat(240_000), looped(&format!("{{{{ {} }}}}", "n".repeat(240_000))))
    }),
    ("an attribute of 240 kB", || looped(&format!("{{% set x = keyed.{} %}}", "n".repeat(240_000)))),
    ("a keyword of 240 kB", || looped(&format!("{{% set x = dict({}=1) %}}", "n".repeat(240_000)))),
    ("a long text tested without a loop", || "{% if big is lower %}{% endif %}".repeat(12_000)),
    ("a thousand constants searched", || {
        looped(&format!("{{% if texts[0] in [{}] %}}{{% endif %}}", "'w', ".repeat(1000)))
    }),
];

fn looped(body: &str) -> String {
    format!(
        "{{% set n = namespace(s=[1]) %}}{{% macro f(a) %}}{{{{ caller(a) }}}}{{% endmacro %}}{{% for i in range(99999) %}}{body}{{% endfor %}}"
    )
}

/// Sixteen megabytes of texts, and what is made of them.
fn long_context() -> Context {
    let texts = |last: &str| -> Vec<String> { (0..10).map(|_| format!("{}{last}", "x".repeat(399_999))).collect() };
    let (texts, twins) = (json!(texts("y")), json!(texts("y")));
    let mut context = Context::new();
    let listed = |texts: &Value| -> Vec<Value> { texts.as_array().cloned().unwrap_or_default() };
    context
        .insert("texts", &texts)
        .insert("twins", &twins)
        .insert("big", &texts[0])
        .insert("w", &json!("w".repeat(240_000)));
    for name in ["rows", "row_twins"] {
        let rows: Vec<Value> = listed(&twins).into_iter().take(4).map(|text| json!({"k": text, "row": 1})).collect();
        context.insert(name, &json!(rows));
    }
    let many: Vec<Value> = (0..10_000).map(|_| json!([])).collect();
    let deep = |leaf: &Value| (0..90).fold(leaf.clone(), |inner, _| json!([inner]));
    context.insert("many", &json!(many)).insert("deep", &deep(&texts[0])).insert("deep_too", &deep(&twins[0]));
    for name in ["keyed", "keyed_too"] {
        let pairs = (0..4).map(|index| (format!("{index}{}", "x".repeat(400_000)), json!(1))).collect();
        context.insert(name, &Value::Object(pairs));
    }
    context.set_functions(Arc::new(Answers(json!({"texts": listed(&twins)}))));
    context
}

/// `ctx` of a workflow.
struct Answers(Value);

impl Functions for Answers {
    fn knows(&self, name: &str) -> bool {
        name == "ctx"
    }

    fn call(&self, name: &str, arguments: &[Value], _: &Map<String, Value>) -> Option<Result<Value, HostError>> {
        let answer = arguments.first().and_then(Value::as_str).map_or(&self.0, |key| &self.0[key]);
        (name == "ctx").then(|| Ok(answer.clone()))
    }
}

fn with_texts(name: String, template: impl Fn() -> String + 'static) -> Case {
    Case::new("jinja", name, move || {
        Environment::default().render(&template(), &long_context()).map_err(|error| error.to_string())
    })
}

/// A value doubled inside its expression, where its result is wanted as JSON.
fn typed(expression: &str) -> Case {
    let deep = |leaf: &str| format!("([{}{leaf}{}])", "[".repeat(6), "] * 99".repeat(6));
    let source: String = expression
        .split_inclusive(|character: char| !character.is_alphanumeric())
        .map(|word| match word.trim_end_matches(|character: char| !character.is_alphanumeric()) {
            "a" => word.replacen('a', &deep("1"), 1),
            "b" => word.replacen('b', &deep("2"), 1),
            _ => word.to_owned(),
        })
        .collect();
    Case::new("jinja", format!("evaluate {expression}, with lists multiplied by 99 six times"), move || {
        match Environment::default().evaluate(&source, &context()) {
            Ok(Evaluated::Value(value)) => Ok(value.to_string().chars().take(60).collect()),
            Ok(Evaluated::Undefined) => Ok("undefined".to_owned()),
            Err(error) => Err(error.to_string()),
        }
    })
}

fn nested(open: &str, close: &str) -> String {
    format!("{{{{ {}1{} }}}}", open.repeat(20_000), close.repeat(20_000))
}

const SOURCES: &[Source] = &[
    ("20,000 parentheses", || nested("(", ")")),
    ("20,000 lists", || nested("[", "]")),
    ("20,000 negations", || nested("-", "")),
    ("20,000 ifs", || "{% if 1 %}".repeat(20_000)),
    ("100,000 additions", || format!("{{{{ 1{} }}}}", " + 1".repeat(100_000))),
    ("50,000 filters", || format!("{{{{ 1{} }}}}", " | string".repeat(50_000))),
    ("a template of a megabyte", || "{{ 1 }}".repeat(150_000)),
    ("37,000 comparisons of big texts", || "{{big==other}}".repeat(37_000)),
    ("90 lists multiplied by nine", || format!("{{{{ {}1{} }}}}", "[".repeat(90), "] * 9".repeat(90))),
];

pub(super) fn cases() -> Vec<Case> {
    let plain = [LOOPS, TEXTS, PARSED].concat().into_iter().map(|source| rendered(short(source), || source.to_owned()));
    let walked = WALKS.iter().map(|then| rendered(format!("90 × doubled list, {then}"), || doubled(then)));
    let maps = WALKS.iter().map(|then| rendered(format!("90 × doubled map, {then}"), || doubled_maps(then)));
    let long = SOURCES.iter().map(|(name, source)| rendered((*name).to_owned(), *source));
    let texts = LONG.iter().map(|body| with_texts(short(&format!("long: {body}")), || looped(body)));
    let written = WRITTEN.iter().map(|(name, source)| with_texts((*name).to_owned(), *source));
    plain
        .chain(texts)
        .chain(written)
        .chain(walked)
        .chain(maps)
        .chain(long)
        .chain(TYPED.iter().map(|expression| typed(expression)))
        .collect()
}
