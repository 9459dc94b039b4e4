from __future__ import annotations

from api.waiting_line import WaitingLine


def drained(line: WaitingLine[str]) -> list[str]:
    found = []
    while (one := line.take()) is not None:
        found.append(one)
    return found


def test_clients_take_turns_and_one_is_not_behind_a_hundred() -> None:
    line: WaitingLine[str] = WaitingLine(1000)
    for number in range(100):
        assert line.put("many", "", f"m{number}") is None
    assert line.put("one", "", "o") is None
    assert (len(line), line.take(), line.take(), line.take(), len(line)) == (101, "m0", "o", "m1", 98)


def test_seats_of_one_client_take_turns_within_its_turns() -> None:
    line: WaitingLine[str] = WaitingLine(10)
    for seat, name in (("a", "a1"), ("a", "a2"), ("a", "a3"), ("b", "b1")):
        line.put("desk", seat, name)
    line.put("other", "c", "o1")
    line.put("other", "c", "o2")
    assert drained(line) == ["a1", "o1", "b1", "o2", "a2", "a3"]
    assert len(line) == 0


def test_a_full_line_refuses_the_one_that_fills_it() -> None:
    line: WaitingLine[str] = WaitingLine(2)
    line.put("many", "", "m1")
    line.put("many", "", "m2")
    assert line.put("many", "", "m3") == "m3"
    assert drained(line) == ["m1", "m2"]


def test_the_last_of_the_longest_leaves_for_somebody_with_less() -> None:
    line: WaitingLine[str] = WaitingLine(4)
    for seat, name in (("a", "a1"), ("a", "a2"), ("b", "b1"), ("a", "a3")):
        line.put("many", seat, name)
    assert line.put("one", "", "o1") == "a3"
    assert line.put("one", "", "o2") == "a2"
    # Two and two: nobody has so much more that it must leave.
    assert line.put("one", "", "o3") == "o3"
    assert drained(line) == ["a1", "o1", "b1", "o2"]


def test_who_leaves_is_not_waited_for() -> None:
    line: WaitingLine[str] = WaitingLine(4)
    line.put("x", "s", "x1")
    line.put("x", "s", "x2")
    assert line.remove("x", "s", "x1")
    assert not line.remove("x", "s", "x1")
    assert not line.remove("x", "t", "x2")
    assert not line.remove("y", "s", "x2")
    assert (len(line), drained(line), len(line)) == (1, ["x2"], 0)
