"""An answer shown to a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from kb.suggestion import Answer, Suggestion


def show_answer(console: Console, answer: Answer) -> None:
    """Print the suggestions, best first, each with its source; say so plainly where none is reliable."""
    if not answer.answerable:
        nearest = ", the nearest are" if answer.suggestions else ""
        console.print(f"[yellow]No reliable answer[/]{nearest}:" if nearest else "[yellow]No reliable answer.[/]")
    for suggestion in answer.suggestions:
        console.print(_panel(suggestion))
    console.print(
        f"generation {answer.generation} · config {answer.config} · {answer.took_ms['total']:.1f} ms",
        style="dim",
        highlight=False,
    )


def _panel(suggestion: Suggestion) -> Panel:
    source = suggestion.source
    body = Text(suggestion.reply)
    body.append(f"\n\n[{suggestion.reply_kind}] ", style="cyan")
    body.append(" > ".join((source.title, *source.headings)), style="bold")
    lines = f"{source.lines[0]}–{source.lines[1]}"
    body.append(f"\n{source.article}:{lines} · {source.kind} · {source.owner or 'no owner'}", style="dim")
    if source.audience != "public":
        body.append(f" · {source.audience}, not to be sent", style="red")
    if source.effective_from or source.effective_until:
        body.append(f"\nin force {source.effective_from or '…'} – {source.effective_until or '…'}", style="dim")
    if suggestion.why is not None:
        scores = "  ".join(f"{name} {value:.3f}" for name, value in suggestion.why.scores.items())
        body.append(f"\n{scores}\nmatched: {' '.join(suggestion.why.words)}", style="dim")
        for note in suggestion.why.notes:
            body.append(f"\n{note}", style="dim")
    return Panel(body, title=f"{suggestion.rank} · {suggestion.confidence:.0%}", title_align="left")
