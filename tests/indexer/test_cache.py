from __future__ import annotations

import sqlite3
from pathlib import Path

import numpy as np
import pytest

from indexer.build import build
from indexer.cache import Cached, Held, VectorCache
from indexer.compact import CompactTokens, compacted
from indexer.late import QuantisedTokens
from tests.support.articles import make_article
from tests.support.library import small_library
from tests.support.toy_encoder import ToyEncoder


def entry(*values: float, tokens: int = 2) -> Cached:
    d = len(values)
    return (
        np.array(values, np.float32),
        QuantisedTokens(
            np.arange(tokens * d, dtype=np.int8).reshape(tokens, d),
            np.linspace(0.1, 0.2, tokens, dtype=np.float32),
            np.arange(tokens * 2, dtype=np.int32).reshape(tokens, 2),
        ),
    )


def same(found: Cached, given: Cached) -> bool:
    return (
        np.array_equal(found[0], given[0])
        and np.array_equal(found[1].codes, given[1].codes)
        and np.array_equal(found[1].scales, given[1].scales)
        and np.array_equal(found[1].spans, given[1].spans)
    )


def same_compact(found: Held, given: Held) -> bool:
    one, other = found[1], given[1]
    assert isinstance(one, CompactTokens)
    assert isinstance(other, CompactTokens)
    return all(
        np.array_equal(a, b)
        for a, b in (
            (found[0], given[0]),
            (one.codes, other.codes),
            (one.scales, other.scales),
            (one.groups, other.groups),
            (one.spans, other.spans),
        )
    )


def file_of(var: Path) -> Path:
    (file,) = (var / "cache").glob("*.sqlite")
    return file


def test_round_trip(tmp_path: Path) -> None:
    given = {"a": entry(1, 2, 3), "b": entry(4, 5, 6, tokens=0)}
    VectorCache(tmp_path, "toy", 3).put(given)
    found = VectorCache(tmp_path, "toy", 3).get(["b", "unknown", "a"])
    assert found.keys() == given.keys()
    assert all(same(found[key], given[key]) for key in given)


def test_what_is_compact_takes_the_place_of_what_was_whole(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy", 4)
    full = entry(1, 2, 3, 4, tokens=7)
    small: Held = (full[0], compacted(full[1]))
    empty: Held = (full[0], compacted(entry(1, 2, 3, 4, tokens=0)[1]))
    cache.put({"a": full, "b": full})
    assert cache.get_compact(["a"]) == {}
    cache.put({"a": small, "c": empty})
    found = cache.get_compact(["a", "b", "c"])
    assert found.keys() == {"a", "c"}
    assert same_compact(found["a"], small)
    assert same_compact(found["c"], empty)
    assert cache.get(["a", "b", "c"]).keys() == {"b"}
    assert cache.count(["a", "b", "c"]) == 3
    cache.forget(["a", "c"])
    assert (cache.get(["a"]), cache.get_compact(["a", "c"])) == ({}, {})
    assert cache.count(["a", "b", "c"]) == 1


def test_nothing_asked_nothing_put(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy", 3)
    cache.put({})
    assert cache.get([]) == {}


def test_more_hashes_than_one_query_takes(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy", 1)
    given = {f"{n:04}": entry(n) for n in range(1234)}
    cache.put(given)
    found = cache.get(list(given))
    assert all(same(found[key], given[key]) for key in given)


def test_a_later_entry_replaces(tmp_path: Path) -> None:
    cache = VectorCache(tmp_path, "toy", 1)
    cache.put({"a": entry(1)})
    cache.put({"a": entry(2)})
    assert same(cache.get(["a"])["a"], entry(2))


def test_two_encoders_do_not_mix(tmp_path: Path) -> None:
    VectorCache(tmp_path, "one", 1).put({"a": entry(1)})
    other = VectorCache(tmp_path, "two", 1)
    assert other.get(["a"]) == {}
    other.put({"a": entry(2)})
    assert same(VectorCache(tmp_path, "one", 1).get(["a"])["a"], entry(1))


@pytest.mark.parametrize(
    "damage",
    [
        "vector = x'00'",
        "codes = x''",
        "scales = x'0000000000'",
        "spans = x'00'",
        "vector = x'000080FF0000803F'",  # as long as it was, other numbers
        "sum = x''",
        "hash = 'b'",  # the vectors of another text
    ],
)
def test_a_damaged_entry_is_unknown(tmp_path: Path, damage: str) -> None:
    cache = VectorCache(tmp_path, "toy", 2)
    cache.put({"a": entry(1, 2)})
    with sqlite3.connect(file_of(tmp_path)) as database:
        changed = database.execute(f"UPDATE entries SET {damage}").rowcount  # noqa: S608
    database.close()
    assert changed == 1
    assert cache.get(["a", "b"]) == {}


def test_a_file_that_is_no_database_is_begun_anew(tmp_path: Path) -> None:
    VectorCache(tmp_path, "toy", 1).put({"a": entry(1)})
    file_of(tmp_path).write_bytes(b"not a database" * 100)
    cache = VectorCache(tmp_path, "toy", 1)
    assert cache.get(["a"]) == {}
    cache.put({"a": entry(1)})
    assert same(cache.get(["a"])["a"], entry(1))


def test_a_file_torn_in_the_middle_is_begun_anew(tmp_path: Path) -> None:
    given = {f"{n:04}": entry(*range(100)) for n in range(200)}
    VectorCache(tmp_path, "toy", 100).put(given)
    file = file_of(tmp_path)
    raw = bytearray(file.read_bytes())
    raw[8192:-4096] = b"\xff" * (len(raw) - 8192 - 4096)
    file.write_bytes(raw)
    cache = VectorCache(tmp_path, "toy", 100)
    found = cache.get(list(given))
    assert all(same(found[key], given[key]) for key in found)
    cache.put(given)
    assert cache.get(list(given)).keys() == given.keys()


def test_nothing_is_encoded_twice(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    build(small_library(), encoder, tmp_path)
    assert len(encoder.encoded) == len(set(encoder.encoded)) == 7
    build([*small_library(), make_article("new", "运费", "新的运费。")], encoder, tmp_path)
    assert encoder.encoded[7:] == ["运费\n新的运费。"]


def test_the_same_text_twice_is_encoded_once(tmp_path: Path) -> None:
    encoder = ToyEncoder()
    build([make_article("a", "运费", "八元。"), make_article("b", "运费", "八元。")], encoder, tmp_path)
    assert encoder.encoded == ["运费\n八元。"]


def test_losing_the_cache_changes_no_byte(tmp_path: Path) -> None:
    one, two = tmp_path / "one", tmp_path / "two"
    name = build(small_library(), ToyEncoder(), one)
    build(small_library()[:3], ToyEncoder(), two)
    file_of(two).unlink()
    assert build(small_library(), ToyEncoder(), two) == name
    for path in sorted((one / "generations" / name).rglob("*.npy")):
        assert path.read_bytes() == (two / path.relative_to(one)).read_bytes()
