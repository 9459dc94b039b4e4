"""A question as the ranking sees it: what is asked, which products it names, and what the talk adds."""

from __future__ import annotations

import re
from dataclasses import dataclass

from kb.conversation import searched
from kb.mention import Mention, ProductNames
from kb.message import asked
from kb.normalise import normalise
from kb.question import Question, Role

_CODE = re.compile(r"(?<![a-z0-9])[a-z][a-z\-]*\d[a-z0-9\-]*")


@dataclass(frozen=True)
class Understanding:
    """What a question means for finding and ranking.

    message: the last message without greetings and pictures. searched: what the legs look for; the message,
    behind an earlier turn where it does not name its own subject. named: products in the message.
    talked_about: products of the customer's latest earlier turn that names any, else of the agent's.
    codes: letters with digits in the message ("e08", "qy-w10"), normalised without dashes.
    """

    message: str
    searched: str
    named: tuple[Mention, ...]
    talked_about: tuple[Mention, ...]
    codes: frozenset[str]


def understand(question: Question, products: ProductNames) -> Understanding:
    """Read one question with its talk. No language model: lists, names and the order of the turns."""
    message = asked(question.text)
    named = products.mentions(message)
    customer = [asked(t.text) for t in question.history if t.role is Role.CUSTOMER]
    agent = [t.text for t in question.history if t.role is Role.AGENT]
    talked_about = next((m for text in [*customer[::-1], *agent[::-1]] if (m := products.mentions(text))), ())
    codes = frozenset(code.replace("-", "") for code in _CODE.findall(normalise(message)))
    return Understanding(message, searched(question), named, talked_about, codes)
