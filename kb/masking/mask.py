"""The message with its personal data replaced by placeholders, and where it stood."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from kb.masking.address import find_addresses
from kb.masking.contacts import find_contacts
from kb.masking.names import find_names
from kb.masking.numbers import find_numbers
from kb.masking.span import Kind, Searched, Span

_LONGEST = 10_000
# Without a digit, an @ or one of these words nothing can be found.
_HINT = re.compile(
    r"[\d@０-９＠①-⑨]|[幺一二三四五六七八九零〇壹贰]{4}|[wvWV][xX信]|微信|薇信|威信|weixin|wechat"
    r"|人[:：是为叫 ]|人[\u4e00-\u9fff]|姓|户名|名字|我叫|改[成为]|别写成|我是|本人|买家|客户名|[乘旅]客|学员|"
    r"[路街巷号弄栋幢室苑园厦村]|[给找让叫帮替妈爸哥姐弟妹]|联系|通知|先生|女士|小姐|老[公婆板]|丈夫|妻子|爱人|朋友|同事|室友|邻居|亲戚|同学|媳妇|"
    r"儿子|女儿|个人|抬头|名义|实名|[以用写]|下单|付款|报名|备注|收[件货]|查一?下|[你您]好",
    re.I,
)


@dataclass(frozen=True)
class Masked:
    """A masked message. spans: in order, of the message as it was written, not overlapping."""

    text: str
    spans: tuple[Span, ...]

    @property
    def kinds(self) -> Mapping[Kind, int]:
        """How many of each kind were masked."""
        return Counter(span.kind for span in self.spans)


def mask(message: str) -> Masked:
    """Replace personal data by placeholders such as `[手机号]`.

    What goes beyond 10,000 characters is left out. The rules know formats, not people: a name that nothing announces
    stays.
    """
    message = message[:_LONGEST]
    if not _HINT.search(message):
        return Masked(message, ())
    searched = Searched.of(message)
    find_contacts(searched)
    find_numbers(searched)
    find_addresses(searched)
    find_names(searched)
    spans = sorted(searched.found)
    parts, last = [], 0
    for span in spans:
        parts += [message[last : span.start], span.kind.placeholder]
        last = span.end
    return Masked("".join([*parts, message[last:]]), tuple(spans))


def masked_text(message: str) -> str:
    """The masked text alone."""
    return mask(message).text
