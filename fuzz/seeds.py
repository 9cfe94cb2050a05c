#!/usr/bin/env python3
"""Makes first inputs for the fuzzers of what is committed: recorded questions, definitions in tests, and the packs.

    fuzz/seeds.py DIRECTORY     writes DIRECTORY/{jinja,pack,workflow,yaql}
"""
import ast
import hashlib
import json
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parent.parent
CRATES = ROOT / "crates"
# What of a pack is where; the number is the first byte of an input of `pack`, see crates/fuzzing/src/pack.rs.
FILES = {"actions": 1, "rules": 2, "sensors": 3, "aliases": 4, "policies": 5, "triggers": 6}


def questions(path, key):
    for line in (CRATES / path).read_text().split("\n"):
        if line:
            yield json.loads(line)[key]


def literals(path):
    """Texts of a Rust source that are long enough to be a definition or an expression."""
    for written in re.findall(r'"((?:[^"\\]|\\.)*)"', (CRATES / path).read_text(), re.S):
        joined = re.sub(r"\\\n\s*", "", written).replace("\n", "\\n")
        try:
            text = ast.literal_eval(f'"{joined}"')
        except (SyntaxError, ValueError):
            continue
        if len(text) > 12:
            yield text


def sources(folder):
    return [path.relative_to(CRATES) for path in sorted((CRATES / folder).rglob("*.rs"))]


def jinja():
    yield from questions("jinja/tests/templates.jsonl", "text")
    yield from questions("jinja/tests/expressions.jsonl", "text")
    for path in [*sources("jinja/src"), *sources("parameters/src"), *sources("orquesta/tests")]:
        yield from (text for text in literals(path) if "{{" in text or "{%" in text)


def yaql():
    yield from questions("yaql/tests/vectors/answers.jsonl", "expr")
    for path in [*sources("orquesta/tests"), *sources("yaql/tests")]:
        yield from (text for text in literals(path) if re.search(r"<%|\(.*\)", text))


def workflow():
    for path in [*sources("orquesta/tests"), *sources("chain/tests"), *sources("mistral/tests")]:
        yield from (text for text in literals(path) if re.search(r"tasks:|chain:", text))
    for path in sorted(ROOT.glob("packs/*/actions/*/*.y*ml")):
        yield path.read_text()


def pack():
    yield from ("0" + text for text in questions("yaml/tests/load.jsonl", "text"))
    for path in sorted(ROOT.glob("**/pack.yaml")):
        if "target" in path.parts:
            continue
        yield "0" + path.read_text()
        for folder, digit in FILES.items():
            for file in sorted((path.parent / folder).glob("*.yaml")):
                yield f"{digit}{file.read_text()}"
        for file in path.parent.glob("config.schema.yaml"):
            yield "7" + file.read_text()
    yield from (("9" if "chain:" in text else "8") + text for text in workflow())


def main(directory):
    for made in (jinja, pack, workflow, yaql):
        place = pathlib.Path(directory) / made.__name__
        place.mkdir(parents=True, exist_ok=True)
        inputs = {text.encode() for text in made() if len(text) < 4096}
        for text in inputs:
            (place / hashlib.sha1(text).hexdigest()).write_bytes(text)
        print(f"{made.__name__}: {len(inputs)} inputs")


if __name__ == "__main__":
    main(sys.argv[1])
