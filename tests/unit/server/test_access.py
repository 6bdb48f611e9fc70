# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
import pytest

from support.server_toys import asked, speech
from transformers_tsukasa.server.access import check_host, check_origin
from transformers_tsukasa.server.problems import ServerProblem
from transformers_tsukasa.server.settings import ServerSettings


LOCAL = ServerSettings()


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "app://.",
        "http://localhost",
        "http://localhost:3000",
        "https://a.b.localhost:80",
        "http://127.0.0.1:5173",
        "http://[::1]:8080",
        "chrome-extension://abcdef",
        "moz-extension://1-2",
    ],
)
def test_pages_of_this_machine_are_accepted(origin):
    check_origin(origin, None, LOCAL)


@pytest.mark.parametrize(
    "origin",
    [
        "null",
        "",
        "https://example.org",
        "http://localhost.example.org",
        "http://example.org/localhost",
        "http://localhost:3000@example.org",
        "http://evil-localhost",
        "http://127.0.0.1.example.org",
        "http://127.0.0.1:123456",
        "http://localhost\n",
        "app://..",
    ],
)
def test_other_pages_are_refused_unless_they_are_allowed(origin):
    with pytest.raises(ServerProblem, match="Origin not allowed") as refused:
        check_origin(origin, None, LOCAL)
    assert (refused.value.status, refused.value.code) == (403, "origin_not_allowed")
    check_origin(origin, None, ServerSettings(cors_policy_mode="all"))
    check_origin(origin, None, ServerSettings(allow_origin=(origin,)))


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:50121", "127.0.0.1:50121", "[::1]:1", "127.9.9.9", "a.localhost"]
)
def test_loopback_names_of_the_host_are_accepted(host):
    check_host(host, LOCAL)


@pytest.mark.parametrize(
    "host", [None, "", "example.org", "example.org:50121", "127.0.0.1.example.org", "::1", "a@localhost"]
)
def test_a_page_that_renames_itself_does_not_reach_a_loopback_server(host):
    with pytest.raises(ServerProblem) as refused:
        check_host(host, LOCAL)
    assert refused.value.status == 403
    check_host(host, ServerSettings(host="0.0.0.0"))


def test_a_name_that_was_allowed_reaches_a_loopback_server():
    check_host("Studio.lan:50121", ServerSettings(allow_host=("studio.lan",)))


def test_answers_and_faults_carry_cors_headers(app):
    origin = "http://localhost:3000"
    for answer in (
        asked(app, "GET", "/v1/models", {"Origin": origin}),
        asked(app, "GET", "/nothing", {"Origin": origin}),
        speech(app, {"Origin": origin}, input=""),
    ):
        assert answer.headers["access-control-allow-origin"] == origin
        assert (
            "X-Tsukasa-Seed" in answer.headers["access-control-expose-headers"] and answer.headers["vary"] == "Origin"
        )
    refused = asked(app, "GET", "/v1/models", {"Origin": "https://example.org"})
    assert refused.status_code == 403 and "access-control-allow-origin" not in refused.headers
    assert refused.json()["detail"] == "Origin not allowed"
    assert refused.json()["error"]["type"] == "permission_error"


def test_a_browser_that_asks_in_advance_gets_leave(app):
    asks = {
        "Origin": "http://localhost:3000",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "content-type,authorization",
        "Access-Control-Request-Private-Network": "true",
    }
    answer = asked(app, "OPTIONS", "/v1/audio/speech", asks)
    assert answer.status_code == 204
    assert answer.headers["access-control-allow-methods"] == "POST"
    assert answer.headers["access-control-allow-headers"] == "content-type,authorization"
    assert answer.headers["access-control-allow-private-network"] == "true"


def test_a_key_is_needed_where_one_is_set(new_app):
    app = new_app(api_keys=("first", "second"))
    for headers in (
        {},
        {"Authorization": "Bearer wrong"},
        {"Authorization": "first"},
        {"Authorization": "Basic first"},
    ):
        refused = asked(app, "GET", "/v1/models", headers)
        assert refused.status_code == 401 and refused.headers["www-authenticate"] == "Bearer"
        assert refused.json()["error"]["code"] == "invalid_api_key"
    for key in ("first", "second"):
        assert asked(app, "GET", "/v1/models", {"Authorization": f"Bearer {key}"}).status_code == 200
    assert asked(app, "GET", "/version").status_code == 200
    assert asked(app, "GET", "/health").status_code in (200, 503)
    assert asked(app, "GET", "/metrics").status_code == 401


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"models": ()}, "models"),
        ({"port": 70000}, "port"),
        ({"queue": -1}, "queue"),
        ({"per_client": 0}, "per_client"),
        ({"timeout": 0}, "timeout"),
        ({"timeout": float("nan")}, "timeout"),
        ({"max_memory": 0}, "max_memory"),
        ({"cpu_num_threads": 0}, "cpu_num_threads"),
        ({"seed": -1}, "seed"),
        ({"api_keys": (" ",)}, "api_key"),
        ({"api_keys": ("鍵",)}, "api_key"),
    ],
)
def test_settings_out_of_range_are_refused(changes, message):
    with pytest.raises(ValueError, match=f"`{message}`"):
        ServerSettings(**changes)


@pytest.mark.parametrize(
    ("origin", "host", "is_own"),
    [
        ("http://192.168.1.5:50121", "192.168.1.5:50121", True),
        ("https://192.168.1.5", "192.168.1.5", True),
        ("https://speech.example", "speech.example", True),
        ("http://other.example:50121", "other.example:50121", False),  # any name may lead here
        ("http://192.168.1.5:8000", "192.168.1.5:50121", False),
        ("http://elsewhere.example", "192.168.1.5:50121", False),
        ("http://192.168.1.5:50121", None, False),
    ],
)
def test_the_servers_own_page_may_use_it_by_address_or_allowed_name(origin, host, is_own):
    settings = ServerSettings(host="0.0.0.0", api_keys=("k",), allow_host=("speech.example",))
    if is_own:
        check_origin(origin, host, settings)
        return
    with pytest.raises(ServerProblem):
        check_origin(origin, host, settings)
