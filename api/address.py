"""Where a server is found, as a person writes it; apart, for a process that holds nothing else."""

from __future__ import annotations


def address_of(name: tuple[str, int]) -> str:
    """The address of a bound socket, by its name, as somebody on this machine writes it."""
    host, port = name[:2]
    shown = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}.get(host, f"[{host}]" if ":" in host else host)  # noqa: S104
    return f"http://{shown}:{port}"
