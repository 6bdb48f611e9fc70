# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""Requests that do not fit are refused: none is a fault of the server, and none keeps it waiting."""

import asyncio
from collections import Counter

from support.malformed_requests import malformed_requests
from support.server_toys import asked_here
from transformers_tsukasa.server.voicevox.routers import ROUTERS


NAMES = {f"{method} {route.path}" for router in ROUTERS for route in router.routes for method in route.methods}


async def statuses(app, requests):
    found = Counter()
    for method, path, arguments in requests:
        request = asked_here(app, method, path, **arguments)
        answer = await asyncio.wait_for(request, 60)
        found[answer.status_code] += 1
        assert answer.status_code < 500 or (answer.status_code == 501 and "sing" in path + answer.text), (
            method,
            path,
            arguments,
            answer.text,
        )
        if answer.status_code >= 400:
            assert answer.json()["detail"], (method, path, arguments)
    return found


def test_requests_that_do_not_fit_are_refused(new_app):
    app = new_app()
    found = asyncio.run(statuses(app, malformed_requests(app.openapi(), 0, 120, NAMES)))
    assert found.total() == 120 and found[422] > 40 and found[200] > 5
