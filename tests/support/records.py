"""Records of a run, made from what a test says about them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from eval.question_set import LabelledQuestion, Relevant
from eval.record import Record, record_of
from kb.article import Audience, Kind
from kb.suggestion import Answer, ReplyKind, Snippet, Source, Suggestion, Why


def make_suggestion(rank: int, article: str, confidence: float, reply: str = "", snippet: str = "") -> Suggestion:
    source = Source(article, article, ("节",), Kind.POLICY, Audience.PUBLIC, "", (1, 1), None, None, "")
    why = Why({"late": 0.9}, ())
    return Suggestion(rank, confidence, reply, ReplyKind.SENTENCES, Snippet(snippet), source, why)


def make_answer(
    ranking: Sequence[str], confidence: float = 0.9, reply: str = "", served: bool = True, snippet: str = ""
) -> Answer:
    """An answer that ranks these articles; only the first has the reply and the snippet."""
    suggestions = tuple(
        make_suggestion(rank, name, confidence / rank, reply if rank == 1 else "", snippet if rank == 1 else "")
        for rank, name in enumerate(ranking, start=1)
    )
    return Answer("a", suggestions, served and bool(suggestions), "g", "c", {"encode": 2.0, "total": 5.0})


def make_question(id: str, relevant: Mapping[str, int] | None = None, **more: object) -> LabelledQuestion:  # noqa: A002
    wanted = tuple(Relevant(name, None, grade) for name, grade in (relevant or {}).items())
    return LabelledQuestion(id, str(more.pop("text", id)), relevant=wanted, **more)  # type: ignore[arg-type]


def make_record(
    id: str,  # noqa: A002
    ranking: Sequence[str] = (),
    relevant: Mapping[str, int] | None = None,
    *,
    confidence: float = 0.9,
    reply: str = "",
    served: bool = True,
    **more: object,
) -> Record:
    """A judged question: `relevant` by grade, `more` as LabelledQuestion has it."""
    return record_of(make_question(id, relevant, **more), make_answer(ranking, confidence, reply, served))


def lost_record(id: str, relevant: Mapping[str, int] | None = None, **more: object) -> Record:  # noqa: A002
    return record_of(make_question(id, relevant, **more), None, "ValueError: broken")
