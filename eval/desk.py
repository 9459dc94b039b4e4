"""Questions as a chat tool sends them: each with its customer's channel, half of them with the product looked at.

Whoever writes a question set names a channel where the answer depends on it; a chat tool always does. Weights learned
on the first alone take a channel's being named for a sign that the answer depends on it.
"""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from dataclasses import replace

from eval.question_set import LabelledQuestion
from kb.article import Article
from kb.channel_mention import ChannelNames
from kb.codes import channel_codes
from kb.mention import ProductNames
from kb.normalise import normalise_code
from kb.question import Context, Question


class Desk:
    """Gives the questions of one library their contexts, the same question always the same."""

    def __init__(self, articles: Sequence[Article]) -> None:
        self._articles = {article.id: article for article in articles}
        self._channels = sorted({channel for article in articles for channel in article.channels})
        self._products = sorted({article.products[0] for article in articles if article.products})
        self._channel_names = ChannelNames(self._channels)
        self._product_names = ProductNames(articles)
        self._exceptions: dict[str, set[str]] = {}
        for article in articles:
            for lower in article.overrides:
                self._exceptions.setdefault(lower, set()).update(channel_codes(article))

    def sent(self, question: LabelledQuestion) -> LabelledQuestion:
        """The question with a channel for which its labels hold, and every other one with a product.

        What it names itself, in its context or its words, stays as it is.
        """
        # Neither hangs on the other: one takes the low bits, the other the high ones.
        drawn = zlib.crc32(question.id.encode())
        context, asked = question.context, question.asked()
        if not context.channel and self._channel_names.channel(asked) is None:
            context = self._with_channel(context, question, drawn >> 8)
        if drawn % 2 and not context.product and not self._names_a_product(asked):
            context = self._with_product(context, question, drawn >> 8)
        return replace(question, context=context)

    def _with_channel(self, context: Context, question: LabelledQuestion, drawn: int) -> Context:
        limits = [set(a.channels) for a in self._relevant(question) if a.channels]
        barred = {c for relevant in question.relevant for c in self._exceptions.get(relevant.article, ())}
        fitting = [
            channel
            for channel in self._channels
            if all(channel in limit for limit in limits) and normalise_code(channel) not in barred
        ]
        return replace(context, channel=fitting[drawn % len(fitting)]) if fitting else context

    def _with_product(self, context: Context, question: LabelledQuestion, drawn: int) -> Context:
        limits = [set(a.products) for a in self._relevant(question) if a.products]
        fitting = sorted(set.intersection(*limits)) if limits else self._products
        return replace(context, product=fitting[drawn % len(fitting)]) if fitting else context

    def _relevant(self, question: LabelledQuestion) -> list[Article]:
        return [self._articles[r.article] for r in question.relevant if r.article in self._articles]

    def _names_a_product(self, question: Question) -> bool:
        texts = (question.text, *(turn.text for turn in question.history))
        return any(self._product_names.mentions(text) for text in texts)
