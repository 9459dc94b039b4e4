"""The tables of what agents do and what is learned from it, as migration 0002 makes them."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table, Text

from kb.store.tables import Moment, metadata

feedback_events = Table(
    "feedback_events",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("at", Moment, nullable=False),
    Column("received_at", Moment, nullable=False),
    Column("conversation", String(26), nullable=False),
    Column("question", String(200), nullable=False),
    Column("rank", Integer),
    Column("article", Text, nullable=False),
    Column("revision", Integer),
    Column("generation", Text, nullable=False),
    Column("distance", Integer),
    Column("reason", String(16), nullable=False),
    Column("text", Text, nullable=False),
    Column("agent", Text, nullable=False),
)
Index("ix_feedback_events_at", feedback_events.c.at)
Index("ix_feedback_events_question", feedback_events.c.question)

questions_asked = Table(
    "questions_asked",
    metadata,
    Column("id", String(200), primary_key=True),
    Column("asked_at", Moment, nullable=False),
    Column("conversation", String(26), nullable=False),
    Column("text", Text, nullable=False),
    Column("outcome", Integer, nullable=False),
    Column("article", Text, nullable=False),
    Column("revision", Integer),
    Column("generation", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("gap", Integer),
)
Index("ix_questions_asked_at", questions_asked.c.asked_at)
Index("ix_questions_asked_gap", questions_asked.c.gap, questions_asked.c.asked_at)
"""outcome: see `kb.feedback.Outcome`. article: the first suggestion's. gap: the group of its meaning, once sorted."""

gaps = Table(
    "gaps",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("state", String(16), nullable=False),
    Column("owner", Text, nullable=False),
    Column("article", Text, nullable=False),
    Column("encoder", Text, nullable=False),
    Column("centre", LargeBinary, nullable=False),
    Column("size", Integer, nullable=False),
    Column("turn", Integer, nullable=False, unique=True),
    Column("made_at", Moment, nullable=False),
    Column("changed_at", Moment, nullable=False),
)
"""Groups of one meaning. centre: the sum of its questions' vectors, float32. turn: rises with every change."""

unified_replies = Table(
    "unified_replies",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("gap", Integer, nullable=False),
    Column("reply", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("until", Moment),
    Column("lifted_at", Moment),
    Column("lifted_by", Text),
)
Index("ix_unified_replies_gap", unified_replies.c.gap)
