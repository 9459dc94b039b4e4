"""Plans, receipts, generations and checks, shown to a person at a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from rich.console import Console
from rich.table import Table
from rich.text import Text

from kb.moment import shown_moment

if TYPE_CHECKING:
    from indexer.publishing.overview import Overview
    from indexer.publishing.plan import Plan, Planned
    from indexer.publishing.receipt import ChangeReceipt, Receipt
    from indexer.publishing.verification import Check

_SHOWN = 20


def show_plan(console: Console, plan: Plan) -> None:
    """What is new, changed and gone, by file; how much is unchanged."""
    for mark, style, some in (("+", "green", plan.new), ("~", "yellow", plan.changed), ("-", "red", plan.gone)):
        _list(console, mark, style, some)
    counts = f"{len(plan.new)} new, {len(plan.changed)} changed, {len(plan.gone)} gone, {len(plan.unchanged)} unchanged"
    console.print(counts, style="bold", highlight=False)


def _list(console: Console, mark: str, style: str, some: Sequence[Planned]) -> None:
    for one in some[:_SHOWN]:
        console.print(Text(f"{mark} {one.path}", style=style).append(f"  {one.name}", style="dim"))
    if len(some) > _SHOWN:
        console.print(Text(f"{mark} … and {len(some) - _SHOWN} more", style=style))


def show_receipt(console: Console, receipt: Receipt, zone: ZoneInfo) -> None:
    """What applies from when (in the shop's time), who answers from it, and what is left of what was withdrawn."""
    if not receipt.is_new:
        text = f"nothing differs from publication {receipt.publication} (generation {receipt.generation}); it goes on"
        console.print(text, style="green", highlight=False)
        return
    table = Table(title=f"publication {receipt.publication} · generation {receipt.generation}", title_justify="left")
    for name in ("article", "revision", "applies from", "until", "left of it"):
        table.add_column(name)
    for change in receipt.changes[:_SHOWN]:
        table.add_row(*_change(change, zone))
    console.print(table)
    if len(receipt.changes) > _SHOWN:
        console.print(f"… and {len(receipt.changes) - _SHOWN} more changes", style="dim", highlight=False)
    for process in receipt.switched:
        console.print(Text(f"answers: {process}", style="green"))
    for process in receipt.pending:
        console.print(Text(f"does NOT answer from it yet: {process}; see its log, or restart it", style="red"))
    if not receipt.switched and not receipt.pending:
        console.print("no serving process runs; the next one answers from it", style="dim")
    if receipt.forced:
        console.print(Text(f"forced: {receipt.forced}", style="yellow"))
    for warning in receipt.warnings:
        console.print(Text(warning, style="yellow"))
    took = "  ".join(f"{name} {value:,.0f}" for name, value in receipt.took_ms.items())
    console.print(f"milliseconds: {took}", style="dim", highlight=False)


def _change(change: ChangeReceipt, zone: ZoneInfo) -> tuple[Text | str, ...]:
    before = "" if change.before is None else f"{change.before} → "
    if change.revision is None:
        proof = change.withdrawal
        left = "" if proof is None else f"{proof.passages} passages, {proof.cached} cached"
        if proof is not None and proof.in_processes:
            left += f", {sum(proof.in_processes.values())} in {len(proof.in_processes)} process(es)"
        style = "green" if proof is None or proof.is_complete else "red"
        return Text(change.article), f"{before}withdrawn", "now", "", Text(left, style=style)
    since = _moment(change.applies_from, zone) or "now"
    return Text(change.article), f"{before}{change.revision}", since, _moment(change.applies_until, zone), ""


def _moment(moment: datetime | None, zone: ZoneInfo) -> str:
    return shown_moment(moment, zone) if moment is not None else ""


def show_generations(console: Console, found: Overview, zone: ZoneInfo) -> None:
    """Each generation on disk, that of the newest publication first."""
    table = Table()
    for name in ("", "generation", "publication", "activated", "by", "why", "articles", "passages", "MB"):
        is_number = name in ("publication", "articles", "passages", "MB")
        table.add_column(name, justify="right" if is_number else "left", no_wrap=name in ("generation", "activated"))
    for one in found.generations:
        table.add_row(
            Text("serves" if one.is_active else "", style="green"),
            one.id,
            str(one.publication or ""),
            _moment(one.activated_at, zone),
            Text(one.by),
            Text(one.why),
            str(one.articles),
            str(one.passages),
            f"{one.bytes / 1e6:,.1f}",
            style="red" if one.wrong else None,
        )
    console.print(table)
    for one in found.generations:
        if one.wrong:
            console.print(Text(one.wrong, style="red"))
    for process in found.serving:
        said = f"{process} answers from {process.generation} (publication {process.publication})"
        console.print(Text(said, style="dim"))
    console.print(f"{found.free / 1e9:,.1f} GB free", style="dim", highlight=False)


def show_checks(console: Console, checks: Sequence[Check]) -> None:
    """Each check with what it looked at, and every problem."""
    for check in checks:
        mark, style = ("✗", "red") if check.problems else ("✓", "green")
        console.print(Text(f"{mark} {check.name}: ", style=style).append(check.said, style="not bold default"))
        for problem in check.problems[:_SHOWN]:
            console.print(Text(f"    {problem}", style="red"))
        if len(check.problems) > _SHOWN:
            console.print(Text(f"    … and {len(check.problems) - _SHOWN} more", style="red"))
