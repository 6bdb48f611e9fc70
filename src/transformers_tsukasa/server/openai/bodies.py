# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Reading the bodies of requests: what does not fit is a 400 in OpenAI's form, with the field that is wrong."""

import base64
import json
import logging
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import UploadFile
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..problems import ServerProblem
from .described import FORMS


logger = logging.getLogger(__name__)

Body = TypeVar("Body", bound=BaseModel)

_MOST_NAMES = 10  # of unknown fields in the log
_MOST_FIELDS, _MOST_FILES = 100, 16  # of a form
_MOST_FIELD_BYTES = 4 * 2**20
_JSON_BEGINS = (b"{", b"[", b'"')


def bad_request(message: str, param: str | None = None, code: str | None = None) -> ServerProblem:
    """The problem of a request that has to be changed."""
    return ServerProblem(400, code, message, param=param)


async def read_fields(request: Request) -> Any:
    """Return what a request sends: the fields of a form, or JSON, whatever content type it states.

    A field that a form has several times is a list of its values, and a file is its bytes in base64, as in JSON.

    Raises:
        ServerProblem: 400 when it is neither.
    """
    kind = request.headers.get("content-type", "").split(";")[0].strip().lower()
    if kind == FORMS[0]:
        return await _read_form(request)
    body = await request.body()
    # curl -d sends JSON as a form; in a real one these signs are written as %7B, %5B and %22.
    if kind == FORMS[1] and b"=" in body and not body.lstrip().startswith(_JSON_BEGINS):
        return await _read_form(request)
    return _json(body)


async def _read_form(request: Request) -> dict[str, Any]:
    limits = {"max_files": _MOST_FILES, "max_fields": _MOST_FIELDS, "max_part_size": _MOST_FIELD_BYTES}
    try:
        async with request.form(**limits) as form:
            fields = {name: [await _value(each) for each in form.getlist(name)] for name in form}
    except HTTPException as error:
        message = f"the form cannot be read ({error.detail}): send JSON or multipart/form-data"
        raise bad_request(message) from error
    return {name: values[0] if len(values) == 1 else values for name, values in fields.items()}


async def _value(field: str | UploadFile) -> str:
    return field if isinstance(field, str) else base64.b64encode(await field.read()).decode("ascii")


def _json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except (ValueError, RecursionError) as error:  # of bad UTF-8 and of integers with thousands of digits, too
        reason = str(error) if isinstance(error, ValueError) else "it is nested too deeply"
        raise bad_request(f'the body is not JSON ({reason}): send an object such as {{"input": "..."}}') from error


def read_body(given: Any, kind: type[Body]) -> Body:
    """Return JSON as the body of a request; fields that it does not know are named in the log and ignored.

    Raises:
        ServerProblem: 400 with the first field that does not fit.
    """
    if not isinstance(given, dict):
        raise bad_request("the body must be a JSON object")
    try:
        body = kind.model_validate(given)
    except ValidationError as error:
        raise _first_problem(error) from error
    unknown = sorted(set(given) - set(kind.model_fields))
    if unknown:
        logger.info("ignored unknown fields: %s", ", ".join(name[:40] for name in unknown[:_MOST_NAMES]))
    return body


def _first_problem(error: ValidationError) -> ServerProblem:
    found = error.errors(include_url=False, include_input=False)[0]
    param = ".".join(map(str, found["loc"])) or None
    message = found["msg"].removeprefix("Value error, ")
    if param == "response_format":
        return bad_request(f"`response_format`: {message}", param, "unsupported_format")
    if found["type"] == "string_too_long":
        return bad_request(f"`{param}`: {message}", param, "string_above_max_length")
    return bad_request(f"`{param}`: {message}" if param else message, param)


def check_unicode(text: str, param: str) -> str:
    """Return a text, unless it holds half a character.

    Raises:
        ServerProblem: 400.
    """
    try:
        text.encode()
    except UnicodeEncodeError as error:
        message = f"`{param}` holds half a character (a lone surrogate) at place {error.start}"
        raise bad_request(message, param) from error
    return text


__all__ = ["bad_request", "check_unicode", "read_body", "read_fields"]
