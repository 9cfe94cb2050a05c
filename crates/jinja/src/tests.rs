//! Lookups, host functions, limits: what Jinja2 can't be asked.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

use serde_json::{Map, Value, json};

use crate::{Context, Environment, ErrorKind, Evaluated, Functions, HostError, Limits, Lookup};

#[derive(Default)]
struct Datastore {
    reads: AtomicUsize,
}

impl Lookup for Datastore {
    fn get(&self, path: &str) -> Result<Option<String>, HostError> {
        self.reads.fetch_add(1, Ordering::Relaxed);
        match path {
            "system.a.b" => Ok(Some("two dots".to_owned())),
            "system.count" => Ok(Some("5".to_owned())),
            "system.secret" => Ok(Some("s3cr3t-encrypted".to_owned())),
            "system.template" => Ok(Some("{{ 1 + 1 }}".to_owned())),
            "user.denied" => Err(HostError::new("ResourceAccessDeniedError", "no permission")),
            _ => Ok(None),
        }
    }

    fn decrypt(&self, ciphertext: &str) -> Result<String, HostError> {
        ciphertext
            .strip_suffix("-encrypted")
            .map(str::to_owned)
            .ok_or_else(|| HostError::new("ValueError", "not encrypted"))
    }
}

struct Workflow;

impl Functions for Workflow {
    fn knows(&self, name: &str) -> bool {
        matches!(name, "ctx" | "fail")
    }

    fn call(&self, name: &str, arguments: &[Value], keywords: &Map<String, Value>) -> Option<Result<Value, HostError>> {
        match name {
            "ctx" => Some(Ok(json!({"given": arguments, "named": keywords, "text": "{{ 7 * 7 }}"}))),
            "fail" => Some(Err(HostError::new("VariableUndefinedError", "The variable \"x\" is undefined."))),
            _ => None,
        }
    }
}

fn context(variables: Value) -> Context {
    let Value::Object(variables) = variables else { panic!("variables are an object") };
    variables.into_iter().collect()
}

#[test]
fn datastore_is_read_where_it_is_printed() {
    let (datastore, environment) = (Arc::new(Datastore::default()), Environment::default());
    let mut context = Context::new();
    context.insert_lookup("st2kv", datastore.clone());
    let render = |template| environment.render(template, &context).map_err(|error| (error.class, error.message));
    for (template, expected) in [
        ("{{ st2kv.system.a.b }}", "two dots"),
        ("{{ st2kv.system['a.b'] }}", "two dots"),
        ("[{{ st2kv.system.missing }}]", "[]"),
        ("{{ st2kv.system.count | int + 1 }}", "6"),
        ("{{ st2kv.system.a.b | upper }}", "TWO DOTS"),
        ("{{ st2kv.system.secret | decrypt_kv }}", "s3cr3t"),
        ("{{ 'x-encrypted' | decrypt_kv }}", "x"),
        ("{{ st2kv.system.template }}", "{{ 1 + 1 }}"),
        ("{{ [st2kv.system.a.b] | to_json_string }}", "[\"two dots\"]"),
    ] {
        assert_eq!(render(template), Ok(expected.to_owned()), "{template}");
    }
    assert_eq!(datastore.reads.load(Ordering::Relaxed), 8, "one read for each printed key");
    let denied = Err(("ResourceAccessDeniedError".to_owned(), "no permission".to_owned()));
    assert_eq!(render("{{ st2kv.user.denied }}"), denied);
    assert_eq!(render("{{ st2kv.user.denied | upper }}"), denied);
    let missing = "Referenced datastore item \"st2kv.system.nope\" doesn't exist or it contains an empty string";
    assert_eq!(render("{{ st2kv.system.nope | decrypt_kv }}"), Err(("ValueError".to_owned(), missing.to_owned())));
    assert_eq!(environment.evaluate("st2kv.system.a.b", &context), Ok(Evaluated::Value(json!("two dots"))));
}

#[test]
fn host_functions_are_called_by_name() {
    let environment = Environment::orquesta(Limits::default());
    let mut context = Context::new();
    context.set_functions(Arc::new(Workflow));
    let evaluate = |expression| environment.evaluate(expression, &context);
    assert_eq!(evaluate("ctx('a', k=[1]).given"), Ok(Evaluated::Value(json!(["a"]))));
    assert_eq!(evaluate("ctx('a', k=[1]).named"), Ok(Evaluated::Value(json!({"k": [1]}))));
    assert_eq!(evaluate("ctx().text"), Ok(Evaluated::Value(json!("{{ 7 * 7 }}"))));
    assert_eq!(evaluate("ctx().nope"), Ok(Evaluated::Undefined));
    let error = evaluate("fail()").unwrap_err();
    assert_eq!(
        (error.class.as_str(), error.message.as_str()),
        ("VariableUndefinedError", "The variable \"x\" is undefined.")
    );
    assert_eq!(evaluate("other").unwrap(), Evaluated::Undefined);
    assert_eq!(evaluate("other()").unwrap_err().kind, ErrorKind::Undefined);
}

#[test]
fn data_is_never_a_template() {
    let environment = Environment::default();
    let context = context(json!({"evil": "{{ 1 + 1 }}{% for i in range(9) %}x{% endfor %}"}));
    let text = environment.render("a {{ evil }} b {{ [evil] }}", &context).unwrap();
    assert_eq!(
        text,
        "a {{ 1 + 1 }}{% for i in range(9) %}x{% endfor %} b ['{{ 1 + 1 }}{% for i in range(9) %}x{% endfor %}']"
    );
    for loading in ["{% include evil %}", "{% import evil as x %}", "{% extends evil %}"] {
        assert!(environment.render(loading, &context).is_err(), "{loading}");
    }
}

#[test]
fn names_what_is_undefined() {
    let environment = Environment::default();
    let context = context(json!({"d": {"a": null}, "s": "x", "n": 1, "l": []}));
    for (template, message) in [
        ("{{ nope }}", "'nope' is undefined"),
        ("{{ nope.x.y }}", "'nope' is undefined"),
        ("{{ d.nope }}", "'dict object' has no attribute 'nope'"),
        ("{{ d.a.b.c }}", "'None' has no attribute 'b'"),
        ("{{ s.x | upper }}", "'str object' has no attribute 'x'"),
        ("{% if n.x %}{% endif %}", "'int object' has no attribute 'x'"),
        ("{{ range(2) | list }} {{ l.x }}", "'list object' has no attribute 'x'"),
    ] {
        let error = environment.render(template, &context).unwrap_err();
        assert_eq!((error.kind, error.message.as_str()), (ErrorKind::Undefined, message), "{template}");
    }
}

#[test]
fn lists_the_names_that_a_template_expects() {
    let environment = Environment::default();
    for (template, names) in [
        ("plain", vec![]),
        ("{{ a.b }} {{ c | upper }}", vec!["a", "c"]),
        ("{% for i in items %}{{ i }}{{ loop.index }}{{ range(3) }}{% endfor %}", vec!["items"]),
        ("{% set x = y %}{{ x }}", vec!["y"]),
    ] {
        let found: Vec<String> = environment.undeclared(template).unwrap().into_iter().collect();
        assert_eq!(found, names, "{template}");
    }
    assert_eq!(environment.undeclared("{{ a").unwrap_err().kind, ErrorKind::Syntax);
}

#[test]
fn filters_and_functions_of_stackstorm_take_keywords() {
    let environment = Environment::orquesta(Limits::default());
    let context = context(json!({"d": {"a": [1]}}));
    let render = |template| environment.render(template, &context);
    assert_eq!(render("{{ d | to_json_string(indent=1) }}"), Ok("{\n \"a\": [\n  1\n ]\n}".to_owned()));
    assert_eq!(render("{{ to_json_string(value=d, indent=1) }}"), Ok("{\n \"a\": [\n  1\n ]\n}".to_owned()));
}

#[test]
fn values_that_count_their_visits_behave_as_jinja2s_do() {
    let environment = Environment::default();
    let context =
        context(json!({"l": [3, 1], "d": {"b": [2], "a": 1}, "rows": [{"k": 1, "v": "x"}, {"k": 1, "v": "y"}]}));
    for (template, expected) in [
        ("{{ [l, l] == [[3, 1], [3, 1]] }} {{ [3, 1] in [l] }} {{ (1, 2) in [(1, 2)] }}", "True True True"),
        ("{{ (l, 1) }} {{ ((1, [2]),) }} {{ [(1, [2])] }}", "([3, 1], 1) ((1, [2]),) [(1, [2])]"),
        ("{{ (1, 2) + (3,) }} {{ l + [4] }} {{ l * 2 }} {{ l[1:] }}", "(1, 2, 3) [3, 1, 4] [3, 1, 3, 1] [1]"),
        ("{{ l ~ '' }} {{ {'a': l} ~ '' }} {{ d.items() | list }}", "[3, 1] {'a': [3, 1]} [('b', [2]), ('a', 1)]"),
        (
            "{% for g in rows | groupby('k') %}{{ g.grouper }}{{ g.list | map(attribute='v') | join }}{% endfor %}",
            "1xy",
        ),
        ("{% for k, v in rows | groupby('k') %}{{ k }}{{ v | length }}{% endfor %}", "12"),
        ("{% set ns = namespace(l=[]) %}{% for i in l %}{% set ns.l = ns.l + [i] %}{% endfor %}{{ ns.l }}", "[3, 1]"),
        ("{% set a, b = 1, 2 %}{{ a + b }}{% set c = 1, 2 %}{{ c }}", "3(1, 2)"),
        ("{% if not l or 1 in l and l[0] > l[1] %}yes{% endif %}", "yes"),
    ] {
        assert_eq!(environment.render(template, &context).as_deref(), Ok(expected), "{template}");
    }
}

/// The time that this thread has had on a processor, which other work on the machine does not stretch; none where that is not told.
fn on_a_processor() -> Duration {
    let account = std::fs::read_to_string("/proc/thread-self/schedstat").unwrap_or_default();
    Duration::from_nanos(account.split(' ').next().and_then(|spent| spent.parse().ok()).unwrap_or_default())
}

#[test]
fn evil_templates_are_refused_soon() {
    let environment = Environment::default();
    let big = "x".repeat(500_000);
    let context =
        context(json!({"big": big, "nul": null, "l": vec![1; 10_000], "a": "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!"}));
    let deep = format!("{{{{ {}1{} }}}}", "(".repeat(20_000), ")".repeat(20_000));
    let lists = format!("{{{{ {}{} }}}}", "[".repeat(20_000), "]".repeat(20_000));
    let ifs = "{% if 1 %}".repeat(20_000);
    let chain = format!("{{{{ 1{} }}}}", " + 1".repeat(100_000));
    let filters = format!("{{{{ 1{} }}}}", " | string".repeat(50_000));
    let evil: &[&str] = &[
        "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}",
        "{% for a in range(99999) %}{{ big }}{% endfor %}",
        "{{ 'x' * 999999999999 }}",
        "{{ [1] * 999999999 }}",
        "{{ range(99999999999) | list }}",
        "{% set ns = namespace(s='xx') %}{% for i in range(99) %}{% set ns.s = ns.s ~ ns.s %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(99) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(80) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | tojson }}",
        "{% set ns = namespace(s=[1]) %}{% for i in range(80) %}{% set ns.s = [ns.s, ns.s] %}{% endfor %}{{ ns.s | length | string ~ (ns.s | to_complex) }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% macro m() %}{{ m() }}{{ m() }}{% endmacro %}{{ m() }}",
        "{{ big | replace('x', big) }}",
        "{{ big.replace('x', big) }}",
        "{{ big.replace('', big) }}",
        "{{ big.join(l | map('string')) }}",
        "{{ l | join(big) }}",
        "{{ ''.ljust(9999999999) }}{{ ''.center(9999999999) }}{{ '1'.zfill(9999999999) }}",
        "{{ '' | center(9999999999) }}",
        "{{ '{:>9999999999}'.format(1) }}",
        "{{ '{:>{w}}'.format(1, w=9999999999) }}",
        "{{ '%9999999999d' | format(1) }}",
        "{% for i in range(99999) %}{{ a | regex_search('(a+)+(?=b)') }}{% endfor %}",
        "{% for i in range(99999) %}{{ a | regex_search('(a{1,50}){1,50}' ~ i) }}{% endfor %}",
        "{{ 'x' | regex_search('(((a{1,100}){1,100}){1,100}){1,100}') }}",
        "{{ big | regex_replace('', big) }}",
        "{{ 2 ** 99999999999 }}",
        "{{ big | wordwrap(1, wrapstring=big) }}",
        "{{ l | to_json_string(indent=99999999999) }}",
        "{{ big | indent(99999999) }}",
        "{{ (big | list | batch(1) | list) }}{{ big | list | map('string') | list | sort | join(big) }}",
        "{{ ('&a [' ~ ('x,' * 100) ~ ']\n') | from_yaml_string }}{{ ('[' * 100000) | from_yaml_string }}",
        "{{ ('[' * 100000) | from_json_string }}",
        "{% set a = range(99999) %}{% set b = range(99999) %}{% for i in range(9999) %}{% if a == b %}{% endif %}{% endfor %}",
        "{% with a = range(99999), b = range(99999) %}{% for i in range(9999) %}{% if a < b %}{% endif %}{% endfor %}{% endwith %}",
        "{% macro m(a, b) %}{% for i in range(9999) %}{% if a == b %}{% endif %}{% endfor %}{% endmacro %}{{ m(range(99999), range(99999)) }}",
        "{% macro m(a=range(99999)) %}{% for i in range(9999) %}{% if a == range(99999) %}{% endif %}{% endfor %}{% endmacro %}{{ m() }}",
        "{% set n = namespace(a=range(99999), b=range(99999)) %}{% for i in range(9999) %}{% if n.a == n.b %}{% endif %}{% endfor %}",
        "{% set n = namespace() %}{% set n.f = range %}{% for i in range(9999) %}{% if n.f(99999) == n.f(99999) %}{% endif %}{% endfor %}",
        "{% for i in range(9999) %}{% if l is eq(range(99999)) or l is in([range(99999)]) or range(99999) is eq(range(99999)) %}{% endif %}{% endfor %}",
        "{% for i in range(9999) %}{% if (nul or range(99999)) == (range(99999) if i >= 0 else 1) %}{% endif %}{% endfor %}",
        "{% for i in range(9999) %}{% if range(99999) | default(1) == loop.cycle(range(99999)) %}{% endif %}{% endfor %}",
        "{% for a in [range(99999)] %}{% for b in [range(99999)] %}{% for i in range(9999) %}{% if a == b %}{% endif %}{% endfor %}{% endfor %}{% endfor %}",
        "{{ range(99999) | select('in', range(99999)) | list | length }}",
        "{% for i in range(99999) %}{{ [l, l, l] | length }}{{ [[l, l], {'a': l}] }}{% endfor %}",
        "{% set n = namespace(s=[1]) %}{% for i in range(99999) %}{% set n.s = {'a': n.s}.items() %}{% endfor %}",
        &deep,
        &lists,
        &ifs,
        &chain,
        &filters,
    ];
    let mut slow = Vec::new();
    for template in evil {
        let start = on_a_processor();
        let outcome = environment.render(template, &context);
        let shown: String = template.chars().take(60).collect();
        // A quarter of a second in a release build.
        let spent = on_a_processor().saturating_sub(start);
        if spent > Duration::from_millis(2_500) {
            slow.push(format!("{shown} took {spent:?}"));
        }
        assert!(outcome.is_err(), "{shown} was rendered");
    }
    assert!(slow.is_empty(), "{slow:#?}");
}

#[test]
fn what_is_missing_is_named_wherever_it_comes_from() {
    let environment = Environment::orquesta(Limits::default());
    let mut context = context(json!({"d": {"a": null}}));
    context.set_functions(Arc::new(Workflow));
    for (template, expected) in [
        ("{{ ctx(1).given.nope }}", "'list object' has no attribute 'nope'"),
        ("{{ ctx(1).given[0].x }}", "'int object' has no attribute 'x'"),
        ("{{ ctx().named.a.b }} {{ ctx().named }}", "'dict object' has no attribute 'a'"),
        (
            "{% if ctx().text is defined %}{{ ctx()['no such'] | upper }}{% endif %}",
            "'dict object' has no attribute 'no such'",
        ),
        ("{{ ctx(1).given[7] }}", "list object has no element 7"),
        ("{{ d.a.b }}", "'None' has no attribute 'b'"),
    ] {
        assert_eq!(environment.render(template, &context).unwrap_err().message, expected, "{template}");
    }
}

#[test]
fn percent_formats_texts_and_divides_as_python_does() {
    let environment = Environment::default();
    let context = context(json!({"s": "%s", "f": 2.5, "l": [1, "a"], "d": {"a": 1}, "n": 7}));
    for (template, expected) in [
        ("{{ '%s-%d' % ('a', 3) }}", "a-3"),
        ("{{ '%05.2f' % f }} {{ s % 'a' }}", "02.50 a"),
        ("{{ '%(a)s %(a)s' % d }} {{ s % l }} {{ '%s' % none }}", "1 1 [1, 'a'] None"),
        ("{{ n % 4 }} {{ -n % 4 }} {{ n % -4 }} {{ 7.5 % 2 }} {{ +n - +1 }}", "3 1 -1 1.5 6"),
    ] {
        assert_eq!(environment.render(template, &context).as_deref(), Ok(expected), "{template}");
    }
    for (template, class) in [("{{ n % (n - 7) }}", "ZeroDivisionError"), ("{{ l % n }}", "TypeError")] {
        assert_eq!(environment.render(template, &context).unwrap_err().class, class, "{template}");
    }
}

#[test]
fn a_value_that_takes_too_many_visits_to_answer_with_is_no_shorter_one() {
    let environment = Environment::stackstorm(Limits { visits: 100, ..Limits::default() });
    let context = context(json!({"l": vec![1; 60]}));
    let length = |answer| match answer {
        Ok(Evaluated::Value(Value::Array(items))) => Ok(items.len()),
        other => Err(other),
    };
    assert_eq!(length(environment.evaluate("l", &context)), Ok(60));
    assert_eq!(environment.evaluate("[l, l]", &context).map_err(|error| error.kind), Err(ErrorKind::Limit));
}

#[test]
fn forgets_compiled_templates_when_there_are_too_many() {
    let limits = Limits { cached_templates: 10, ..Limits::default() };
    let environment = Environment::stackstorm(limits);
    for number in 0..100 {
        assert_eq!(environment.render(&format!("{{{{ {number} }}}}"), &Context::new()).unwrap(), number.to_string());
    }
}

#[test]
fn an_expression_that_was_compiled_before_is_evaluated_anew() {
    let environment = Environment::orquesta(Limits { cached_templates: 10, ..Limits::default() });
    for number in 0..100 {
        let mut context = Context::new();
        context.insert("n", &json!(number));
        let expected = Evaluated::Value(json!([number, number % 20]));
        assert_eq!(environment.evaluate(&format!("[n, {}]", number % 20), &context).unwrap(), expected);
        assert_eq!(environment.evaluate("missing", &context).unwrap(), Evaluated::Undefined);
    }
}

#[test]
fn an_expression_that_leaves_its_delimiters_is_refused() {
    let environment = Environment::default();
    for text in ["1) %}{{ 1 }}{% set __answer = (2", "1)%}", "1 %}", "1) ~ (2", "1, 2", "#}1", "1 }}{{ 2"] {
        let outcome = environment.evaluate(text, &Context::new());
        assert_eq!(outcome.map_err(|error| error.kind), Err(ErrorKind::Syntax), "{text}");
    }
    assert_eq!(environment.evaluate("__answer", &Context::new()).unwrap(), Evaluated::Undefined);
    assert_eq!(environment.evaluate("'%} {{ }}'", &Context::new()).unwrap(), Evaluated::Value(json!("%} {{ }}")));
}

#[test]
fn refuses_texts_beyond_the_limits() {
    let limits = Limits { source: 20, output: 10, ..Limits::default() };
    let environment = Environment::stackstorm(limits);
    let kind = |template: &str| environment.render(template, &Context::new()).map_err(|error| error.kind);
    assert_eq!(kind("{{ 'x' * 11 }}"), Err(ErrorKind::Limit));
    assert_eq!(kind("{{ 'x' * 10 }}"), Ok("xxxxxxxxxx".to_owned()));
    assert_eq!(kind(&"x".repeat(21)), Err(ErrorKind::Limit));
}
