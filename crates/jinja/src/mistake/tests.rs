use super::{of_expression, of_template};

#[test]
fn says_what_jinja2_says() {
    for (source, words) in [
        ("a }}", "chunk after expression"),
        ("  ?", "unexpected char '?' at 2\n  line 1"),
        ("\n\n'", "unexpected char \"'\" at 2\n  line 3"),
        ("a ?", "unexpected char '?' at 2"),
        ("1 + }", "unexpected '}'"),
        ("1_000 1_", "chunk after expression"),
        ("2 * 007", "chunk after expression"),
    ] {
        assert_eq!(of_expression(source).as_deref(), Some(words), "{source}");
    }
    for (source, words) in [
        ("é\r\n{{ a }} {{ ? }}", "unexpected char '?' at 13"),
        ("{ {% raw %} {{ {% endraw %}{{ a b }}", "expected token 'end of print statement', got 'b'"),
        ("{# {{ #}{%- if a -%}{{ 1.5 'x' }}", "expected token 'end of print statement', got 'string'"),
        ("{% raw %} {{", "Missing end of raw directive"),
        ("{# a", "Missing end of comment tag"),
        (
            "{% for a in b %}{% if c %}{% endfor %}",
            "Encountered unknown tag 'endfor'. You probably made a nesting mistake. Jinja is expecting this tag, but currently looking for 'elif' or 'else' or 'endif'. The innermost block that needs to be closed is 'if'.",
        ),
    ] {
        assert_eq!(of_template(source).as_deref(), Some(words), "{source}");
    }
}

#[test]
fn takes_what_jinja2_takes() {
    for source in
        ["a if b else c", "a[1:2, ::3]", "f(*a, b=1, **c)(2)", "a is not b.c d", "{'a': 1,}", "not a not in (b,)"]
    {
        assert_eq!(of_expression(source), None, "{source}");
    }
    let template = "{% set a.b = 1, 2 %}{% for a, (b, c) in d if e recursive %}{% else %}{% endfor %}\
        {% macro m(a, b=1) %}{% endmacro %}{% call(x) m() %}{% endcall %}{% filter f(1)|g %}{% endfilter %}\
        {% with a = 1, b = 2 %}{% endwith %}{% set x | f %}{% endset %}{% autoescape true %}{% endautoescape %}";
    assert_eq!(of_template(template), None);
}

#[test]
fn gives_up_where_brackets_and_tags_lie_too_deep() {
    assert_eq!(of_expression(&"[".repeat(100_000)), None);
    assert_eq!(of_expression(&"- ".repeat(100_000)), None);
    assert_eq!(of_template(&"{% if a %}".repeat(100_000)), None);
}
