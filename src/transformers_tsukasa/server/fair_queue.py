# Copyright 2026 The transformers-tsukasa authors. Licensed under the Apache License, Version 2.0.
"""A queue in which clients take turns, so that one with a hundred requests does not keep the others waiting."""

import heapq
from typing import Generic, TypeVar


T = TypeVar("T")


class FairQueue(Generic[T]):
    """Items of clients: the clients in turn, and of each its oldest item.

    It is not safe to use from several threads without a lock.
    """

    def __init__(self) -> None:
        # Clients in the order of their turns, each with a heap of (order, item); orders are unique.
        self._waiting: dict[str, list[tuple[int, T]]] = {}

    def add(self, client: str, order: int, item: T) -> None:
        """Add an item.

        Args:
            client: to which it belongs. One without other items gets the last turn.
            order: unique number; the lowest of a client comes first.
            item: what `take` returns.
        """
        heapq.heappush(self._waiting.setdefault(client, []), (order, item))

    def take(self) -> T | None:
        """Remove and return the next item, or `None` when there is none."""
        client = next(iter(self._waiting), None)
        if client is None:
            return None
        items = self._waiting.pop(client)
        _, item = heapq.heappop(items)
        if items:
            self._waiting[client] = items  # its next turn comes after all others
        return item

    def remove(self, client: str, order: int) -> None:
        """Remove an item that is in the queue."""
        rest = [entry for entry in self._waiting.pop(client) if entry[0] != order]
        if rest:
            heapq.heapify(rest)
            self._waiting[client] = rest


__all__ = ["FairQueue"]
