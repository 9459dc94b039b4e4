"""What the talk so far adds to its last message, so that a follow-up without its subject finds it.

Decided by what the message lacks and not by its length: a message that names a subject which is not the talk's is a
change of subject, and is not pulled back.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from kb.content import content, weight
from kb.message import asked
from kb.normalise import fold
from kb.question import Question, Role
from kb.topics import Topics

# Of a long turn the end is kept: before all of it the message would fall off the encoder's length.
_KEPT = 200
# So much content of its own says a message's subject, whatever was talked about before.
_ENOUGH = 24
# The customer's turns that are looked at, and how many with content are joined.
_TURNS = 8
_JOINED = 2
# A turn with less content names no subject ("嗯嗯", "好的", "在吗").
_LEAST = 1

# What repeats is taken once and for all (`*+`): given back in other portions it would take for ever.
_ANEW = re.compile(
    r"^(?:[，,。!！\s]|好的?|嗯|哦|行|谢谢|知道了|ok)*+(?:对了|话说|另外|顺便|顺带|换个(?:问题|话题|事)|"
    r"(?:还有|再|又)(?:一?个(?:问题|事)|问一?[下个]|咨询|请教)|(?:还|再)想问)"
)
_POINTS = re.compile(
    r"它|(?<![一在到从去来的])[这那](?:个|款|种|台|条|双|件|盒|罐|包|瓶|张|套|只|部|本|样|单|笔|两|俩|些|玩意|东西|货)|"
    r"刚才|刚说|上面|你说的|您说的|前面说|另一[个款台条]|[大小长短]的(?:那|呢|吗|多少)"
)
_WHAT_OF = re.compile(r"(?:^|[\s，,。！!])那(?!边|里|儿|天|时).{0,14}呢")


class Link(StrEnum):
    """How a message stands to its talk."""

    NONE = "none"
    """There is no talk, or it says nothing."""
    FOLLOWS = "follows"
    """It goes on about the talk's subject."""
    ANEW = "anew"
    """It changes the subject."""


@dataclass(frozen=True)
class Thread:
    """How the message stands to its talk, and what of the talk it is searched with: turns, oldest first."""

    link: Link
    turns: tuple[str, ...] = ()

    def searched(self, message: str) -> str:
        """The text to search for."""
        return "\n".join([*(turn[-_KEPT:] for turn in self.turns), message])


def thread(question: Question, topics: Topics, named: int = 0) -> Thread:
    """What the message takes from its talk. named: characters of it that name products."""
    said = _turns(question, topics)
    if not said:
        return Thread(Link.NONE)
    message = asked(question.text)
    words = content(message)
    pointing = points(message)
    if _ANEW.match(fold(question.text)) and not pointing:
        return Thread(Link.ANEW)
    if _asks_of_it(message):
        return Thread(Link.FOLLOWS, said)
    own = weight(words)
    if named and own > named:
        return Thread(Link.ANEW)
    if own >= _ENOUGH and not pointing:
        return Thread(Link.ANEW)
    if not pointing and not named and _is_of_another(message, [*said, *_agent_last(question)], topics):
        return Thread(Link.ANEW)
    return Thread(Link.FOLLOWS, said)


def points(message: str) -> bool:
    """Whether a message points at something said before ("它", "这款")."""
    return bool(_POINTS.search(fold(message)))


def _asks_of_it(message: str) -> bool:
    return bool(_WHAT_OF.search(fold(message)))


def _leans(message: str) -> bool:
    return points(message) or _asks_of_it(message)


def _is_of_another(message: str, before: Sequence[str], topics: Topics) -> bool:
    """Whether a message is known to be about one thing and what was said before it about another."""
    about, talk = topics.about(message), topics.about(" ".join(before))
    return bool(about and talk) and not topics.one_subject(about, talk)


def _turns(question: Question, topics: Topics) -> tuple[str, ...]:
    """The turns that hold the talk's subject: the customer's last ones with content, else the agent's last one.

    Those before a change of subject are not of it.
    """
    customer = [asked(turn.text) for turn in question.history if turn.role is Role.CUSTOMER][-_TURNS:]
    found = [text for text in customer if weight(content(text)) >= _LEAST][-_JOINED:]
    if len(found) > 1 and not _leans(found[1]) and _is_of_another(found[1], found[:1], topics):
        found = found[1:]
    if found:
        return tuple(found)
    agent = (asked(turn.text) for turn in reversed(question.history) if turn.role is Role.AGENT)
    last = next((text for text in agent if weight(content(text)) >= _LEAST), None)
    return () if last is None else (last,)


def _agent_last(question: Question) -> tuple[str, ...]:
    return tuple([turn.text for turn in question.history if turn.role is Role.AGENT][-1:])
