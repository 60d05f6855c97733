#!/usr/bin/env python3
"""Compares what the program wrote with samples/schema/.

schemas.py check PATH...   a folder is searched for *.lines, summary.json, handoff.json and status files
schemas.py mutate PATH...  the same; besides, every changed copy of a valid object must be refused
schemas.py valid NAME FILE  FILE fits samples/schema/NAME.json
Needs Debian's python3-jsonschema."""
import copy
import json
import pathlib
import sys

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

HERE = pathlib.Path(__file__).resolve().parent.parent / "samples" / "schema"
SAMPLE = 200  # devices of one file that are compared: more of them only take time


def load():
    """Returns the schemas by name, and the name by the word in "type" or "schema"."""
    by_name, by_word = {}, {}
    for path in sorted(HERE.glob("*.json")):
        schema = json.loads(path.read_text(encoding="utf-8"))
        Draft202012Validator.check_schema(schema)
        assert schema["$schema"].endswith("2020-12/schema") and schema["title"], path
        by_name[path.stem] = Draft202012Validator(schema)
        for part in [schema, *schema.get("$defs", {}).values()]:
            for key in ("type", "schema"):
                word = part.get("properties", {}).get(key, {}).get("const")
                if word is not None:
                    assert by_word.setdefault(word, path.stem) == path.stem, word
    return by_name, by_word


BY_NAME, BY_WORD = load()


def sampled(value):
    """A long array shares its schema among its items: its beginning is enough."""
    if isinstance(value, dict):
        return {k: v[:SAMPLE] if isinstance(v, list) else v for k, v in value.items()}
    return value


def name_of(value):
    word = (value.get("type") or value.get("schema")) if isinstance(value, dict) else None
    return BY_WORD.get(word)


def complain(where, name, error):
    place = "/".join(map(str, error.absolute_path))
    print(f"{where}: does not fit samples/schema/{name}.json: at /{place}: {error.message[:300]}")
    print("    A new field goes into the schema. A field that is renamed or leaves needs a new schema number.")


def check(where, value):
    """Returns the schema's name, or None after a complaint."""
    name = name_of(value)
    if name is None:
        print(f"{where}: no schema in samples/schema/ for {json.dumps(value)[:120]}")
        return None
    error = best_match(BY_NAME[name].iter_errors(sampled(value)))
    if error is not None:
        complain(where, name, error)
    return name if error is None else None


def values(path):
    """Each object of a file with its place. A line that is cut belongs to a program that was killed."""
    text = path.read_text(encoding="utf-8")
    if path.suffix != ".lines":
        yield str(path), json.loads(text)
        return
    devices = 0
    for number, line in enumerate(text.split("\n"), 1):
        devices += line.startswith('{"type":"device"')
        if line and not (line.startswith('{"type":"device"') and devices > SAMPLE):
            yield f"{path}:{number}", json.loads(line)


def files(paths):
    for path in map(pathlib.Path, paths):
        if not path.is_dir():
            yield path
            continue
        for name in ("*.lines", "summary.json", "handoff.json"):
            yield from sorted(path.rglob(name))
        yield from (f for f in sorted(path.rglob("*")) if f.is_file() and is_status(f))


def is_status(path):
    """Tests give the status file any name."""
    try:
        with path.open("rb") as file:
            return file.read(25) == b'{"schema":"unpilot-status'
    except OSError:
        return False


def changed(value):
    """Copies of an object that lack a field, have one under another name, of another kind, or one more."""
    yield {**value, "of_no_schema": 1}
    for key in value:
        rest = {k: v for k, v in value.items() if k != key}
        yield {**rest, "renamed_" + key: value[key]}
        yield {**value, key: {"other": ["kind"]}}
    for key, below in value.items():
        items = below if isinstance(below, list) else below.values() if isinstance(below, dict) else []
        for item in items:
            if isinstance(item, dict):
                for bad in changed(item):
                    whole = copy.deepcopy(value)
                    at = list(items).index(item) if isinstance(below, list) else next(k for k, v in below.items() if v == item)
                    whole[key][at] = bad
                    yield whole
                break
    if "outcome" in value:
        yield {**value, "outcome": "gone"}


def mutate(where, value):
    name = name_of(value)
    for bad in changed(sampled(value)):
        if BY_NAME[name].is_valid(bad):
            print(f"{where}: samples/schema/{name}.json takes this as well: {json.dumps(bad)[:300]}")
            return False
    return True


def main(what, *paths):
    good, found = True, {}
    if what == "valid":
        error = best_match(BY_NAME[paths[0]].iter_errors(json.loads(pathlib.Path(paths[1]).read_text(encoding="utf-8"))))
        if error is not None:
            complain(paths[1], paths[0], error)
        return error is None
    for path in files(paths):
        for where, value in values(path):
            name = check(where, value)
            if name is None and not good:
                return False
            good = good and name is not None
            if what == "mutate" and name is not None and found.get(name, 0) < 5:
                good = mutate(where, value) and good
            found[name] = found.get(name, 0) + 1
    if what == "mutate":
        print("seen:", *sorted(n for n in found if n))
    return good


if __name__ == "__main__":
    sys.exit(0 if main(*sys.argv[1:]) else 1)
