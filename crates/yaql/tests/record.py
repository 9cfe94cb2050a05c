#!/usr/bin/env python3
"""Records what the original answers to the expressions in vectors/questions.txt.

Usage: python -m venv v && v/bin/pip install yaql==3.2.0 && v/bin/python record.py
Writes vectors/answers.jsonl: {"expr", "data"?, "ok"|"err": {"class", "message"}, "str"?}. A line of the questions is
an expression, or JSON data, a tab, and an expression. Values that JSON lacks are tagged: $set, $datetime, $timespan_us.
"""
import collections.abc
import datetime
import json
import pathlib

import yaql
from yaql.language import factory

HERE = pathlib.Path(__file__).parent / "vectors"
ENGINE = factory.YaqlFactory().create()


def tag(value):
    if isinstance(value, (set, frozenset)):
        return {"$set": sorted((tag(item) for item in value), key=json.dumps)}
    if isinstance(value, datetime.datetime):
        return {"$datetime": value.isoformat()}
    if isinstance(value, datetime.timedelta):
        return {"$timespan_us": value // datetime.timedelta(microseconds=1)}
    if isinstance(value, (list, tuple)):
        return [tag(item) for item in value]
    if isinstance(value, dict):
        if all(isinstance(key, str) for key in value):
            return {key: tag(item) for key, item in value.items()}
        return {"$map": [[tag(key), tag(item)] for key, item in value.items()]}
    return value


def ask(line):
    data, tab, expression = line.rpartition("\t")
    record = {"expr": expression}
    context = yaql.create_context()
    arguments = {}
    if tab:
        record["data"] = json.loads(data)
        arguments["data"] = record["data"]
    try:
        value = ENGINE(expression).evaluate(context=context, **arguments)
        record["ok"] = tag(value)
        if not isinstance(value, (set, frozenset)):
            record["str"] = str(value)
    except Exception as error:  # whatever it is, it is the answer
        record["err"] = {"class": type(error).__name__, "message": str(error)}
        if getattr(error, "position", None) is not None:
            record["err"]["position"] = error.position
    return record


def main():
    lines = (HERE / "questions.txt").read_text().splitlines()
    with open(HERE / "answers.jsonl", "w") as answers:
        for line in lines:
            if line and not line.startswith("#"):
                answers.write(json.dumps(ask(line), ensure_ascii=False, default=repr) + "\n")


if __name__ == "__main__":
    main()
