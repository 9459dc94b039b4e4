from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from kb.article import Article
from kb.moment import NaiveMomentError, parse_moment
from kb.question import Context
from kb.validity import Validity, ends, instant
from tests.support.articles import ZONE, make_article

NOW = datetime.fromisoformat("2026-11-22T12:00:00+08:00")


def moment(written: str) -> datetime:
    return parse_moment(written, ZONE)


def in_force(
    articles: list[Article],
    now: datetime = NOW,
    *,
    at: str | None = None,
    as_of: str | None = None,
    channel: str | None = None,
    product: str | None = None,
) -> list[str]:
    context = Context(
        product=product, channel=channel, at=moment(at) if at else None, as_of=moment(as_of) if as_of else None
    )
    mask = Validity(articles).in_force(context, now)
    return [a.id for a, allowed in zip(articles, mask, strict=True) if allowed]


PROMOTION = make_article(
    "promo", kind="promotion", effective_from="2026-11-20T00:00:00+08:00", effective_until="2026-11-27T00:00:00+08:00"
)


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-19T23:59:59.999999+08:00", []),
        ("2026-11-20T00:00:00+08:00", ["promo"]),
        ("2026-11-19T16:00:00+00:00", ["promo"]),  # the same moment in UTC
        ("2026-11-19T15:59:59+00:00", []),
        ("2026-11-26T23:59:59.999999+08:00", ["promo"]),
        ("2026-11-27T00:00:00+08:00", []),  # the end is exclusive
        ("2026-11-26T16:00:00Z", []),
        ("2026-11-20", ["promo"]),  # a bare date is 00:00 in the shop's zone
        ("2026-11-27", []),
    ],
)
def test_window_is_half_open_to_the_microsecond(at: str, expected: list[str]) -> None:
    assert in_force([PROMOTION], at=at) == expected


@pytest.mark.parametrize("at", ["1971-01-01", "2026-11-22", "2999-12-31"])
def test_open_ends_never_close(at: str) -> None:
    assert in_force([make_article("open")], at=at) == ["open"]


def test_absent_at_is_now() -> None:
    assert in_force([PROMOTION], now=moment("2026-11-26T23:59:59+08:00")) == ["promo"]
    assert in_force([PROMOTION], now=moment("2026-11-27T00:00:00+08:00")) == []


OLD = make_article("old", kind="return-rule")
NEW = make_article("new", kind="return-rule", supersedes="old", effective_from="2026-09-01T00:00:00+08:00")
NEWEST = make_article("newest", kind="return-rule", supersedes="new", effective_from="2026-12-01T00:00:00+08:00")


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({"at": "2026-08-31T23:59:59+08:00"}, ["old"]),
        ({"at": "2026-09-01T00:00:00+08:00"}, ["new"]),
        ({"at": "2026-11-30T23:59:59+08:00"}, ["new"]),
        ({"at": "2026-12-01"}, ["newest"]),
        ({}, ["new"]),
        # The order was placed before the rule changed, the question is asked after.
        ({"at": "2026-11-22", "as_of": "2026-08-31"}, ["old"]),
        ({"at": "2026-12-05", "as_of": "2026-11-30"}, ["new"]),
        ({"as_of": "2026-12-01"}, ["newest"]),
    ],
)
def test_supersedes_ends_the_older_at_the_very_second(context: dict[str, Any], expected: list[str]) -> None:
    assert in_force([OLD, NEW, NEWEST], **context) == expected


def test_an_own_end_before_the_successor_leaves_a_gap() -> None:
    old = make_article("old", effective_until="2026-08-01")
    new = make_article("new", supersedes="old", effective_from="2026-09-01")
    assert in_force([old, new], at="2026-08-15") == []


def test_a_successor_that_ended_does_not_bring_the_older_back() -> None:
    new = make_article("new", supersedes="old", effective_from="2026-09-01", effective_until="2026-10-01")
    assert in_force([OLD, new], at="2026-10-02") == []


def test_a_successor_without_start_ends_the_older_for_good() -> None:
    new = make_article("new", supersedes="old")
    assert in_force([OLD, new], at="1990-01-01") == ["new"]


def test_an_unknown_predecessor_changes_nothing() -> None:
    assert ends([NEW]) == [None]


def test_playbooks_and_phrases_go_by_the_clock_not_by_the_order() -> None:
    playbook = make_article("play", kind="playbook", effective_from="2026-10-01")
    phrase = make_article("phrase", kind="phrase", effective_from="2026-10-01")
    rule = make_article("rule", kind="policy", effective_from="2026-10-01")
    assert in_force([playbook, phrase, rule], as_of="2026-09-01") == ["play", "phrase"]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        ({}, ["everywhere", "jd", "both"]),
        ({"channel": "jd"}, ["everywhere", "jd", "both"]),
        ({"channel": "JD"}, ["everywhere", "jd", "both"]),
        ({"channel": "douyin"}, ["everywhere", "both"]),
        ({"channel": "unheard-of"}, ["everywhere"]),
        ({"channel": ""}, ["everywhere", "jd", "both"]),
    ],
)
def test_channels(context: dict[str, Any], expected: list[str]) -> None:
    articles = [
        make_article("everywhere"),
        make_article("jd", channels=["jd"]),
        make_article("both", channels=["jd", "douyin"]),
    ]
    assert in_force(articles, **context) == expected


@pytest.mark.parametrize("product", ["QY-W10", "qy-w10", "ＱＹ－Ｗ10", "qy w10", "QYW10"])
def test_products_compare_without_case_width_spaces_and_dashes(product: str) -> None:
    articles = [
        make_article("w10", products=["QY-W10"]),
        make_article("w10s", products=["QY-W10S"]),
        make_article("all"),
    ]
    assert in_force(articles, product=product) == ["w10", "all"]


def test_verdicts_name_the_rule_that_filtered() -> None:
    articles = [
        OLD,
        NEW,
        NEWEST,
        make_article("jd", channels=["jd"]),
        make_article("w10", products=["QY-W10"]),
    ]
    validity = Validity(articles)
    context = Context(channel="douyin", product="QY-K15")
    reasons = [validity.verdict(i, context, NOW).reason for i in range(len(articles))]
    assert reasons == [
        "ended on 2026-09-01T00:00:00+08:00",
        None,
        "in force only from 2026-12-01T00:00:00+08:00",
        "applies to channel jd only",
        "applies to product QY-W10 only",
    ]


@pytest.mark.parametrize(
    ("context", "expected"),
    [
        # Less than in force: what the context leaves open is not sure.
        (Context(), ["everywhere"]),
        (Context(channel="jd"), ["everywhere", "jd"]),
        (Context(channel="ＪＤ"), ["everywhere", "jd"]),
        (Context(channel="douyin"), ["everywhere"]),
        (Context(channel=""), ["everywhere"]),
        (Context(product="qy w10"), ["everywhere", "w10"]),
        (Context(product="QY-W10S"), ["everywhere"]),
        # Both limits are to be met.
        (Context(channel="jd", product="QY-W10"), ["everywhere", "jd", "w10", "w10 on jd"]),
        (Context(channel="douyin", product="QY-K15"), ["everywhere", "either"]),
        (Context(channel="jd", product="QY-K15"), ["everywhere", "jd"]),
        # The clock has no say in it.
        (Context(at=moment("1990-01-01")), ["everywhere"]),
    ],
)
def test_applies_for_sure(context: Context, expected: list[str]) -> None:
    names = {
        "everywhere": make_article("everywhere", effective_from="2026-09-01"),
        "jd": make_article("jd", channels=["jd"]),
        "w10": make_article("w10", products=["QY-W10"]),
        "w10 on jd": make_article("w10-jd", channels=["jd"], products=["QY-W10"]),
        "either": make_article("either", channels=["douyin", "taobao"], products=["QY-K15", "QY-B7"]),
    }
    sure = Validity(list(names.values())).applies_for_sure(context)
    assert [name for name, applies in zip(names, sure, strict=True) if applies] == expected


def test_no_articles() -> None:
    assert in_force([]) == []
    assert Validity([]).applies_for_sure(Context(channel="jd", product="QY-W10")).shape == (0,)


def test_instant_is_exact_and_refuses_naive_times() -> None:
    assert instant(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=1)) == 1
    assert instant(datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)) == -1_000_000
    with pytest.raises(ValueError, match="no offset"):
        instant(datetime(2026, 1, 1))


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("2026-11-01", "2026-10-31T16:00:00+00:00"),
        ("2026-11-01T24:00+08:00", "2026-11-01T16:00:00+00:00"),
        (" 2026-11-01T08:00:00Z ", "2026-11-01T08:00:00+00:00"),
    ],
)
def test_parse_moment(written: str, expected: str) -> None:
    assert parse_moment(written, ZONE) == datetime.fromisoformat(expected)


def test_parse_moment_refuses() -> None:
    with pytest.raises(NaiveMomentError, match="add \\+08:00"):
        parse_moment("2026-11-01T08:00:00", ZONE)
    with pytest.raises(ValueError, match="is not a time"):
        parse_moment("明天", ZONE)
    with pytest.raises(ValueError, match="out of range"):
        parse_moment("0001-01-01T00:00:00+08:00", ZONE)


def soon(articles: list[Article], hours: float = 48, **context: str) -> list[str] | None:
    said = {k: moment(v) if k in ("at", "as_of") else v for k, v in context.items()}
    mask = Validity(articles).soon(Context(**said), NOW, timedelta(hours=hours))  # type: ignore[arg-type]
    return None if mask is None else [a.id for a, begins in zip(articles, mask, strict=True) if begins]


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-17T23:59:59.999999+08:00", None),
        ("2026-11-18T00:00:00+08:00", ["promo"]),  # 48 hours before, to the microsecond
        ("2026-11-19T23:59:59.999999+08:00", ["promo"]),
        ("2026-11-20T00:00:00+08:00", None),  # in force
        ("2026-11-27T00:00:00+08:00", None),  # over
    ],
)
def test_what_begins_soon(at: str, expected: list[str] | None) -> None:
    assert soon([make_article("open"), PROMOTION], at=at) == expected


def test_nothing_begins_soon_where_it_is_switched_off() -> None:
    assert soon([PROMOTION], hours=0, at="2026-11-19T23:59:59.999999+08:00") is None
    assert soon([PROMOTION], hours=0, at="2026-11-20T00:00:00+08:00") is None
    assert soon([]) is None


def test_what_begins_soon_meets_channel_and_product() -> None:
    start = "2026-11-23T00:00:00+08:00"
    articles = [
        make_article("jd", channels=["jd"], effective_from=start),
        make_article("w10", products=["QY-W10"], effective_from=start),
        make_article("all", effective_from=start),
    ]
    assert soon(articles) == ["jd", "w10", "all"]
    assert soon(articles, channel="douyin", product="qy w10") == ["w10", "all"]
    assert soon(articles[:1], channel="douyin") is None


def test_to_an_order_of_the_past_only_what_goes_by_the_clock_comes_soon() -> None:
    start = "2026-11-23T00:00:00+08:00"
    articles = [make_article("rule", effective_from=start), make_article("play", kind="playbook", effective_from=start)]
    assert soon(articles, as_of="2026-11-01") == ["play"]


def test_what_is_superseded_before_it_begins_never_comes() -> None:
    first = make_article("first", effective_from="2026-11-23T00:00:00+08:00")
    second = make_article("second", supersedes="first", effective_from="2026-11-22T20:00:00+08:00")
    assert soon([first, second]) == ["second"]
