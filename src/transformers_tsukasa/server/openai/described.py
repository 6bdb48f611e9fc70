# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Bodies and answers of OpenAI's interface as `/openapi.json` describes them, from the models that read them.

Bodies are read by hand, since a fault in them is a 400 in OpenAI's form whatever content type the request states; so
the framework cannot describe them itself.
"""

from typing import Any

from pydantic import BaseModel

from ...audio.encoding import CONTENT_TYPES


JSON = "application/json"
FORMS = ("multipart/form-data", "application/x-www-form-urlencoded")
_FILE = {"type": "string", "format": "binary"}
_ERROR = {
    "type": "object",
    "required": ["error", "detail"],
    "properties": {
        "error": {
            "type": "object",
            "required": ["message", "type", "param", "code"],
            "properties": {
                "message": {"type": "string"},
                "type": {"type": "string"},
                "param": {"anyOf": [{"type": "string"}, {"type": "null"}]},
                "code": {"anyOf": [{"type": "string"}, {"type": "null"}]},
            },
        },
        "detail": {},
    },
}


def body_of(kind: type[BaseModel], *, is_form: bool = True, files: tuple[str, ...] = ()) -> dict[str, Any]:
    """The body of a call, for its `openapi_extra`.

    Args:
        kind: which reads it.
        is_form: whether a form does too; one has no objects within it.
        files: fields that are files in a form and base64 in JSON.
    """
    schema = _without_references(kind.model_json_schema())
    content = {JSON: {"schema": schema}}
    if is_form:
        uploaded = {name: _FILE if name in files else part for name, part in schema["properties"].items()}
        content |= {FORMS[0]: {"schema": {**schema, "properties": uploaded}}, FORMS[1]: {"schema": schema}}
    return {"requestBody": {"required": True, "content": content}}


def answers(*content_types: str) -> dict[int | str, dict[str, Any]]:
    """The answers of a call, for its `responses`: of these types, or a refusal in OpenAI's form."""
    content = {kind: {"schema": {} if kind == JSON else _FILE} for kind in content_types}
    refusal = {"description": "A refusal in OpenAI's form", "content": {JSON: {"schema": _ERROR}}}
    return {200: {"description": "The answer", "content": content}, 400: refusal, "default": refusal}


SOUND = answers(*CONTENT_TYPES.values(), "text/event-stream")
"""Answers that are speech in some format."""


def _without_references(schema: dict[str, Any]) -> dict[str, Any]:
    """A schema with the parts that it names in their places: references lead nowhere within a larger description."""
    named = schema.get("$defs", {})

    def resolved(part: Any) -> Any:
        if isinstance(part, list):
            return [resolved(each) for each in part]
        if not isinstance(part, dict):
            return part
        if "$ref" in part:
            return resolved(named[part["$ref"].rsplit("/", 1)[1]])
        return {name: resolved(each) for name, each in part.items() if name != "$defs"}

    return resolved(schema)


__all__ = ["FORMS", "JSON", "SOUND", "answers", "body_of"]
