"""The first administrator's key, shown once with the address where the server is found."""

from __future__ import annotations

import sys


def say_key(address: str, token: str | None) -> None:
    """Print an address that carries the first key, where one was made."""
    if token is not None:
        sys.stdout.write(f"{address}/demo#key={token}\nShown this once; more keys: kb keys add NAME\n")
        sys.stdout.flush()
