# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""The queue and the worker, with stand-ins for models: no torch, no socket."""

import asyncio
import gc
import threading
import time
import weakref

import pytest

from support.server_toys import wait_until, with_event_loop
from transformers_tsukasa.models.tsukasa.speaking.voice_names import NoSuchVoiceError
from transformers_tsukasa.server.model_pool import ModelPool
from transformers_tsukasa.server.problems import ServerProblem
from transformers_tsukasa.server.service import Service


@pytest.fixture
def make():
    services = []

    def make(load=lambda identifier, name: identifier, **limits):
        service = Service(ModelPool({"m": "m", "n": "n"}, load), **limits)
        services.append(service)
        return service

    yield make
    for service in services:
        service.close()
        service.join()


async def _all(service, pieces, client="a", model="m"):
    async with service.stream(model, lambda speaker: iter(pieces), client) as stream:
        return [piece async for piece in stream]


@with_event_loop
async def test_pieces_come_in_order_and_the_place_is_free_afterwards(make):
    service = make()
    assert await _all(service, range(10)) == list(range(10))
    assert service.active == 0


@with_event_loop
async def test_run_computes_in_the_thread_that_speaks_and_read_in_another(make):
    service = make()
    names = []
    assert await service.run("m", lambda speaker: names.append(threading.current_thread().name) or speaker, "a") == "m"
    assert (
        await service.read("n", lambda speaker: names.append(threading.current_thread().name) or speaker, "a") == "n"
    )
    assert names[0] == "tsukasa speaking" and names[1].startswith("tsukasa opening")


@with_event_loop
async def test_clients_take_turns_after_every_piece(make):
    service = make()
    spoken, may_speak = [], threading.Event()

    def pieces(client, count):
        for number in range(count):
            may_speak.wait(10)
            spoken.append(client)
            yield number

    work = [_all(service, pieces(client, count), client) for client, count in (("a", 6), ("b", 2), ("c", 2))]
    tasks = [asyncio.ensure_future(each) for each in work]
    while service.active < 3:
        await asyncio.sleep(0.001)
    await asyncio.sleep(0.05)
    may_speak.set()
    await asyncio.gather(*tasks)
    # The long request of a came first, and still the others are done long before it.
    assert spoken.count("a") == 6 and max(place for place, client in enumerate(spoken) if client != "a") <= 6


@with_event_loop
async def test_only_one_piece_is_spoken_at_a_time(make):
    service = make()
    at_work, most = 0, 0

    def pieces():
        nonlocal at_work, most
        for _ in range(3):
            at_work += 1
            most = max(most, at_work)
            time.sleep(0.002)
            at_work -= 1
            yield None

    await asyncio.gather(*(_all(service, pieces(), f"client {number}") for number in range(8)))
    assert most == 1


@with_event_loop
async def test_speaking_does_not_run_ahead_of_a_slow_client(make):
    service = make()
    spoken = []

    def pieces():
        for number in range(100):
            spoken.append(number)
            yield number

    async with service.stream("m", lambda speaker: pieces(), "a") as stream:
        assert await anext(stream) == 0
        await asyncio.sleep(0.1)
        assert 1 <= len(spoken) <= 3
        assert await anext(stream) == 1


@with_event_loop
async def test_a_request_that_is_left_is_closed_between_two_pieces(make):
    service = make()
    closed, second = threading.Event(), threading.Event()
    spoken = []

    def pieces():
        try:
            for number in range(1000):
                spoken.append(number)
                if number == 1:
                    second.wait(10)
                yield number
        finally:
            closed.set()

    async with service.stream("m", lambda speaker: pieces(), "a") as stream:
        await anext(stream)
    second.set()
    assert await asyncio.to_thread(closed.wait, 10)
    assert spoken in ([0], [0, 1]) and service.active == 0
    assert await _all(service, [1]) == [1]


@with_event_loop
async def test_a_request_that_is_left_while_it_waits_is_never_spoken(make):
    service = make()
    gate, is_speaking = threading.Event(), threading.Event()

    def slow():
        is_speaking.set()
        gate.wait(10)
        yield 1

    blocking = asyncio.ensure_future(_all(service, slow(), "a"))
    await asyncio.to_thread(is_speaking.wait, 10)
    spoken = []
    waiting = asyncio.ensure_future(_all(service, (spoken.append(number) for number in range(3)), "b"))
    while service.active < 2:
        await asyncio.sleep(0.001)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert service.active == 1
    gate.set()
    assert await blocking == [1] and spoken == []


@with_event_loop
async def test_a_full_queue_is_503_and_a_greedy_client_429(make):
    service = make(queue=2, per_client=2)
    with service.admit("a"), service.admit("a"):
        with pytest.raises(ServerProblem) as greedy, service.admit("a"):
            pass
        assert (greedy.value.status, greedy.value.code) == (429, "rate_limit_exceeded")
        with service.admit("b"):
            with pytest.raises(ServerProblem) as full, service.admit("c"):
                pass
            assert (full.value.status, full.value.code) == (503, "queue_full")
            for problem in (greedy.value, full.value):
                assert 1 <= int(problem.headers["Retry-After"]) <= 60
    with service.admit("c"):
        assert service.active == 1


@with_event_loop
async def test_the_wait_that_is_suggested_grows_with_what_requests_take(make):
    service = make(queue=1)
    service._request_seconds = 7.2
    with service.admit("a"), service.admit("b"):
        with pytest.raises(ServerProblem) as full, service.admit("c"):
            pass
    assert full.value.retry_after == 15


@with_event_loop
async def test_no_request_is_admitted_while_shutting_down_but_those_here_are_answered(make):
    service = make()
    async with service.stream("m", lambda speaker: iter(range(5)), "a") as stream:
        assert await anext(stream) == 0
        service.refuse_new()
        with pytest.raises(ServerProblem) as refused:
            await _all(service, [1], "b")
        assert (refused.value.status, refused.value.code) == (503, "shutting_down")
        assert [piece async for piece in stream] == [1, 2, 3, 4]


@with_event_loop
async def test_a_request_is_given_up_after_its_time(make):
    service = make(timeout=0.05)

    def slow():
        yield 0
        time.sleep(0.1)
        yield 1
        yield 2

    with pytest.raises(ServerProblem, match="within 0.05 s") as late:
        await _all(service, slow())
    assert late.value.status == 503


@with_event_loop
async def test_errors_of_opening_and_of_speaking_reach_the_client_and_no_one_else(make):
    service = make()

    def failing():
        yield 1
        raise ArithmeticError("not finite")

    def broken(speaker):
        raise ValueError("no such text")

    with pytest.raises(ArithmeticError, match="not finite"):
        await _all(service, failing())
    with pytest.raises(ValueError, match="no such text"):
        async with service.stream("m", broken, "a") as stream:
            await anext(stream)
    assert await _all(service, [1]) == [1] and service.active == 0


@with_event_loop
async def test_a_ticket_holds_one_place_for_several_streams(make):
    service = make(per_client=1)
    with service.admit("a") as ticket:
        assert [await _all(service, [number], ticket) for number in range(3)] == [[0], [1], [2]]
        assert service.active == 1


@with_event_loop
async def test_nothing_of_a_request_is_kept(make):
    service = make()

    class Piece:
        pass

    kept = []

    def pieces():
        for _ in range(3):
            piece = Piece()
            kept.append(weakref.ref(piece))
            yield piece
            del piece

    await _all(service, pieces())
    await _all(service, [])
    await asyncio.to_thread(wait_until, lambda: gc.collect() >= 0 and not any(reference() for reference in kept), 5)


def test_a_model_is_loaded_once_and_the_least_recently_used_is_dropped(monkeypatch):
    loaded = []
    monkeypatch.setattr("transformers_tsukasa.server.model_pool.weight_bytes", lambda speaker: 10)
    pool = ModelPool({name: name for name in "abc"}, lambda identifier, name: loaded.append(name) or name, 25)
    for name in "aab":
        assert pool.speaker(name) == name
    assert loaded == ["a", "b"] and pool.memory == 20
    pool.speaker("a")
    pool.speaker("c")
    assert pool.loaded == ("a", "c") and loaded == ["a", "b", "c"]
    pool.speaker("b")
    assert pool.loaded == ("c", "b") and loaded == ["a", "b", "c", "b"]


def test_threads_that_ask_for_one_model_load_it_once():
    loads = []

    def load(identifier, name):
        loads.append(name)
        time.sleep(0.05)
        return name

    pool = ModelPool({"m": "m"}, load)
    threads = [threading.Thread(target=pool.speaker, args=("m",)) for _ in range(5)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert loads == ["m"]


def test_a_model_that_cannot_be_loaded_is_500_and_tried_again():
    attempts = []

    def load(identifier, name):
        attempts.append(name)
        if len(attempts) == 1:
            raise OSError("the disk is gone")
        return name

    pool = ModelPool({"m": "m"}, load)
    with pytest.raises(ServerProblem) as failed:
        pool.speaker("m")
    assert failed.value.status == 500 and "disk" not in failed.value.message
    assert pool.speaker("m") == "m"


def test_an_unknown_model_is_404_with_the_known_ones():
    with pytest.raises(ServerProblem, match="it has m, n") as unknown:
        ModelPool({"m": "m", "n": "n"}, lambda *_: None).speaker("x")
    assert (unknown.value.status, unknown.value.code, unknown.value.param) == (404, "model_not_found", "model")


@with_event_loop
async def test_a_voice_that_was_removed_meanwhile_is_the_clients_matter(make):
    def open(speaker):
        raise NoSuchVoiceError("c", ["a"])

    with pytest.raises(ServerProblem, match="no voice 'c'; it has a") as refused:
        await make().run("m", open, "a")
    assert refused.value.status == 404 and refused.value.code == "voice_not_found"
