"""The figures as tables for people, and as a file for the next step."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from eval.bench.driving import OPEN_SHARES
from eval.bench.figures import PERCENTILES, Figures, rounded, shown
from eval.whole_file import write_whole


def show(console: Console, found: Mapping[str, float | None], clients: Sequence[int]) -> None:
    """The table of one server beside its encoder."""
    table = Table("load", "p50 ms", "p95 ms", "p99 ms", "answers/s", title="over HTTP", title_justify="left")
    for column in table.columns[1:]:
        column.justify = "right"
    most = max(clients)
    rows = [(f"{n} client{'s' * (n > 1)}", str(n), "") for n in clients]
    rows.append((f"{most} clients, 40 % repeats", str(most), "repeat_"))
    for share in OPEN_SHARES:
        rate = shown(found.get(f"open_rate_{share}"), 0)
        rows.append((f"open loop, {rate}/s ({share} % of the best)", str(share), "open_"))
    for name, ending, before in rows:
        if f"{before}rps_{ending}" in found:
            latencies = [shown(found.get(f"{before}p{at}_ms_{ending}")) for at in PERCENTILES]
            table.add_row(name, *latencies, shown(found.get(f"{before}rps_{ending}")))
    table.add_section()
    table.add_row("the encoder alone", shown(found.get("encoder_ms"), 2), "", "", shown(found.get("encoder_best_rps")))
    console.print(table)
    costs = Table(show_header=False, box=None)
    for label, name, digits in _COSTS:
        if name in found:
            costs.add_row(label, shown(found[name], digits))
    console.print(costs)


def show_peers(
    console: Console,
    found: Mapping[str, Mapping[str, float | None]],
    over: Mapping[str, float | None],
    clients: Sequence[int],
) -> None:
    """A column for each contestant, and the ratios."""
    table = Table("", *found, title="the same weights, passages and questions, in turns", title_justify="left")
    rows = [(f"p{at} ms, {n} client{'s' * (n > 1)}", f"p{at}_ms_{n}", 1) for n in clients for at in (50, 95)]
    rows += [(f"answers/s, {n} client{'s' * (n > 1)}", f"rps_{n}", 1) for n in clients]
    rows += [(label, name, digits) for label, name, digits in _COSTS if "_over_" not in name]
    for label, name, digits in rows:
        table.add_row(label, *(shown(figures.get(name), digits) for figures in found.values()))
    console.print(table)
    for name, value in over.items():
        console.print(f"{name:<28} {shown(value, 2):>8}", highlight=False)
    console.print(_UNLIKE, style="dim", highlight=False)


def show_encoding(console: Console, found: Mapping[str, float | None]) -> None:
    """The rates, and their shares of the bare model's."""
    table = Table("encoding in bulk", "passages/s", "share of the bare model")
    table.add_row("the bare model, same token batches", shown(found["bare_rate"]), "")
    table.add_row("the encoder", shown(found["encoder_rate"]), shown(found["encoding_share"], 2))
    table.add_row("a build, until all is encoded", shown(found["build_rate"]), shown(found["build_share"], 2))
    console.print(table)
    console.print(f"{shown(found['passages'], 0)} passages, {shown(found['tokens'], 0)} tokens; owed: 0.85")


def write(path: Path, found: Mapping[str, float | None] | Mapping[str, object]) -> None:
    """The figures as one JSON object."""
    write_whole(path, json.dumps(found, indent=1, ensure_ascii=False) + "\n")


def as_written(found: Figures, note: str) -> dict[str, object]:
    """What `--json` writes of one server: its figures rounded, and what was measured."""
    return {"what": note, **rounded(found)}


_UNLIKE = (
    "What the peers answer is less: the passages nearest by one vector (txtai-hybrid: and BM25), in float32 on torch. "
    "They have no late interaction, validity, learned ranking, confidence, reply or keys; kb has them all."
)

_COSTS = (
    ("processor ms a request, server", "cpu_ms_per_request", 2),
    ("processor ms a request, generator", "generator_cpu_ms_per_request", 2),
    ("resident memory (RSS), MB", "rss_mb", 0),
    ("resident memory, shared pages counted once (PSS), MB", "pss_mb", 0),
    ("start to first answer, s", "ready_s", 2),
    ("requests not answered with 200", "errors", 0),
    ("p50 at one client over the encoder's (owed: at most 2.5)", "p50_over_encoder", 2),
    ("answers/s at 64 clients over the encoder's best (owed: at least 0.4)", "rps_64_over_encoder_best", 2),
)
