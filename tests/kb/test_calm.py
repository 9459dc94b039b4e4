from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from kb import calm
from kb.article import Article, Audience
from kb.assistant import Assistant
from kb.library import ShopWords
from kb.mood import MoodKind
from kb.moods import MoodWords
from kb.question import Context, Question
from kb.suggestion import Calm, ReplyKind
from tests.support.articles import make_article
from tests.support.library import NOW, build_generation, small_library
from tests.support.toy_encoder import ToyEncoder

WORDS = ("顾客", "生气", "投诉", "差评", "着急", "安抚", "退货", "运费", "洗衣机", "发票", "优惠", "快递")

STEPS = "先听。\n\n## 步骤\n\n1. 听完\n2. 认下\n\n## 不能做\n\n不反问。"
REPLIES = "何时用。\n\n## 顾客生气\n\n```reply\n抱歉让您碰到了。\n```\n\n## 顾客着急\n\n```reply\n我马上查。\n```"


def calming(**changes: object) -> list[Article]:
    return [
        *small_library(),
        make_article("calm", "安抚生气的顾客", STEPS, "playbook", audience="internal", **changes),
        make_article("review", "顾客给差评怎么办", "1. 问哪里不满意\n2. 报组长", "playbook", audience="internal"),
        make_article("opening", "安抚开场：顾客着急", REPLIES, "phrase"),
    ]


def assistant_of(articles: Sequence[Article], var: Path, words: ShopWords | None = None) -> Assistant:
    encoder = ToyEncoder(WORDS)
    return Assistant(build_generation(articles, var, encoder, words), encoder, clock=lambda: NOW)


@pytest.fixture(scope="module")
def assistant(tmp_path_factory: pytest.TempPathFactory) -> Assistant:
    return assistant_of(calming(), tmp_path_factory.mktemp("calm"))


def calm_of(assistant: Assistant, text: str) -> Calm:
    calm = assistant.suggest(Question(text)).calm
    assert calm is not None
    return calm


def test_an_angry_customer(assistant: Assistant) -> None:
    calm = calm_of(assistant, "退货退不了，气死我了")
    assert calm.mood.kind is MoodKind.ANGER
    assert [(word.text, word.start, word.end) for word in calm.mood.words] == [("气死", 6, 8)]
    assert calm.advice is not None
    assert calm.opening is not None
    assert (calm.advice.kind, calm.advice.text) == (ReplyKind.ADVICE, "1. 听完\n2. 认下")
    assert calm.advice.source.article == "calm"
    assert calm.advice.source.headings == ("步骤",)
    assert calm.advice.source.audience is Audience.INTERNAL
    # Of the two blocks that whose heading names the mood.
    assert (calm.opening.kind, calm.opening.text) == (ReplyKind.APPROVED, "抱歉让您碰到了。")
    assert calm.opening.source.url == "/v1/articles/opening"


def test_a_bad_review_and_a_complaint_have_procedures_of_their_own(assistant: Assistant) -> None:
    review, complaint = calm_of(assistant, "不处理就给差评"), calm_of(assistant, "我要投诉")
    assert review.advice is not None
    assert complaint.advice is not None
    assert review.advice.source.article == "review"
    assert complaint.advice.source.article == "calm"


def test_a_customer_in_a_hurry(assistant: Assistant) -> None:
    calm = calm_of(assistant, "急用，快递到哪了")
    assert calm.mood.kind is MoodKind.URGENCY
    assert calm.advice is None
    assert calm.opening is not None
    assert calm.opening.text == "我马上查。"


def test_it_stands_beside_the_answer_and_changes_nothing(assistant: Assistant) -> None:
    angry = assistant.suggest(Question("退货的运费，气死我了"))
    assert angry.suggestions[0].source.article == "return-new"
    assert "calm" not in angry.took_ms
    assert assistant.suggest(Question("退货的运费")).calm is None


def test_nothing_where_the_library_has_nothing(tmp_path: Path) -> None:
    calm = calm_of(assistant_of(small_library(), tmp_path), "气死我了")
    assert (calm.mood.kind, calm.advice, calm.opening) == (MoodKind.ANGER, None, None)


def test_what_is_not_in_force_gives_no_advice_and_is_asked_for_each_question(tmp_path: Path) -> None:
    assistant = assistant_of(calming(effective_from="2026-12-01"), tmp_path)
    for at, article in (("2026-11-22", None), ("2026-12-01", "calm"), ("2026-11-22", None)):
        moment = NOW.replace(month=int(at[5:7]), day=int(at[8:]))
        calm = assistant.suggest(Question("气死我了", context=Context(at=moment))).calm
        assert calm is not None
        assert (calm.advice and calm.advice.source.article) == article


def test_an_internal_phrase_is_no_opening_and_a_public_policy_no_advice(tmp_path: Path) -> None:
    articles = [
        *small_library(),
        make_article("opening", "安抚开场：顾客生气", REPLIES, "phrase", audience="internal"),
        make_article("policy", "安抚生气的顾客", STEPS),
    ]
    calm = calm_of(assistant_of(articles, tmp_path), "气死我了")
    assert calm.opening is None
    assert calm.advice is not None
    assert calm.advice.source.article == "opening"  # internal text is advice, whatever its kind


def test_an_article_that_only_sounds_alike_is_none(tmp_path: Path) -> None:
    # 洗衣机 is as near as anything to the sentence, but no word of it speaks of the mood.
    articles = [make_article("x", "顾客", "顾客。", "playbook", audience="internal"), *small_library()]
    assert calm_of(assistant_of(articles, tmp_path), "气死我了").advice is None


def test_each_sentence_is_encoded_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(calm, "_QUERIES", {})
    assistant = assistant_of(calming(), tmp_path)
    asked: list[str] = []
    encoder = assistant._encoder
    encode = encoder.encode_queries

    def counted(texts: Sequence[str]) -> object:
        asked.extend(texts)
        return encode(texts)

    encoder.encode_queries = counted  # type: ignore[method-assign, assignment]
    for _ in range(3):
        assistant.suggest(Question("气死我了"))
    assert len(asked) == 3 + 2


def test_nothing_is_encoded_for_a_mood_after_warming_up(tmp_path: Path) -> None:
    assistant = assistant_of(calming(), tmp_path)
    assistant.warm_up()
    asked: list[str] = []
    encode = assistant._encoder.encode_queries

    def counted(texts: Sequence[str]) -> object:
        asked.extend(texts)
        return encode(texts)

    assistant._encoder.encode_queries = counted  # type: ignore[method-assign, assignment]
    for message in ("气死我了", "我要投诉", "给差评", "急用"):
        assert assistant.suggest(Question(message)).calm is not None
    assert len(asked) == 4


def test_a_shop_own_words(tmp_path: Path) -> None:
    words = ShopWords(moods=replace(MoodWords(), anger=("翻车",)))
    assistant = assistant_of(calming(), tmp_path, words)
    assert calm_of(assistant, "又翻车了").mood.kind is MoodKind.ANGER
    assert assistant.suggest(Question("气死我了")).calm is None
