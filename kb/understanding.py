"""A question as the ranking sees it: what is asked, which products it names, and what the talk adds."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache

from kb.article import Article
from kb.content import content, weight
from kb.conversation import Link, points, thread
from kb.memo import kept
from kb.mention import Mention, ProductNames
from kb.message import asked
from kb.normalise import fold, normalise, simplified
from kb.question import Question, Role
from kb.topics import Topics
from kb.twins import Twins

_CODE = re.compile(r"(?<![a-z0-9])[a-z][a-z\-]*+\d[a-z0-9\-]*")
# The talk's product is not what is asked about.
_OTHER = re.compile(
    r"另一?[个款种台条件双]|另外[一那几]|别的|其他|其它|换成|换[个一]款|[大小长短宽窄薄厚贵新旧高低]的|"
    r"[哪那][一个]?(?:款|种|台|型号)|推荐|区别|对比|相比|比起|单人|双人|(?<![a-z])(?:pro|max|plus|mini|lite)(?![a-z])",
    re.IGNORECASE,
)


# The customer's earlier turns that still say where was bought.
_OWN_TURNS = 2
_FEW = 2
_OVER_AND_OVER = 8
# A message with less content says nothing apart from its talk ("那多少钱").
_SAYS_ALONE = 2


@dataclass(frozen=True)
class Understanding:
    """What a question means for finding and ranking.

    message: the last message without greetings and pictures. searched: what the legs look for; the message,
    behind the talk's subject where it does not name its own. named: products in the message.
    talked_about: products of the customer's latest earlier turn that names any, else of the agent's.
    codes: letters with digits in the message ("e08", "qy-w10"), normalised without dashes.
    link: how the message stands to its talk. bound: the products that the answer must not contradict.
    customer: the message behind the customer's own latest turns.
    """

    message: str
    searched: str
    named: tuple[Mention, ...]
    talked_about: tuple[Mention, ...]
    codes: frozenset[str]
    link: Link = Link.NONE
    bound: tuple[Mention, ...] = ()
    customer: str = ""

    @property
    def says_something(self) -> bool:
        """Whether there are letters in it at all, and not one or two of them over and over."""
        letters = [character for character in self.message if character.isalnum()]
        return len(set(letters)) > _FEW or 0 < len(letters) < _OVER_AND_OVER

    @property
    def alone(self) -> str:
        """The message, where it is searched for behind its talk and says something apart from it; else empty."""
        behind = self.searched != self.message
        return self.message if behind and weight(content(self.message)) >= _SAYS_ALONE else ""


def is_in_simplified(articles: Sequence[Article]) -> bool:
    """Whether a library is written in simplified characters: most of its titles are."""
    return sum(map(_is_in_traditional, articles)) <= len(articles) / 2


@kept
def _is_in_traditional(article: Article) -> bool:
    """Whether the title has a character that is simplified otherwise."""
    return simplified(article.title) != article.title


def in_simplified(question: Question) -> Question:
    """The question and its talk in simplified characters: an encoder knows a library's own script best."""
    turns = tuple(replace(turn, text=_as_long(turn.text)) for turn in question.history)
    return replace(question, text=_as_long(question.text), history=turns)


def _as_long(text: str) -> str:
    """Simplified, as long as it keeps its length: no bound is passed and no place moves."""
    plain = simplified(text)
    return plain if len(plain) == len(text) else text


def understand(
    question: Question,
    products: ProductNames,
    topics: Topics | None = None,
    twins: Twins | None = None,
    respell: Callable[[str], str] = str,
) -> Understanding:
    """Read one question with its talk. No language model: lists, names and the order of the turns.

    respell: reads what is typed in pinyin; see `kb.index.Index.respell`.
    """
    question = replace(question, text=respell(question.text))
    message = asked(question.text)
    # A long talk is read once, however often it is looked through.
    mentions = cache(products.mentions)
    named = mentions(message)
    customer = [asked(t.text) for t in question.history if t.role is Role.CUSTOMER]
    agent = [t.text for t in question.history if t.role is Role.AGENT]
    talked_about = next((m for text in [*customer[::-1], *agent[::-1]] if (m := mentions(text))), ())
    codes = frozenset(code.replace("-", "") for code in _CODE.findall(normalise(message)))
    size = sum(weight(content(mention.alias)) for mention in named)
    said = thread(question, topics or Topics(()), size)
    bound = named
    if not named and said.link is Link.FOLLOWS and not question.context.product and not _OTHER.search(fold(message)):
        in_talk = next((m for text in customer[::-1] if (m := mentions(text))), ())
        bound = in_talk or (talked_about if points(message) else ())
    if twins is not None and not question.context.product and not any(mention.binds for mention in named):
        recent = next((m for turn in reversed(question.history) if (m := mentions(turn.text))), ())
        bound = twins.named(message, named or recent) or bound
    own = "\n".join([*customer[-_OWN_TURNS:], message])
    return Understanding(message, said.searched(message), named, talked_about, codes, said.link, bound, own)
