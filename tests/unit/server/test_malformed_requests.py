# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests that do not fit are refused: none is a fault of the server, and none keeps it waiting."""

import asyncio
from collections import Counter

from support.malformed_requests import malformed_requests
from support.server_toys import asked_here


def is_a_fault(path, answer):
    """Whether an answer tells of a fault of the server: singing is 501, and no model may be loaded yet."""
    return answer.status_code >= 500 and answer.status_code != 501 and path != "/health"


async def statuses(app, requests):
    found = Counter()
    for method, path, arguments in requests:
        request = asked_here(app, method, path, **arguments)
        answer = await asyncio.wait_for(request, 60)
        found[answer.status_code] += 1
        assert not is_a_fault(path, answer), (method, path, arguments, answer.text)
        if answer.status_code >= 400 and path != "/health":
            assert answer.json()["detail"], (method, path, arguments)
    return found


def test_requests_that_do_not_fit_are_refused(new_app):
    app = new_app()
    found = asyncio.run(statuses(app, malformed_requests(app.openapi(), 0, 150)))
    assert found.total() == 150 and found[422] > 30 and found[400] > 10 and found[200] > 15


def test_every_call_that_takes_a_body_is_described_with_it(app):
    bodies = {
        f"{method} {path}": set(call["requestBody"]["content"])
        for path, methods in app.openapi()["paths"].items()
        for method, call in methods.items()
        if "requestBody" in call
    }
    described = {name for name in bodies if name.startswith(("post /v1/", "post /dev/"))}
    assert len(described) == 8 and all("application/json" in bodies[name] for name in described)
    assert "multipart/form-data" in bodies["post /v1/audio/speech"]
    schema = app.openapi()["paths"]["/v1/audio/speech"]["post"]["requestBody"]["content"]["application/json"]["schema"]
    assert schema["required"] == ["input"] and schema["properties"]["speed"]["maximum"] == 4.0
    assert "$ref" not in str(app.openapi()["paths"]["/dev/dialogue"]["post"]["requestBody"])
