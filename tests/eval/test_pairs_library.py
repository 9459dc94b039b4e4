from __future__ import annotations

from pathlib import Path

from eval.pairs_file import Group
from eval.pairs_library import pair_libraries
from eval.question_set import Relevant
from kb.body import body_problems
from kb.passage import PassageKind
from kb.splitter import split

# The first is held out of the adaptation, the second is not.
HELD = next(title for title in (f"退货{n}" for n in range(99)) if Group("shop3", "", (), (), title).held_out)
KEPT = next(title for title in (f"运费{n}" for n in range(99)) if not Group("shop3", "", (), (), title).held_out)


def group(title: str, heading: str, text: str, questions: tuple[str, ...], unanswered: tuple[str, ...] = ()) -> Group:
    return Group("shop3", f"{title} > {heading}\n{text}", questions, unanswered, title, heading, unanswered)


GROUPS = [
    group(HELD, "期限", "七天内可退。", ("几天", "还能退吗"), ("能换色吗",)),
    group(HELD, "费用", "地区 | 运费\n新疆 | 12 元\n其他 | 8 元\n另收包装费。", ("邮费多少",), ("到付行吗",)),
    group(KEPT, "步骤", "1. 打包。\n2. 寄出。", ("怎么寄",), ("能上门吗",)),
    Group("old", "旧 > 一\n文", ("问",), ("近",), "旧", "一"),
]


def test_a_file_with_unanswered_questions_is_a_library(tmp_path: Path) -> None:
    (source,) = pair_libraries(tmp_path, GROUPS)

    assert source.name == "shop3"
    assert [article.title for article in source.articles] == [HELD, KEPT]
    assert not [problem for article in source.articles for problem in body_problems(article)]
    assert [(p.headings, p.kind, p.text) for a in source.articles for p in split(a)] == [
        (("期限",), PassageKind.TEXT, "七天内可退。"),
        (("费用",), PassageKind.TABLE, "地区 | 运费\n新疆 | 12 元\n其他 | 8 元\n另收包装费。"),
        (("步骤",), PassageKind.PROCEDURE, "1. 打包。\n2. 寄出。"),
    ]


def test_only_held_out_articles_ask(tmp_path: Path) -> None:
    (source,) = pair_libraries(tmp_path, GROUPS)

    asked = [(q.text, q.answerable, q.relevant) for q in source.questions]
    assert asked == [
        ("几天", True, (Relevant("shop3-1", "期限"),)),
        ("还能退吗", True, (Relevant("shop3-1", "期限"),)),
        ("能换色吗", False, ()),
        ("邮费多少", True, (Relevant("shop3-1", "费用"),)),
        ("到付行吗", False, ()),
    ]
    assert len({q.id for q in source.questions}) == len(source.questions)
