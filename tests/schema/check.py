#!/usr/bin/env python3
"""check.py SBRAID SOURCE_DIR: what `sbraid schema` prints takes every valid workflow file, and refuses the invalid ones
whose mistake a schema can see: which those are is told by the messages that are expected of `sbraid check`."""

import datetime
import json
import pathlib
import re
import subprocess
import sys

try:
    try:
        import tomllib
    except ImportError:  # before Python 3.11
        import tomli as tomllib
    import jsonschema
except ImportError as missing:
    print(f"skipped: {missing} (packaging/install-deps.sh installs it)")
    sys.exit(77)

# Messages about the type of a value, and about keys that are not there.
VISIBLE = re.compile(
    r"error: ("
    r"'(?P<typed>[\w.-]+)' takes .*, not an? (whole number|string|integer|float|boolean|array|table)$"
    r"|'(?P<key>[\w-]+)' is not a key of (a workflow|a task|\[\w+\])$"
    r"|'(?P<default>[\w-]+)' cannot be a default: it belongs to one task$"
    r"|'(?P<later>[\w-]+)' is not supported by sbraid"
    r"|'(?P<never>[\w-]+)' has no place in a workflow"
    r"|(?P<word>open_mode|hint|exclusive|mail_type|profile|propagate|gres_flags|wait_all_nodes): '.*' is not )"
)


def plain(value):
    """As an editor hands it to a validator: dates are strings."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, list):
        return [plain(item) for item in value]
    if isinstance(value, (datetime.date, datetime.time)):
        return value.isoformat()
    return value


def load(path):
    try:
        return plain(tomllib.loads(path.read_bytes().decode("utf-8-sig")))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError):
        return None


def inner(error):
    """The errors that say which part of an anyOf failed, and where."""
    yield error
    for other in error.context or []:
        yield from inner(other)


def is_about(error, key):
    return any(key in map(str, one.absolute_path) or f"'{key}'" in one.message for one in inner(error))


def main():
    sbraid, source = sys.argv[1], pathlib.Path(sys.argv[2])
    schema = json.loads(subprocess.run([sbraid, "schema"], check=True, capture_output=True).stdout)
    wrong = []
    validators = [jsonschema.Draft4Validator, jsonschema.Draft7Validator]
    for validator in validators:
        validator.check_schema(schema)
    valid = sorted(source.glob("tests/data/valid/**/*.toml")) + sorted(source.glob("examples/*/flow.toml"))
    for path in valid:
        document = load(path)
        if document is None:
            wrong.append(f"{path}: Python cannot read it")
            continue
        for validator in validators:
            for error in validator(schema).iter_errors(document):
                wrong.append(f"{path}: {list(error.absolute_path)}: {error.message[:300]}")
    visible = 0
    for path in sorted(source.glob("tests/data/invalid/**/*.toml")):
        document = load(path)
        expected = path.with_suffix(".expected")
        if document is None or not expected.exists():
            continue
        for line in expected.read_text(encoding="utf-8").splitlines():
            if not line.startswith(f"{path.name}:"):  # about another file that it names
                continue
            found = VISIBLE.search(line)
            if not found:
                continue
            key = next(value for value in found.groupdict().values() if value).split(".")[-1]
            visible += 1
            for validator in validators:
                errors = list(validator(schema).iter_errors(document))
                if not any(is_about(error, key) for error in errors):
                    wrong.append(f"{path}: the schema sees nothing wrong with '{key}': {line}")
    print(f"{len(valid)} valid files, {visible} mistakes that a schema can see")
    if visible < 20 or len(valid) < 20:
        wrong.append("too few files were found")
    print("\n".join(wrong))
    sys.exit(1 if wrong else 0)


main()
