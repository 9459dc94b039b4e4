"""What can be wrong between the articles of one folder: names, references, and versions of one rule."""

from __future__ import annotations

import difflib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime
from itertools import combinations

from kb.article import Article
from kb.errors import Problem


def duplicate_ids(places: Sequence[tuple[str, str, int]]) -> Iterator[Problem]:
    """Articles that share an id.

    places: `(id, path, line)` of every article, the line being that of its `id`, or 1.
    """
    first: dict[str, str] = {}
    for name, path, line in places:
        if name in first:
            yield Problem(path, line, f"the id `{name}` is taken by {first[name]}", "give one another `id`")
        first.setdefault(name, path)


def library_problems(articles: Sequence[Article], ids: Collection[str]) -> list[Problem]:
    """Every problem between articles: references, cycles, overlapping versions.

    ids: the ids of all files, those with problems of their own included.
    """
    by_id = {article.id: article for article in reversed(articles)}
    return [
        *(problem for article in articles for problem in _references(article, ids)),
        *_cycles(articles, by_id),
        *_never_applies(articles, by_id),
        *_overlaps(articles),
    ]


def _line(article: Article, name: str) -> int:
    return article.field_lines.get(name, 1)


def _references(article: Article, ids: Collection[str]) -> Iterator[Problem]:
    named = [("supersedes", article.supersedes, _line(article, "supersedes"))] if article.supersedes else []
    named += [
        ("overrides", other, _line(article, f"overrides[{index}]")) for index, other in enumerate(article.overrides)
    ]
    for name, other, line in named:
        if other == article.id:
            yield Problem(article.path, line, f"the article {name} itself", "name another one or take it out")
        elif other not in ids:
            what = f"`{name}` names an article that does not exist: {other}"
            yield Problem(article.path, line, what, _nearest(str(other), ids))


def _nearest(name: str, ids: Collection[str]) -> str:
    close = difflib.get_close_matches(name, ids, n=1)
    return f"did you mean `{close[0]}`?" if close else "write the id of an article in this folder"


def _cycles(articles: Sequence[Article], by_id: Mapping[str, Article]) -> Iterator[Problem]:
    """Articles that replace one another in a circle; each circle once, at its first article."""
    done: set[str] = set()
    for article in articles:
        trail: dict[str, None] = {}
        current: Article | None = article
        while current and current.id not in trail and current.id not in done:
            trail[current.id] = None
            current = by_id.get(current.supersedes or "")
        done.update(trail)
        if current and current.id in trail and current.supersedes != current.id:
            names = list(trail)
            circle = names[names.index(current.id) :]
            first = min((by_id[name] for name in circle), key=lambda one: one.path)
            turn = circle.index(first.id)
            shown = " → ".join([*circle[turn:], *circle[:turn], first.id])
            yield Problem(
                first.path,
                _line(first, "supersedes"),
                f"a cycle in `supersedes`: {shown}",
                "take `supersedes` out of the oldest one",
            )


def _never_applies(articles: Sequence[Article], by_id: Mapping[str, Article]) -> Iterator[Problem]:
    """An article that starts no later than the one it replaces, which so would never be in force.

    Without `effective_from` it says plainly that it replaces the older one altogether; that is accepted.
    """
    for article in articles:
        older = by_id.get(article.supersedes or "")
        if older is None or older is article or not article.effective_from or not older.effective_from:
            continue
        if article.effective_from <= older.effective_from:
            what = (
                f"it starts ({article.effective_from.isoformat()}) no later than `{older.id}`, which it "
                f"supersedes ({older.effective_from.isoformat()}), so that one never applies"
            )
            mend = "start it later, or delete the older article"
            yield Problem(article.path, _line(article, "effective_from"), what, mend)


def _overlaps(articles: Sequence[Article]) -> Iterator[Problem]:
    """Two articles that replace the same one at the same time, in the same channel, for the same product."""
    heirs: dict[str, list[Article]] = defaultdict(list)
    for article in articles:
        if article.supersedes and article.supersedes != article.id:
            heirs[article.supersedes].append(article)
    for older, versions in heirs.items():
        for one, other in combinations(versions, 2):
            if _both_in_force(one, other) and one.id != other.id:
                what = f"overlapping versions: `{one.id}` and `{other.id}` both supersede `{older}`"
                mend = f"let `{other.id}` supersede `{one.id}`, or part their times, channels or products"
                yield Problem(other.path, _line(other, "supersedes"), what, mend)


def _both_in_force(one: Article, other: Article) -> bool:
    return (
        _before(one.effective_from, other.effective_until)
        and _before(other.effective_from, one.effective_until)
        and _share(one.channels, other.channels)
        and _share(one.products, other.products)
    )


def _before(start: datetime | None, end: datetime | None) -> bool:
    return start is None or end is None or start < end


def _share(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether two lists meet; an empty one means all."""
    folded = {text.casefold() for text in others}
    return not some or not others or any(text.casefold() in folded for text in some)
