from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from kb.garbage import set_aside
from tests.support.answers import asked
from tests.support.library import make_assistant, small_library

ASKED = ("退货的运费", "退货的运费是多少？发票怎么开？", "你们是骗子吗，我要投诉", "不好用")


@pytest.fixture
def no_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    yield
    gc.unfreeze()
    gc.enable()


@pytest.mark.usefixtures("no_collector")
def test_a_library_that_is_replaced_goes_without_the_collector(tmp_path: Path) -> None:
    assistant = make_assistant(small_library(), tmp_path)
    assistant.warm_up()
    for text in ASKED:
        assistant.suggest(asked(text, explain=True))
    set_aside(thoroughly=True)
    held: list[Callable[[], object]] = [weakref.ref(assistant.index), weakref.ref(assistant.index.articles[0])]
    assert all(one() is not None for one in held)
    del assistant
    assert [one() for one in held] == [None, None]


@pytest.mark.usefixtures("no_collector")
def test_a_question_leaves_nothing_to_collect(tmp_path: Path) -> None:
    assistant = make_assistant(small_library(), tmp_path)
    for text in ASKED:
        assistant.suggest(asked(text))
    gc.collect()
    for text in ASKED:
        assistant.suggest(asked(text))
    assert gc.collect() == 0


@pytest.mark.usefixtures("no_collector")
def test_what_is_set_aside_is_not_looked_at_again() -> None:
    ring: list[object] = []
    ring.append(ring)
    set_aside()
    del ring
    assert gc.collect() == 0
    gc.unfreeze()
    assert gc.collect() > 0
