#!/usr/bin/env python3
"""Records what PyYAML answers for texts and values written for this project.

Needs PyYAML built with libyaml (StackStorm uses the C loader and dumper). Writes load.jsonl and dump.jsonl beside
itself; the tests read them and need no Python.
"""
import datetime
import json
import math
import pathlib
import random

import yaml

HERE = pathlib.Path(__file__).parent

SCALARS = """
~ | null | Null | NULL | nULL | true | True | TRUE | tRUE | yes | Yes | YES | y | Y | on | On | ON | off | no | No | n
0 | 00 | 0777 | 0o17 | 08 | 1_000 | 0b101 | 0b | 0x1F | 0xfg | 0x_ff | -1 | +7 | -0 | 017_7 | 1__0 | 9223372036854775807
18446744073709551615 | 1:30 | -1:30:15 | 1:99 | 190:20:30 | 190:20:30.15 | 1.5 | 1. | .5 | -.5 | +.5 | 1e3 | 1.0e3
1.0e+3 | 1.5E-7 | 1_0.2_5 | 1.2.3 | .inf | -.INF | .nan | .NaN | +.nan | 1.e+5 | 6.02e+23
2020-01-02 | 2020-1-2 | 2020-01-02T03:04:05 | 2020-01-02 03:04:05.5Z | 2020-1-2 3:04:05 -5 | 2020-01-02t03:04:05+05:30
2001-12-14t21:59:43.10-05:00 | 12:30:45 | 12:30 | <<x | == | a=b | -- | --- a | !!str 1 | !!str yes | !!int "7" | ! 12
!!float 3 | !!bool "off" | !!null x | "yes" | '0777' | "~" | "\\u00e9\\x41\\n" | 'it''s' | plain text here | a#b | a # b
@x | `x | %x | http://host:80/x | a:b | "a: b" | ? | - | -a | *a | &a b | 1.0.0 | v1 | 1-2 | 10.0.0.1 | 0.0.0.0/0
+ | . | .. | _1 | 1_ | 0_ | 0.5_ | -_1 | :1 | 1: | 0x | 1e5 | 1E+5 | infinity | nan | None | =
""".replace("\n", " | ").split(" | ")

DOCUMENTS = [
    "", "# only a comment\n", "---\n", "--- \na: 1\n...\n", "a: 1\nb: 2\n", "- 1\n- - 2\n  - 3\n-\n", "a:\n- 1\n- 2\nb:\n  - 3\n",
    "yes: 1\n1: one\n1.5: x\nnull: n\n2020-01-02: d\n", "a: 1\na: 2\n", "{a: 1, b: [1, 2, {c: d}], e}", "[a, b: c, 'd']",
    "base: &b {x: 1, y: 2}\nd:\n  <<: *b\n  y: 3\n  z: 4\n", "a: &a {x: 1, y: 1}\nb: &b {y: 2, z: 2}\nc: {k: 0, <<: [*a, *b], x: 9}\n",
    "<<: {a: 1}\nb: 2\n", "a: <<\n", "<<: 5\n", "<<: [1]\n", '"<<": 1\n', "a: &x [1, 2]\nb: *x\n", "a: *missing\n", "&a a: 1\nb: *a\n",
    "lit: |\n  one\n   two\n\n  three\n\nfold: >\n  one\n  two\n\n  three\n", "a: |-\n  x\nb: |+\n  y\n\nc: >-\n  z\n", "a: |2\n   x\n  y\n",
    "a: |\n  end", "a: >+\n  end", "a: 'one\n  two\n\n  three'\nb: \"one\\\n  two\"\n", "a: one\n  two\n  three\n", "a: b: c\n", "a: [1, 2\n", "a: {b\n",
    "\tа: 1\n", "a:\n\t- 1\n", "a: 1\n b: 2\n", "- a\nb\n", "a: 'x\n", "--- 1\n--- 2\n", "!!python/object:os.system x\n", "!foo bar\n", "!!set {a, b}\n",
    "!!omap [a: 1, b: 2]\n", "!!pairs [a: 1, a: 2]\n", "? a\n: b\n? [1]\n", "? - a\n: b\n", "a: !!map {b: 1}\n", "a: !!seq [1]\n", "a: !!seq {b: 1}\n",
    "%YAML 1.1\n---\na: yes\n", "%TAG ! tag:yaml.org,2002:\n---\n!int '5'\n", "a: # comment\n  b # c\n", "key with spaces: v\n'q k': v\n", "a:\n  b:\n    c:\n",
    "- {a: 1}\n- [b]\n- ''\n- \"\"\n", "when: <% succeeded() and ctx(x) = 1 %>\n", "cmd: \"{{ x }}\"\n", "cmd: {{ x }}\n", "a: '{% if x %}y{% endif %}'\n",
    "unicode: žluťoučký 😀\n", "\ufeffa: 1\n", "a: \"\\e\\0\\x7f\\N\\_\\L\\P\"\n", "a: x\r\nb: y\r\n", "a: 1 # t\n\n\n# end\n", "a:   spaced   out  \n",
    "a: 2020-13-01\n", "a: 2020-02-30\n", "a: 0x_\n", "enabled: on\nmode: 0644\nat: 12:30\n", "{a: 1,}\n", "[1, 2,]\n", "[,]\n", "a: [\n1,\n2\n]\n", "a: {\nb: 1\n}\n",
]

VALUES = [
    None, True, 0, -5, 1.5, 1e20, 1e-7, 1e16, 123456789.125, "", " ", "a", "yes", "No", "null", "~", "1", "1.5", "0x1", "0777", "1e5", "1.0e+5", "2020-01-02",
    "12:30", "=", "<<", "-", "- a", "-a", "?", "? x", ":", "a:", "a: b", "a:b", "#", "a #b", "a#b", "[x", "x[", "{", "&a", "*a", "!x", "|", ">", "'", '"',
    "it's", 'say "hi"', "%x", "@x", "`x", ",", "a,b", "---", "--- x", "...", " lead", "trail ", "tab\there", "\tlead", "line\nbreak", "line\n", "\nline", "a\n\nb",
    "a \nb", "a\n b", "  two", "bell\x07", "nul\0", "é", "ž\nž", "😀", "\ufeff", "\r\n", "back\\slash", "back\\slash\x01",
    "true ", "a  b", "word " * 30, ("word " * 30).strip(), "w" * 100 + " " + "w" * 100, ("it's a word " * 20).strip(), ("x: y " * 30).strip(),
    ("tab\t word " * 20).strip(), ("é word\x01 " * 20).strip(), ("two  spaces " * 20).strip(), "multi\nline\nwith " + "long words " * 12,
    [], {}, [[]], [{}], {"a": []}, {"a": {}}, [1, [2, [3, []]], {"a": [1, {"b": [2]}]}], {"a": {"b": {"c": 1}}, "l": [1, 2], "m": [{"x": 1, "y": 2}, [1]]},
    {"": 1, "yes": 2, "1": 3, "a b": 4, "multi\nline": 5, "k" * 128: 6, "k" * 129: 7, "é" * 70: 8, "x: y": 9, "#": 10, "-": 11, "it's": 12, "t\t": 13},
    {"z": 1, "a": 2, "B": 3, "é": 4}, {"q" * 130: {"a": [1]}, "r" * 140: [1, 2]}, {"long": ("word " * 30).strip(), "nested": {"deep": [("more words " * 15).strip()]}},
]


def randoms():
    source = random.Random(7)
    alphabet = ["a", "b", "word", " ", " ", " ", "  ", "\n", "'", '"', "\\", ":", "#", "-", "é", "\t", "1", ",", "\n\n", "😀"]
    for _ in range(300):
        yield "".join(source.choice(alphabet) for _ in range(source.randrange(1, 60)))
    letters = ["lorem", "it's", "a", "é", "x:", "ipsum", " ", "\x01"]
    for _ in range(100):
        yield " ".join(source.choice(letters[: source.randrange(3, 9)]) for _ in range(source.randrange(20, 60)))


def plain(value):
    """Turns a PyYAML value into the JSON that StackStorm's encoder makes of it."""
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(plain(key)).strip('"'): plain(item) for key, item in value.items()}
    if isinstance(value, set):
        return {key: None for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


def load(text):
    try:
        return {"ok": plain(yaml.load(text, Loader=yaml.CSafeLoader))}
    except Exception as error:  # whatever it refuses, we refuse
        return {"err": str(getattr(error, "problem", None) or error)}


def write(name, rows):
    with open(HERE / name, "w", encoding="utf-8") as out:
        for row in rows:
            out.write(json.dumps(row, ensure_ascii=False) + "\n")


write("load.jsonl", ({"text": text, **load(text)} for text in [*(s for s in SCALARS if s), *(f"k: {s}" for s in SCALARS if s), *DOCUMENTS]))
dumps = []
for value in [*VALUES, *randoms()]:
    for wrapped in (value, {"key": value}, [value], {"a": {"b": [value]}}):
        dumps.append({"value": wrapped, "options": {}, "ok": yaml.dump(wrapped, Dumper=yaml.CSafeDumper, default_flow_style=False, allow_unicode=True)})
for value in VALUES[-12:]:
    for options in ({"indent": 4}, {"allow_unicode": False}, {"sort_keys": False}, {"indent": 1}):
        dumps.append({"value": value, "options": options, "ok": yaml.dump(value, Dumper=yaml.CSafeDumper, default_flow_style=False, **{"allow_unicode": True, **options})})
write("dump.jsonl", dumps)
