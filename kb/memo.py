"""What is worked out of an article or a passage once and kept with it, so that it lives and goes with the text."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import TypeVar

Of = TypeVar("Of")
Found = TypeVar("Found")


def kept(function: Callable[[Of], Found]) -> Callable[[Of], Found]:
    """A function of one immutable object whose result is computed once for each object and kept in it.

    Generations share the objects of what did not change, and so what is known of them. Two threads may both compute
    it; they find the same.
    """
    name = f"_{function.__module__}.{function.__qualname__}"

    @wraps(function)
    def found(of: Of) -> Found:
        inside = of.__dict__
        try:
            value: Found = inside[name]
        except KeyError:
            value = inside[name] = function(of)
        return value

    return found
