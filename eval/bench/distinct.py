"""Questions for a load: as customers write them, none like another so that no cache can answer, and a mix that repeats.

First every real question as it is (the shop's set, the pairs that the encoder learned from); then the same with another
product, number or model of the library in it. The same seed always gives the same questions.
"""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from eval.errors import EvaluationError
from kb.normalise import normalise

_HERE = Path(__file__).parents[1]
_NUMBER = re.compile(r"\d+")
_MOST_DRAWS = 20


def real_questions() -> list[str]:
    """The questions that stand in the evaluation's sets and pairs, each once."""
    found: list[str] = []
    for path in (_HERE / "sets" / "shop.jsonl", *sorted((_HERE / "pairs").glob("*.jsonl"))):
        for line in path.read_text(encoding="utf-8").splitlines():
            row = json.loads(line)
            found += [row["question"]] if "question" in row else [*row["questions"], *row.get("near_misses", ())]
    return list(dict.fromkeys(found))


def distinct_questions(real: Sequence[str], products: Sequence[str], seed: int = 1) -> Iterator[str]:
    """Questions without end, no two of them the same once they are normalised as the program does it.

    Raises EvaluationError once too few products are there to make another of.
    """
    dice = random.Random(seed)  # noqa: S311 (no secrets)
    shuffled = sorted(set(real))
    dice.shuffle(shuffled)
    asked: set[str] = set()
    for text in itertools.chain(shuffled, _varied(shuffled, sorted(set(products)), dice)):
        if (key := normalise(text)) and key not in asked:
            asked.add(key)
            yield text


def _varied(real: Sequence[str], products: Sequence[str], dice: random.Random) -> Iterator[str]:
    longest_first = sorted(products, key=len, reverse=True)
    named = re.compile("|".join(map(re.escape, longest_first))) if products else None
    misses, seen = 0, set()
    while True:
        text = dice.choice(real)
        if named is not None and named.search(text):
            text = named.sub(lambda _: dice.choice(products), text, count=1)
        elif products:
            text = f"{dice.choice(products)} {text}"
        text = _NUMBER.sub(lambda found: str(dice.randint(1, max(9, 2 * int(found[0])))), text)
        misses = misses + 1 if text in seen else 0
        if misses > _MOST_DRAWS * len(real):
            raise EvaluationError(f"{len(real)} questions and {len(products)} products make no more distinct ones")
        seen.add(text)
        yield text


def with_repeats(fresh: Iterable[str], share: float, seed: int = 1) -> Iterator[str]:
    """A mix of which that share (0..1) was asked before; what was asked often is asked again more often (Yule 1925)."""
    dice = random.Random(seed)  # noqa: S311 (no secrets)
    asked: list[str] = []
    left = iter(fresh)
    while True:
        text = dice.choice(asked) if asked and dice.random() < share else next(left, None)
        if text is None:
            return
        asked.append(text)
        yield text
