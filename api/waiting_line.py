"""Who waits for an answer: bounded, and fair, so that whoever asks a hundred times holds up nobody who asks once."""

from __future__ import annotations

from collections import OrderedDict, deque
from collections.abc import Iterator
from typing import Generic, TypeVar

Waiter = TypeVar("Waiter")


class WaitingLine(Generic[Waiter]):
    """Waiters by client, and behind one client by seat; clients take turns, and so do the seats of each.

    A client is an access key, its seats are the addresses that use it. Not thread-safe: its owner locks.
    """

    def __init__(self, most: int) -> None:
        """most: how many may wait altogether."""
        self._most = most
        self._clients: OrderedDict[str, _Seats[Waiter]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def put(self, client: str, seat: str, waiter: Waiter) -> Waiter | None:
        """Let one wait. Where the line is full, who must leave for it, which may be itself; else None.

        The last of the client that has most waiting leaves, where that is more than the newcomer's would be.
        """
        pushed: Waiter | None = None
        if self._size >= self._most:
            mine = self._clients.get(client)
            longest = max(self._clients, key=lambda name: len(self._clients[name]), default=None)
            if longest is None or len(self._clients[longest]) <= (len(mine) if mine else 0) + 1:
                return waiter
            pushed = self._clients[longest].pop_last()
            self._left(longest)
        self._clients.setdefault(client, _Seats()).put(seat, waiter)
        self._size += 1
        return pushed

    def take(self) -> Waiter | None:
        """Whose turn it is, or None."""
        if not self._clients:
            return None
        client = next(iter(self._clients))
        waiter = self._clients[client].take()
        self._clients.move_to_end(client)
        self._left(client)
        return waiter

    def remove(self, client: str, seat: str, waiter: Waiter) -> bool:
        """One does not wait any more; whether it did."""
        seats = self._clients.get(client)
        if seats is None or not seats.remove(seat, waiter):
            return False
        self._left(client)
        return True

    def _left(self, client: str) -> None:
        self._size -= 1
        if not len(self._clients[client]):
            del self._clients[client]


class _Seats(Generic[Waiter]):
    """One client's waiters."""

    def __init__(self) -> None:
        self._by_seat: OrderedDict[str, deque[Waiter]] = OrderedDict()
        self._size = 0

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[str]:
        return iter(self._by_seat)

    def put(self, seat: str, waiter: Waiter) -> None:
        self._by_seat.setdefault(seat, deque()).append(waiter)
        self._size += 1

    def take(self) -> Waiter:
        seat = next(iter(self._by_seat))
        waiter = self._by_seat[seat].popleft()
        self._by_seat.move_to_end(seat)
        self._left(seat)
        return waiter

    def pop_last(self) -> Waiter:
        """The last of the seat that has most."""
        seat = max(self._by_seat, key=lambda name: len(self._by_seat[name]))
        waiter = self._by_seat[seat].pop()
        self._left(seat)
        return waiter

    def remove(self, seat: str, waiter: Waiter) -> bool:
        waiting = self._by_seat.get(seat, ())
        # A deque that lacks what it is to remove would spell it out for its error.
        if waiter not in waiting:
            return False
        self._by_seat[seat].remove(waiter)
        self._left(seat)
        return True

    def _left(self, seat: str) -> None:
        self._size -= 1
        if not self._by_seat[seat]:
            del self._by_seat[seat]
