#!/usr/bin/env python3
"""Records what Jinja2 answers for expressions and templates written for this project.

Needs Jinja2 from PyPI. Writes expressions.jsonl and templates.jsonl beside itself; the tests need no Python.
The environment is set up as StackStorm sets up its own; filters of StackStorm's are not part of this recording.
"""
import json
import pathlib

import jinja2
import jinja2.sandbox

HERE = pathlib.Path(__file__).parent
CONTEXT = {
    "s": "Hello World", "u": "žluť", "ms": "l1\nl2", "e": "", "n": 7, "neg": -7, "f": 2.5, "big": 10**15, "huge": 1e16, "tiny": 1e-7, "z": 0, "t": True, "no": False, "nul": None,
    "l": [3, 1, 2], "w": ["b", "a", "C"], "el": [], "d": {"a": 1, "b": {"c": [1, 2, {"x": "y"}]}, "items": "shadow"}, "ed": {}, "html": "<b>&'\"</b>",
    "recs": [{"n": "a", "v": 1}, {"n": "b", "v": 2}, {"n": "a", "v": 3}], "nest": [[1, 2], [3]], "q": "it's \"x\"", "path": "a\\b\n",
}
EXPRESSIONS = """
1 + 2 ; 7 // 2 ; -7 // 2 ; 7 % 3 ; -7 % 3 ; 2 ** 10 ; 7 / 2 ; 6 / 2 ; 1.0 ; 1e3 ; f * 2 ; n - 10 ; 1 < 2 < 3 ; 3 > 2 > 5 ; not t ; t and no ; e or 'x' ; nul or 5 ; n == 7.0
'a' ~ 1 ~ 2.5 ~ nul ~ t ; 'ab' * 3 ; [1] * 2 ; [1] + [2] ; (1, 2) ; (1,) ; () ; {'a': [1, nul]} ; l[0] ; l[-1] ; l[1:] ; l[::-1] ; s[0] ; s[-5:] ; s[::2] ; d['a'] ; d.a ; d.b.c[2].x ; d['items']
1 in l ; 9 not in l ; 'a' in d ; 'ell' in s ; 'x' if t else 'y' ; 'x' if no else 'y' ; 5 if nope is defined else 6 ; nope is undefined ; nope | default('dd') ; e | default('dd', true) ; nul | default('x') ; nul | default('x', true)
s | upper ; s | lower ; s | title ; s | capitalize ; s | length ; l | length ; d | length ; l | first ; l | last ; l | sort ; l | sort(reverse=true) ; w | sort ; w | sort(case_sensitive=true) ; l | sum ; l | min ; l | max ; l | join ; l | join('-') ; l | reverse | list ; l | list
s | replace('l', 'L') ; s | replace('l', 'L', 1) ; s | trim ; ' x ' | trim ; '--x--' | trim('-') ; s | list ; s | reverse ; recs | map(attribute='n') | list ; recs | selectattr('v', '>', 1) | map(attribute='n') | list ; recs | rejectattr('n', 'equalto', 'a') | list
recs | groupby('n') | length ; recs | sum(attribute='v') ; recs | sort(attribute='v', reverse=true) | map(attribute='v') | list ; recs | map(attribute='n') | unique | list ; l | select('odd') | list ; l | reject('odd') | list ; l | map('string') | list ; l | batch(2) | list ; l | slice(2) | list
d | dictsort ; d.b | items | list ; ed | items | list ; d | tojson ; l | tojson ; html | tojson ; u | tojson ; d | tojson(indent=2) ; 5 | tojson ; '5' | int ; 'x' | int ; 'x' | int(3) ; '0x1f' | int(base=16) ; '1.9' | int ; 1.9 | int ; nul | int ; t | int ; '2.5' | float ; 'x' | float ; 'x' | float(1.5) ; 3 | float
2.567 | round ; 2.567 | round(2) ; 2.5 | round ; 3.5 | round ; 2.1 | round(0, 'ceil') ; 2.9 | round(0, 'floor') ; -5 | abs ; html | escape ; html | e ; html | striptags ; s | wordcount ; s | center(15) ; s | truncate(5) ; s | truncate(8, true) ; s | truncate(8, true, '!', 0) ; s | truncate(255) ; s | wordwrap(5)
'%s-%d' | format('a', 3) ; '%.2f' | format(2.567) ; '%05d' | format(42) ; 1000 | filesizeformat ; 1234567 | filesizeformat ; 1024 | filesizeformat(true) ; 1 | filesizeformat ; 500 | filesizeformat ; 'a b&c/d' | urlencode ; {'a': 'b c'} | urlencode ; ms | indent(2) ; ms | indent(2, true) ; s | string ; n | string ; f | string ; l | string ; d | string ; nul | string ; huge | string ; tiny | string ; t | string
n is odd ; n is even ; n is number ; f is float ; n is integer ; s is string ; l is iterable ; l is sequence ; s is sequence ; d is mapping ; d is sequence ; nul is none ; t is boolean ; t is true ; no is false ; n is divisibleby(7) ; n is sameas(n) ; s is lower ; 'abc' is lower ; 'ABC' is upper ; 1 is in([1, 2]) ; 3 is not in([1]) ; n is eq(7) ; n is gt(3) ; n is lt 3 ; n is ge(7) ; n is le(7) ; n is ne(8) ; 'upper' is filter ; 'odd' is test ; range is callable ; s is callable
s.upper() ; s.lower() ; s.title() ; s.swapcase() ; s.capitalize() ; s.center(15) ; s.center(15, '*') ; s.ljust(13, '.') ; s.rjust(13, '.') ; '42'.zfill(5) ; '-42'.zfill(5) ; s.split() ; s.split('o') ; s.split('o', 1) ; s.rsplit('o', 1) ; s.rsplit() ; ' a  b '.rsplit(none, 1) ; s.partition(' ') ; s.partition('x') ; s.rpartition('o') ; s.startswith('He') ; s.endswith('ld') ; s.startswith(('x', 'H')) ; s.find('o') ; s.rfind('o') ; s.find('x') ; s.index('o') ; s.index('x') ; s.count('l') ; s.replace('l', 'L') ; s.replace('l', 'L', 1) ; s.strip('Hd') ; s.lstrip('H') ; s.rstrip('d') ; '-'.join(w) ; '-'.join(l)
'{} {}'.format(1, 'a') ; '{0} {1} {0}'.format(1, 2) ; '{a}'.format(a=5) ; '{:>5}|{:<5}|{:^5}'.format(1, 2, 3) ; '{:.2f}'.format(2.567) ; '{:05d}'.format(42) ; 'abc'.isalpha() ; '12'.isdigit() ; 'a1'.isalnum() ; ' '.isspace() ; 'a'.islower() ; 'A'.isupper() ; ms.splitlines() ; 'a,b,,c'.split(',') ; 'abc'.removeprefix('a') ; 'abc'.removesuffix('c') ; 'ß'.casefold() == 'ss'
d.keys() | list ; d.values() | list ; d.b.items() | list ; d.get('a') ; d.get('zz') ; d.get('zz', 5) ; ed.get('a') ; l.index(1) ; l.index(99) ; l.count(1) ; l.copy() ; d.copy() ; n.bit_length() ; f.is_integer() ; (2.0).is_integer() ; l.append(4) ; d.update({}) ; d.pop('a')
nope ; nope.x ; d.nope ; d.nope.x ; d['nope'] ; l[99] ; l[99].x ; nope | upper ; nope + 1 ; [nope] ; {'a': nope} ; nope == 1 ; nope in l ; not nope ; s.nope ; s.nope() ; nope() ; n.x ; nul.x ; d.a.x
range(3) | list ; range(1, 4) | list ; range(5, 0, -2) | list ; dict(a=1, b=2) ; 'a' < 'b' ; [1, 2] == [1, 2] ; [1, 2] < [1, 3] ; (1, 2) == [1, 2] ; {'a': 1} == {'a': 1} ; 1 == '1' ; 1 == true ; 'a' == nul ; 1 + 'a' ; 'a' + 1 ; 1 / 0 ; l + 'a' ; -s ; s | nosuchfilter ; s is nosuchtest ; 1 + ; a b ; ( ; [1, 2 ; 'x ; {'a' ; 5 | upper ; nul | upper ; t | upper ; n | length ; nul | length ; l | join(1) ; s | first ; e | first ; el | first ; el | last ; el | max ; el | sum
10 ** 3 ; 2 ** -1 ; 1_000 ; 0b11 ; 0x1f ; 0o17 ; 1.5e-7 ; 1e16 ; 1e22 ; 123456789.125 ; 0.1 + 0.2 ; 1e-5 ; 100000000000000000000.0 ; 9007199254740993 ; 1 if 0 else 2 ; [] or {} ; '' and 1 ; none ; None ; True ; true ; False ; 'a' 'b' ; "it's" ; 'a\\nb' ; 'a\\tb' ; '\\x41\\u017e' ; 'a\\\\b'
loop ; self ; namespace(a=1).a ; joiner ; cycler ; lipsum ; d|attr('a') ; recs[0]['n'] ; recs.0.n ; l.0 ; l | sum(start=10) ; l | random | int in [1, 2, 3] ; nest | sum(start=[]) ; nest | first | last ; w | map('upper') | join(',') ; recs | map(attribute='v') | sum ; recs | map(attribute='zz', default=0) | list ; d | list ; d.b.c | length ; q ; path ; [q] ; [path] ; [u] ; [1.0, 1e16, 1e-7]
[true, 2, 0.5] | sort ; ['1', 2] | sort ; [2, '1'] | sort ; [nul, 1] | sort ; [d, d] | sort ; [d, ed] | sort ; [nul, nul] | sort ; [[1], 2] | sort ; [(1, 2), (1, 1)] | sort ; [l, (1,)] | sort ; l | sort(true) ; w | sort(true, true) ; [{'v': 1}, {'v': 'x'}] | sort(attribute='v') ; recs | sort(attribute='n,v') ; recs | sort(false, false, 'v') | length ; ['a', 1] | max ; [1, 'a'] | min ; w | max(true) ; recs | max(attribute='v') ; l | map('string') | sort
{'a': 1, 'b': nul, 'c-d': '<x>', 'e': '"'} | xmlattr ; {'a b': 1} | xmlattr ; {'a': 1} | xmlattr(false) ; {'a': 1} | xmlattr(autospace=false) ; ed | xmlattr ; l | xmlattr ; 'see www.example.com, (http://a.b/c_(d)) or <x@y.org>.' | urlize ; 'HTTPS://A.example:80/x?y=1&z=2#f example.org example.co mailto:a@b.cz 1.2.3.4 http://1.2.3.4 http://[::1]/x http://localhost' | urlize ; 'www.example.com/a/long/path' | urlize(10) ; 'http://a.cz' | urlize(nofollow=true, target='_blank', rel='x me') ; 'git:x tel:1' | urlize(extra_schemes=['tel:']) ; 'a.cz' | urlize(extra_schemes=['?']) ; '(ab.com\\n cd.com.\\n' | urlize ; '(http://a.cz/c_(d)).' | urlize ; '<www.a.cz> x@y' | urlize ; n | urlize ; html | urlize ; nope | urlize
s + n ; s + f ; n + s ; f - s ; l + (1,) ; (1,) + l ; d + d ; nul + 1 ; t + s ; s * f ; l * l ; f * l ; nul * 2 ; s / 2 ; n // s ; d % 2 ; s ** 2 ; -d ; -d.b.c ; 'x' in nul ; 1 not in n ; d.a + s ; recs[0].n + recs[0].v ; [s + n] ; 'a' ~ (n + s) ; n if s + n else 0 ; '-'.join([s, f]) ; '-'.join([nul]) ; n in d.a
$x ; n $ ; 'ab ; "ab ; n; ; [1, ; (1] ; {'a': 1,, 2} ; dict(a=1, 2) ; n.'x' ; 1 2.5 ; d..a ; not ; ** n ; l[1:2:3:4] ; {'a' 1} ; d. ; n = 1 ; n ! ; 1 }} ; } ; n if ; l[ ; dict( ; dict(a= ; n | ; n | 5 ; n is ; n is 5 ; é ? ; n not l ; n in ; 'a' n ; n 'a' ; 1 + * 2 ; [1 2] ; (1 2) ; dict(1 2)
""".replace("\n", " ; ").split(" ; ")
TEMPLATES = [
    "", "plain", "{{ s }}", "a{{ n }}b{{ f }}c", "{{ l }} {{ d }} {{ nul }} {{ t }}", "{{ q }}|{{ [q] }}|{{ [path] }}|{{ [u] }}|{{ path }}", "{{ huge }} {{ tiny }} {{ [huge, tiny] }} {{ 1.0 }} {{ big }}", "{{ (1, 2) }} {{ (1,) }} {{ () }}",
    "{% if t %}yes{% else %}no{% endif %}", "{% if nul %}a{% elif n > 3 %}b{% else %}c{% endif %}", "{% for i in l %}{{ i }}{% if not loop.last %},{% endif %}{% endfor %}", "{% for k, v in d.b.items() %}{{ k }}={{ v }}{% endfor %}", "{% for i in el %}x{% else %}none{% endfor %}",
    "{% for i in l if i > 1 %}{{ loop.index }}:{{ i }} {% endfor %}", "{% for i in l %}{{ loop.index0 }}{{ loop.revindex }}{{ loop.first }}{{ loop.length }}{{ loop.cycle('a', 'b') }}{% endfor %}", "{% set x = 5 %}{{ x + 1 }}", "{% set x %}abc{{ n }}{% endset %}[{{ x }}]",
    "{% set ns = namespace(c=0) %}{% for i in l %}{% set ns.c = ns.c + i %}{% endfor %}{{ ns.c }}", "{% for i in l %}{% set x = i %}{% endfor %}{{ x is defined }}", "{% macro m(a, b=2) %}{{ a }}-{{ b }}{% endmacro %}{{ m(1) }} {{ m(3, b=4) }}", "{% call(x) m() %}{% endcall %}",
    "{% filter upper %}abc{{ s }}{% endfilter %}", "{% with a = 1, b = 2 %}{{ a + b }}{% endwith %}", "{% raw %}{{ not }}{% endraw %}", "{# comment #}x", "a\n{% if t %}\nb\n{% endif %}\nc\n", "a\n  {% if t %}\n  b\n  {% endif %}\nc", "{%- if t -%} x {%- endif -%} y", "x {{- n -}} y", "{{ n }}\n", "{{ n }}\n\n", "\n{{ n }}",
    "{{ nope }}", "a{{ d.nope }}b", "{{ d.nope.x }}", "{{ nope | default('x') }}", "{% if nope %}x{% endif %}", "{% if nope is defined %}x{% endif %}ok", "{% for i in nope %}{% endfor %}", "{{ 1 + }}", "{{ n", "{% if t %}", "{% nope %}", "{% endif %}", "{% include 'x' %}", "{% include s %}", "{% import 'x' as y %}",
    "{% extends 'x' %}", "{{ s.upper() }}{{ s|lower }}", "{{ '{{ n }}' }}", "{{ html }}", "{{ html|e }}", "{% autoescape true %}{{ html }}{% endautoescape %}", "{{ {'a': 1}.items() | list }}", "{{ recs | map(attribute='v') | list }}", "{% for g in recs|groupby('n') %}{{ g.grouper }}:{{ g.list|length }} {% endfor %}",
    "{% for k, l in recs|groupby('n') %}{{ k }}{{ l|map(attribute='v')|list }}{% endfor %}", "{{ d|tojson }}", "{{ range(3)|list }}", "{% for a, b in [(1, 2), (3, 4)] %}{{ a }}{{ b }}{% endfor %}", "{% for i in range(3) recursive %}{{ i }}{% endfor %}", "{% set a, b = 1, 2 %}{{ a }}{{ b }}", "{{ l|join(', ') }}", "{{ ms }}", "{{ 5 if t }}", "{{ 5 if no }}", "[{{ 'x' if no }}]",
    "{% for i in l %}{% break %}{% endfor %}", "{% do l.append(1) %}", "{{ loop }}", "{{ caller() }}", "{{ s[0] }}{{ s[-1] }}", "{{ n }}{{ n }}", "}}", "{ {", "{{}}", "{% %}", "{{ '}}' }}", "{{ \"%}\" }}", "{% set x = d %}{{ x.a }}", "{% for c in s %}{{ c }}.{% endfor %}", "{% for k in d %}{{ k }},{% endfor %}", "{{ d.b.c[2]['x'] }}",
    "{{ $x }}", "ab {{ n $ }}", "é\r\n{{ ? }}", "{% if n %}{% endfor %}", "{% for i in l %}{% else %}{% elif %}{% endfor %}", "{% for %}", "{% for i %}{% endfor %}", "{% for i of l %}{% endfor %}", "{% set 5 = n %}", "{% set x = %}", "{% set %}", "{% if n %}{{ n }}", "{% if n %}{% if e %}x{% endif %}", "{% macro m(a=1, b) %}{% endmacro %}", "{% macro %}", "{% raw %}x", "{# x",
    "{% call n %}{% endcall %}", "{{ n }", "{{ n }}{{", "{{ n } }}", "{% for i in l %}{{ i }}", "{% if n %}a{% else %}b{% else %}c{% endif %}", "{{ 'a }}", "{{ (n }}", "{{ [1, }}", "{{ n; }}", "{{ x = 1 }}", "{{ a b }}", "{{ 1d.x }}", "{% with a = 1 b = 2 %}{% endwith %}", "{% filter %}x{% endfilter %}", "{% 5 %}", "{% if n } %}", "{% elif %}", "{% if n %}{% nope %}{% endif %}", "{{ n }} {{ * }}", "{{ {{ n }} }}", "{{ {{ n }}", "{{ n -}} {{- n $}}",
]


def plain(value):
    json.dumps(value)
    return value


def attempt(work):
    try:
        return {"ok": plain(work())}
    except Exception as error:
        return {"err": type(error).__name__, "message": str(error)}


environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
environment.tests["in"] = lambda item, items: item in items


def evaluate(text):
    value = environment.compile_expression(text, undefined_to_none=False)(**json.loads(json.dumps(CONTEXT)))
    if isinstance(value, jinja2.Undefined):
        return {"$undefined": True}
    return list(value) if isinstance(value, (range, type({}.keys()), type({}.values()), type({}.items()))) else value


def write(name, rows):
    with open(HERE / name, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


write("context.json", [CONTEXT])
write("expressions.jsonl", ({"text": text, **attempt(lambda: evaluate(text))} for text in EXPRESSIONS if text))
write("templates.jsonl", ({"text": text, **attempt(lambda: environment.from_string(text).render(json.loads(json.dumps(CONTEXT))))} for text in TEMPLATES))
