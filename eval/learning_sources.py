"""The sets that weights are learned on, and how much each counts: for learning them and for trying labels."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from eval.desk import Desk
from eval.learn import OF_SHOPS
from eval.pairs_file import read_pairs
from eval.pairs_library import pair_libraries
from eval.source import Source, read_source
from kb.settings import Settings


def learning_sources(
    settings: Settings, questions: Path | None, beir: Sequence[Path], pairs: Path | None
) -> list[tuple[Source, float]]:
    """Each set with its weight, a shop's own first: as it is written and as a desk sends it, half the weight each.

    A library that knows neither channels nor products is sent nothing else. Public sets count 1 each; all libraries
    of training pairs together as much as a shop's own set. Raises what `read_source` and `read_pairs` raise.
    """
    found: list[tuple[Source, float]] = []
    if questions is not None:
        shop = read_source(settings, questions, None)
        sent = _from_a_desk(shop)
        shops = [shop] if sent.questions == shop.questions else [shop, sent]
        found += [(one, OF_SHOPS / len(shops)) for one in shops]
    found += [(read_source(settings, None, folder), 1.0) for folder in beir]
    libraries = [] if pairs is None else pair_libraries(pairs, read_pairs(pairs))
    return found + [(library, OF_SHOPS / len(libraries)) for library in libraries]


def _from_a_desk(source: Source) -> Source:
    desk = Desk(source.articles)
    return replace(
        source, name=f"{source.name} from a desk", questions=tuple(desk.sent(one) for one in source.questions)
    )
