"""An answer shown to a person at a terminal."""

from __future__ import annotations

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from kb.clarify import Clarify
from kb.suggestion import Answer, Calm, Offer, Suggestion, Understood, Why
from kb.why import Weighed


def show_answer(console: Console, answer: Answer) -> None:
    """Print the suggestions, best first, each with its source; say so plainly where none is reliable."""
    if answer.calm is not None:
        console.print(_calm_panel(answer.calm))
    if answer.offered is not Offer.ANSWER:
        said = "没有可靠的答案，最接近的是：" if answer.offered is Offer.NEAREST else "没有可靠的答案。"
        console.print(said, style="yellow", highlight=False)
    for part in answer.parts:
        found = f"suggestion {part.suggestion}" if part.suggestion else "no reliable answer of its own"
        # As a Text: in a plain string even ":100:" would become a picture.
        console.print(Text(f"{part.text} → {found}"))
    for suggestion in answer.suggestions:
        console.print(_panel(suggestion) if answer.offered is Offer.ANSWER else _folded(suggestion))
    if answer.lacking:
        console.print(Text(f"没有说到：{'、'.join(answer.lacking)}", style="yellow"))
    if answer.whom_to_ask:
        console.print(Text(f"可以问：{answer.whom_to_ask}", style="yellow"))
    if answer.clarify is not None:
        console.print(_question_back(answer.clarify))
    for suggestion in answer.upcoming:
        console.print(_panel(suggestion, "soon · "))
    if answer.understood is not None and (taken := _taken(answer.understood)):
        console.print(Text(taken, style="dim"))
    if answer.filtered:
        console.print(Text("left out by a rule:", style="dim"))
    for out in answer.filtered:
        console.print(Text(f"  {out.rank} · {out.article} · {out.title}: {out.reason}", style="dim"))
    console.print(
        f"generation {answer.generation} · config {answer.config} · {answer.took_ms['total']:.1f} ms",
        style="dim",
        highlight=False,
    )


def _taken(understood: Understood) -> str:
    """What was understood, in one line; empty where nothing was."""
    said = [("product", ", ".join(understood.products))]
    if understood.channel:
        said.append(("channel", f"{understood.channel} ({understood.channel_from})"))
    if understood.as_of:
        said.append(("as of", f"{understood.as_of:%Y-%m-%d} ({understood.as_of_from})"))
    if understood.searched:
        said.append(("searched", understood.searched.replace("\n", " / ")))
    return " · ".join(f"{name} {value}" for name, value in said if value)


def _question_back(clarify: Clarify) -> Text:
    """What to ask the customer, and what to ask next for each choice."""
    text = Text(f"反问：{clarify.question}", style="cyan")
    for option in clarify.options:
        more = "".join(f" --{n} {v!r}" for n, v in (("product", option.product), ("channel", option.channel)) if v)
        text.append(f"\n  · {option.label}").append(f" → {option.question}{more}", style="dim")
    return text


def _folded(suggestion: Suggestion) -> Text:
    """One that is no answer: where to look, without its reply."""
    source = suggestion.source
    text = Text(f"  {suggestion.rank} · {suggestion.confidence:.0%} · ")
    text.append(" > ".join((source.title, *source.headings)), style="bold")
    text.append(f" · {source.article}:{source.lines[0]}–{source.lines[1]}", style="dim")
    if suggestion.why is not None:
        text.append(_explained(suggestion.why), style="dim")
    return text


def _explained(why: Why) -> str:
    """Scores, words and notes, and what the score and the confidence are made of."""
    lines = ["  ".join(f"{name} {value:.3f}" for name, value in why.scores.items())]
    lines += [f"{name}: {_sum(parts)}" for name, parts in (("sum", why.features), ("sure", why.confidence)) if parts]
    return "\n" + "\n".join([*lines, f"matched: {' '.join(why.words)}", *why.notes])


def _sum(parts: tuple[Weighed, ...]) -> str:
    return "  ".join(f"{part.name} {part.contribution:+.2f} ({part.value:.2f} × {part.weight:.2f})" for part in parts)


def _calm_panel(calm: Calm) -> Panel:
    """What to do first for an angry, threatening or pressed customer."""
    body = Text(" ".join(word.text for word in calm.mood.words), style="dim")
    for name, aid in (("open with", calm.opening), ("for the agent, not to be sent", calm.advice)):
        if aid is not None:
            body.append(f"\n\n[{name}] ", style="cyan")
            body.append(" > ".join((aid.source.title, *aid.source.headings)), style="bold")
            body.append(f"\n{aid.text}", style="not dim")
    return Panel(body, title=f"calm first · {calm.mood.kind}", title_align="left", style="yellow")


def _panel(suggestion: Suggestion, before: str = "") -> Panel:
    source = suggestion.source
    body = _reply(suggestion)
    body.append(f"\n\n[{suggestion.reply_kind}] ", style="cyan")
    body.append(" > ".join((source.title, *source.headings)), style="bold")
    lines = f"{source.lines[0]}–{source.lines[1]}"
    body.append(f"\n{source.article}:{lines} · {source.kind} · {source.owner or 'no owner'}", style="dim")
    if suggestion.blanks:
        body.append(f"\nto fill in: {'、'.join(suggestion.blanks)}", style="yellow")
    if source.audience != "public":
        body.append(f" · {source.audience}, not to be sent", style="red")
    if source.effective_from or source.effective_until:
        body.append(f"\nin force {source.effective_from or '…'} – {source.effective_until or '…'}", style="dim")
    if suggestion.period is not None:
        body.append(f"\n{suggestion.period.note}", style="magenta")
    if suggestion.why is not None:
        body.append(_explained(suggestion.why), style="dim")
    return Panel(body, title=f"{before}{suggestion.rank} · {suggestion.confidence:.0%}", title_align="left")


def _reply(suggestion: Suggestion) -> Text:
    """The reply, the words that answer marked where it stands in the snippet as it is."""
    snippet, body = suggestion.snippet, Text(suggestion.reply or "(nothing to send)")
    before = snippet.text.find(suggestion.reply) if suggestion.reply else -1
    if before >= 0:
        for start, stop in snippet.words:
            if start >= before and stop <= before + len(suggestion.reply):
                body.stylize("bold underline", start - before, stop - before)
    return body
