"""What a receipt says of each change: from when it applies, and for a withdrawal what is left of it: nothing."""

from __future__ import annotations

from collections.abc import Mapping

from indexer.cache import VectorCache
from indexer.publishing.receipt import ChangeReceipt, Withdrawal
from indexer.workspace import Workspace
from kb.errors import ArticlesError
from kb.folder import read_article
from kb.index import Index
from kb.splitter import split
from kb.store.library_store import LibraryStore
from kb.store.records import AppliedChange, Publication


def change_receipts(
    publication: Publication,
    index: Index,
    store: LibraryStore,
    workspace: Workspace,
    gone: Mapping[str, Mapping[str, int]],
) -> tuple[ChangeReceipt, ...]:
    """The receipts of a publication's changes over its generation; vectors of withdrawn texts are forgotten.

    gone: for each serving process the articles that its last switch took away, with the passages left of each.
    """
    withdrawn = [change for change in publication.changes if change.revision is None]
    proofs = _withdrawals(withdrawn, index, store, workspace, gone) if withdrawn else {}
    return tuple(_receipt(change, index, proofs.get(change.name)) for change in publication.changes)


def revived(old: Index | None, new: Index) -> list[str]:
    """A warning for each article that ends later than before, or no more, since what replaced it is gone or moved.

    Its own text is the same: an owner who withdraws a rule may not think of the older one that then applies again.
    """
    found = []
    for number, article in enumerate(new.articles):
        before = old.ordinal(article.id) if old is not None else None
        if old is None or before is None or old.articles[before].effective_until != article.effective_until:
            continue
        was, now = old.validity.end_of(before), new.validity.end_of(number)
        if was is not None and (now is None or now > was):
            until = f"until {now.isoformat()}" if now else "with no end"
            found.append(
                f"`{article.id}` applies again after {was.isoformat()}, {until}: archive it too if it must not"
            )
    return found


def _receipt(change: AppliedChange, index: Index, proof: Withdrawal | None) -> ChangeReceipt:
    ordinal = index.ordinal(change.name)
    if ordinal is None:
        return ChangeReceipt(change.name, change.revision, change.before, withdrawal=proof)
    article = index.articles[ordinal]
    until = index.validity.end_of(ordinal)
    return ChangeReceipt(change.name, change.revision, change.before, article.effective_from, until, proof)


def _withdrawals(
    changes: list[AppliedChange],
    index: Index,
    store: LibraryStore,
    workspace: Workspace,
    gone: Mapping[str, Mapping[str, int]],
) -> dict[str, Withdrawal]:
    cache = VectorCache(workspace.settings.var, workspace.encoder.fingerprint, workspace.encoder.dimension)
    kept = {passage.hash for passage in index.passages}
    found = {}
    for change in changes:
        texts = _texts(change.name, store, workspace) - kept
        cache.forget(sorted(texts))
        ordinal = index.ordinal(change.name)
        found[change.name] = Withdrawal(
            passages=len(index.passages_of(ordinal)) if ordinal is not None else 0,
            cached=cache.count(sorted(texts)),
            in_processes={process: left[change.name] for process, left in gone.items() if change.name in left},
        )
    return found


def _texts(name: str, store: LibraryStore, workspace: Workspace) -> set[str]:
    """The content hashes of every passage that any revision of an article ever had."""
    found: set[str] = set()
    for info in store.revisions(name):
        if not info.path.lower().endswith(".md"):
            continue
        raw = store.revision(name, info.number).raw
        try:
            article = read_article(raw.decode("utf-8-sig"), info.path, workspace.settings.zone)
        except (ArticlesError, UnicodeDecodeError):
            continue  # it was never indexed
        found.update(passage.hash for passage in split(article))
    return found
