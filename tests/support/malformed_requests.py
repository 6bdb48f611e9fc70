# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests that do not fit the description of an interface, or only just, made from it with a seed."""

import copy
import json
import random
from urllib.parse import quote


_STRINGS = (
    "",
    " ",
    "\0",
    "\n",
    "犬",
    "ア'",
    "'",
    "？",
    "🐕",
    "a" * 5000,
    "\ud800",
    "..",
    "../../etc/passwd",
    "null",
    "%00",
    "<a>",
)
_NUMBERS = (0, -1, 1, 2, 0.5, -0.0, 1e-9, 1e9, 1e308, -1e308, 2**31, 2**63, 2**64, 10**30, float("nan"), float("inf"))
_OTHERS = (None, True, False, [], {}, [[]], {"a": 1}, [None], "犬", 5)
_BODIES = (
    b"",
    b"null",
    b"{",
    b"[" * 2000,
    b"\xff\xfe",
    b"5",
    b'"',
    b"{}",
    b"[]",
    b"NaN",
    b'{"a":' * 2000,
    b"1" * 5000,
)
_TYPES = ("application/json", "text/plain", "application/x-www-form-urlencoded", "multipart/form-data", "a", "")


def malformed_requests(api, seed, count):
    """Yield method, path and arguments of requests to all calls in turn.

    Args:
        api: OpenAPI's description.
        seed: of all choices.
        count: of the requests.
    """
    chance = random.Random(seed)
    calls = [
        (method.upper(), path, call)
        for path, methods in sorted(api["paths"].items())
        for method, call in methods.items()
    ]
    for number in range(count):
        method, path, call = calls[number % len(calls)]
        yield method, *_Request(api, chance).of(path, call)


class _Request:
    def __init__(self, api, chance):
        self._api, self._chance = api, chance

    def of(self, path, call):
        parameters = []
        for each in call.get("parameters", ()):
            if self._chance.random() < 0.1:
                continue
            for _ in range(self._chance.choice((1, 1, 1, 1, 2))):
                value = self._value(each["schema"]) if self._chance.random() < 0.6 else self._any()
                if each["in"] == "path":
                    path = path.replace("{" + each["name"] + "}", quote(_written(value), safe="") or "x")
                else:
                    parameters.append((each["name"], _written(value)))
        arguments = {"params": parameters}
        bodies = call.get("requestBody", {}).get("content", {})
        if bodies:
            arguments |= self._body(self._chance.choice(sorted(bodies.items(), key=lambda body: body[0])))
        return path, arguments

    def _body(self, described):
        kind, content = described
        headers = {"content-type": kind if self._chance.random() < 0.9 else self._chance.choice(_TYPES)}
        if self._chance.random() < 0.1:
            return {"content": self._chance.choice(_BODIES), "headers": headers}
        value = self._value(content["schema"])
        for _ in range(self._chance.choice((0, 1, 1, 1, 2, 5))):
            value = self._damaged(value)
        if kind != "application/json" and isinstance(value, dict) and self._chance.random() < 0.8:
            fields = {_written(name): _written(part) for name, part in value.items()}
            if kind != "multipart/form-data":
                return {"data": fields}
            return {"files": {name: (self._chance.choice((None, "a.wav")), part) for name, part in fields.items()}}
        return {"content": json.dumps(value).encode(), "headers": headers}

    def _value(self, schema, depth=0):
        """A value that fits a schema, as far as types go."""
        while "$ref" in schema:
            schema = self._api["components"]["schemas"][schema["$ref"].rsplit("/", 1)[1]]
        if "anyOf" in schema:
            return self._value(self._chance.choice(schema["anyOf"]), depth)
        if "enum" in schema:
            return self._chance.choice(schema["enum"])
        if "const" in schema or not schema:
            return schema.get("const", self._any())
        kind = schema.get("type")
        if kind == "null":
            return None
        if kind == "object":
            return self._object(schema, depth)
        if kind == "array":
            return [self._value(schema["items"], depth + 1) for _ in range(self._chance.choice((0, 1, 1, 2)))]
        if kind in ("integer", "number"):
            least, most = schema.get("minimum", 0), schema.get("maximum", 5)
            value = self._chance.uniform(least, min(most, least + 10))
            return round(value) if kind == "integer" else value
        return self._chance.random() < 0.5 if kind == "boolean" else self._chance.choice(("ア", "a", "犬", "、", "i"))

    def _object(self, schema, depth):
        required = schema.get("required", ())
        found = {
            name: self._value(part, depth + 1)
            for name, part in schema.get("properties", {}).items()
            if name in required or self._chance.random() < 0.5
        }
        if isinstance(schema.get("additionalProperties"), dict):
            found |= {self._chance.choice(_STRINGS): self._value(schema["additionalProperties"], depth + 1)}
        return found

    def _damaged(self, value):
        """A copy of a value with one of its parts replaced, dropped or added."""
        if isinstance(value, dict) and value and self._chance.random() < 0.8:
            value = copy.copy(value)
            name = self._chance.choice(sorted(value))
            if self._chance.random() < 0.2:
                del value[name]
            else:
                value[name] = self._damaged(value[name])
            return value
        if isinstance(value, list) and value and self._chance.random() < 0.8:
            place = self._chance.randrange(len(value))
            return [*value[:place], self._damaged(value[place]), *value[place + self._chance.choice((0, 1)) :]]
        return self._any()

    def _any(self):
        return self._chance.choice(self._chance.choice((_STRINGS, _NUMBERS, _OTHERS)))


def _written(value):
    """A value as a part of an address."""
    text = value if isinstance(value, str) else json.dumps(value)
    return text.encode("utf-8", "replace").decode()
