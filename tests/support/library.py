"""A small library over the ToyEncoder, built and loaded, for tests that need a whole generation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

from indexer.build import build
from indexer.generation import Generation
from indexer.store import GenerationStore
from kb.article import Article
from kb.assistant import Assistant, AssistantSettings
from kb.library import ShopWords
from tests.support.articles import make_article
from tests.support.toy_encoder import ToyEncoder

NOW = datetime.fromisoformat("2026-11-22T12:00:00+08:00")
LIBRARY = "articles"


def small_library() -> list[Article]:
    """A rule in two versions, a promotion over a policy, one channel, one product, an internal procedure."""
    return [
        make_article("return-old", "退货规则", "退货的运费最多补 12 元。", "return-rule"),
        make_article(
            "return-new",
            "退货规则",
            "退货的运费最多补 25 元。",
            "return-rule",
            supersedes="return-old",
            effective_from="2026-09-01",
        ),
        make_article("coupon", "优惠说明", "优惠券不能叠加。"),
        make_article(
            "festival",
            "感恩周",
            "感恩周优惠：满 100 减 20。",
            "promotion",
            overrides=["coupon"],
            effective_from="2026-11-20",
            effective_until="2026-11-27",
        ),
        make_article("invoice-jd", "京东发票", "发票由京东开具。", channels=["jd"]),
        make_article("washer", "洗衣机", "洗衣机容量 10 公斤。", "product", products=["QY-W10"]),
        make_article("refund", "快递丢件", "1. 查快递\n2. 补发", "playbook", audience="internal"),
    ]


def build_generation(
    articles: Sequence[Article], var: Path, encoder: ToyEncoder | None = None, words: ShopWords | None = None
) -> Generation:
    """Build, activate and load."""
    encoder = encoder or ToyEncoder()
    store = GenerationStore(var)
    store.activate(build(articles, encoder, var, words=words or ShopWords()), LIBRARY)
    return store.load(encoder.fingerprint, LIBRARY)


def make_assistant(
    articles: Sequence[Article],
    var: Path,
    settings: AssistantSettings | None = None,
    now: datetime = NOW,
    words: ShopWords | None = None,
) -> Assistant:
    """An Assistant over these articles, whose clock stands still."""
    encoder = ToyEncoder()
    return Assistant(build_generation(articles, var, encoder, words), encoder, settings, clock=lambda: now)
