from __future__ import annotations

from indexer import upkeep
from indexer.upkeep import MOST, Fill, absorbed, sizes


def test_a_large_segment_is_left_alone() -> None:
    assert absorbed([Fill(10_000, 10_000)], 5) == set()


def test_small_ones_are_gathered_as_long_as_they_are_not_much_larger() -> None:
    # 5 gathers 8 (at most twice 5), then 13 gathers 20, and 33 does not gather 100.
    assert absorbed([Fill(100, 100), Fill(20, 20), Fill(8, 8)], 5) == {1, 2}
    assert absorbed([Fill(100, 100), Fill(20, 20), Fill(11, 11)], 5) == set()


def test_what_is_more_than_a_quarter_dead_is_written_anew() -> None:
    assert absorbed([Fill(750, 1000), Fill(74, 100), Fill(9000, 9000)], 0) == {1}
    assert absorbed([Fill(0, 10)], 0) == {0}


def test_there_are_never_more_than_so_many() -> None:
    fills = [Fill(10 ** (6 - n), 10 ** (6 - n)) for n in range(MOST)]
    taken = absorbed(fills, 0)
    assert taken == set()
    taken = absorbed([*fills[:-1], Fill(1000, 1000)], 1)
    assert len(fills) - len(taken) + 1 <= MOST
    assert 0 not in taken


def test_copies_stay_few_over_many_changes() -> None:
    segments, copied = [100_000], 0
    for _ in range(3_000):
        taken = absorbed([Fill(n, n) for n in segments], 5)
        size = 5 + sum(segments[n] for n in taken)
        copied += size - 5
        segments = [n for place, n in enumerate(segments) if place not in taken] + [size]
        assert len(segments) <= MOST
    assert segments[0] == 100_000
    assert copied <= 8 * 3_000 * 5


def test_a_build_from_nothing_is_parted_by_size() -> None:
    assert sizes([10] * 100) == [100]
    assert sizes([]) == []
    assert sizes([20_000, 20_000, 5]) == [1, 2]
    assert sizes([upkeep._LARGEST] * 8) == [2, 2, 2, 2]
