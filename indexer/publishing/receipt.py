"""What a publish call hands back: what applies from when, who answers from it, and the proof of a withdrawal."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import TypeAdapter


@dataclass(frozen=True)
class Withdrawal:
    """How much is left of a withdrawn article; every number is counted, and 0 where all is well.

    passages: of it in the active generation. cached: entries of its texts in the vector cache.
    in_processes: passages of it in each serving process that switched, by the process's id, counted there.
    """

    passages: int
    cached: int
    in_processes: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_complete(self) -> bool:
        """Whether nothing is left anywhere."""
        return self.passages == 0 and self.cached == 0 and not any(self.in_processes.values())


@dataclass(frozen=True)
class ChangeReceipt:
    """One change as it applies.

    revision: what is published; None: it was withdrawn. before: what was; None: nothing.
    applies_from, applies_until: by its dates and by what supersedes it; None: at once, and without end.
    """

    article: str
    revision: int | None
    before: int | None
    applies_from: datetime | None = None
    applies_until: datetime | None = None
    withdrawal: Withdrawal | None = None


@dataclass(frozen=True)
class ServingProcess:
    """A serving process and what it answers from. publication: 0 for none."""

    id: str
    pid: int
    host: str
    generation: str
    publication: int

    def __str__(self) -> str:
        return f"{self.host}:{self.pid} ({self.id})"


@dataclass(frozen=True)
class Receipt:
    """A publication that serves.

    is_new: False where nothing differed from what is published, and so nothing was done.
    switched: the serving processes that answer from it. pending: those alive that did not switch in time.
    took_ms: by stage, in their order, with `total`. warnings: for the operator, such as space running short.
    """

    publication: int
    generation: str
    changes: tuple[ChangeReceipt, ...]
    activated_at: datetime | None
    by: str = ""
    why: str = ""
    forced: str = ""
    is_new: bool = True
    switched: tuple[ServingProcess, ...] = ()
    pending: tuple[ServingProcess, ...] = ()
    took_ms: Mapping[str, float] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    @property
    def is_complete(self) -> bool:
        """Whether every serving process answers from it and nothing is left of what was withdrawn."""
        gone = (change.withdrawal for change in self.changes if change.withdrawal is not None)
        return not self.pending and all(proof.is_complete for proof in gone)

    def to_json(self) -> dict[str, Any]:
        """The receipt as the store keeps it and HTTP shows it."""
        written: dict[str, Any] = _RECEIPT.dump_python(self, mode="json")
        return written


_RECEIPT = TypeAdapter(Receipt)


def read_receipt(written: Mapping[str, Any]) -> Receipt:
    """A receipt from what `to_json` gave. Raises ValueError."""
    return _RECEIPT.validate_python(dict(written))
