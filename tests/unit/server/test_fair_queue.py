# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
from transformers_tsukasa.server.fair_queue import FairQueue


def _taken(queue):
    items = []
    while (item := queue.take()) is not None:
        items.append(item)
    return items


def test_clients_take_turns_whatever_they_sent():
    queue = FairQueue()
    for order, item in enumerate(["a1", "a2", "a3", "b1", "c1", "b2"]):
        queue.add(item[0], order, item)
    assert _taken(queue) == ["a1", "b1", "c1", "a2", "b2", "a3"]


def test_the_oldest_item_of_a_client_comes_first():
    queue = FairQueue()
    for order in (5, 2, 9):
        queue.add("a", order, f"a{order}")
    assert _taken(queue) == ["a2", "a5", "a9"]


def test_a_client_that_comes_back_gets_the_last_turn():
    queue = FairQueue()
    queue.add("a", 0, "a")
    queue.add("b", 1, "b")
    assert queue.take() == "a"
    queue.add("a", 0, "a again")
    assert _taken(queue) == ["b", "a again"]


def test_an_item_is_removed_and_its_client_with_the_last_one():
    queue = FairQueue()
    for order in (0, 1, 2):
        queue.add("a", order, f"a{order}")
    queue.remove("a", 1)
    assert _taken(queue) == ["a0", "a2"]
    queue.add("a", 3, "a3")
    queue.remove("a", 3)
    assert queue.take() is None
