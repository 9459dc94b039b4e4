"""What agents do with suggestions, the questions that were asked, groups of one meaning, and unified replies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_MOMENT = sa.String(32)


def upgrade() -> None:
    """Make the tables; events are never changed once they are acknowledged."""
    _events()
    _gaps()
    why = "feedback events are never changed"
    refuse = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
    if op.get_bind().dialect.name == "postgresql":
        refuse = f"FOR EACH STATEMENT EXECUTE FUNCTION kb_refuse('{why}')"
    # Old events may be deleted: what people did is not kept for ever.
    op.execute(f"CREATE TRIGGER feedback_events_no_update BEFORE UPDATE ON feedback_events {refuse}")


def _events() -> None:
    op.create_table(
        "feedback_events",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("kind", sa.String(16), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("conversation", sa.String(26), nullable=False),
        sa.Column("question", sa.String(200), nullable=False),
        sa.Column("rank", sa.Integer),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("distance", sa.Integer),
        sa.Column("reason", sa.String(16), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("agent", sa.Text, nullable=False),
    )
    op.create_index("ix_feedback_events_at", "feedback_events", ["at"])
    op.create_index("ix_feedback_events_question", "feedback_events", ["question"])
    op.create_table(
        "questions_asked",
        sa.Column("id", sa.String(200), primary_key=True),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("conversation", sa.String(26), nullable=False),
        sa.Column("text", sa.Text, nullable=False),
        sa.Column("outcome", sa.Integer, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("generation", sa.Text, nullable=False),
        sa.Column("product", sa.Text, nullable=False),
        sa.Column("channel", sa.Text, nullable=False),
        sa.Column("gap", sa.Integer),
    )
    op.create_index("ix_questions_asked_at", "questions_asked", ["asked_at"])
    op.create_index("ix_questions_asked_gap", "questions_asked", ["gap", "asked_at"])


def _gaps() -> None:
    op.create_table(
        "gaps",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("article", sa.Text, nullable=False),
        sa.Column("encoder", sa.Text, nullable=False),
        sa.Column("centre", sa.LargeBinary, nullable=False),
        sa.Column("size", sa.Integer, nullable=False),
        sa.Column("turn", sa.Integer, nullable=False, unique=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
    )
    op.create_table(
        "unified_replies",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("gap", sa.Integer, nullable=False),
        sa.Column("reply", sa.Text, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("until", _MOMENT),
        sa.Column("lifted_at", _MOMENT),
        sa.Column("lifted_by", sa.Text),
    )
    op.create_index("ix_unified_replies_gap", "unified_replies", ["gap"])
