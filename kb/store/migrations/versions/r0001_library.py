"""The first store: revisions, entries, publications, keys and the audit trail, with the triggers that guard them."""

# ruff: noqa: S608 (every part of these statements stands in this file)

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None

_MOMENT = sa.String(32)


def upgrade() -> None:
    """Make every table, and let the database itself refuse to change what is never changed."""
    _articles()
    _publications()
    _people()
    guards = _postgres() if op.get_bind().dialect.name == "postgresql" else _sqlite()
    for statement in guards:
        op.execute(sa.text(statement))


def _articles() -> None:
    op.create_table(
        "revisions",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("path", sa.Text, nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("restores", sa.Integer),
        sa.Column("title", sa.Text, nullable=False),
        sa.Column("kind", sa.Text, nullable=False),
        sa.Column("owner", sa.Text, nullable=False),
        sa.Column("raw", sa.LargeBinary, nullable=False),
    )
    op.create_table(
        "entries",
        sa.Column("name", sa.Text, primary_key=True),
        sa.Column("newest", sa.Integer, nullable=False),
        sa.Column("published", sa.Integer),
        sa.Column("pending", sa.String(16)),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("changed_by", sa.Text, nullable=False),
        sa.Column("changed_how", sa.Text, nullable=False),
        sa.ForeignKeyConstraint(["name", "newest"], ["revisions.name", "revisions.number"]),
        sa.ForeignKeyConstraint(["name", "published"], ["revisions.name", "revisions.number"]),
    )


def _publications() -> None:
    op.create_table(
        "publications",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("base", sa.Integer, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("forced", sa.Text, nullable=False),
        sa.Column("generation", sa.Text),
        sa.Column("activated_at", _MOMENT),
        sa.Column("gate", sa.Text, nullable=False),
        sa.Column("receipt", sa.Text, nullable=False),
    )
    op.create_index("ix_publications_state", "publications", ["state", "number"])
    active = sa.text("state = 'active'")
    op.create_index(
        "uq_publications_active_base",
        "publications",
        ["base"],
        unique=True,
        sqlite_where=active,
        postgresql_where=active,
    )
    op.create_table(
        "publication_changes",
        sa.Column(
            "publication", sa.Integer, sa.ForeignKey("publications.number"), primary_key=True, autoincrement=False
        ),
        sa.Column("position", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("revision", sa.Integer),
        sa.Column("before", sa.Integer),
        sa.Column("newest", sa.Integer, nullable=False),
        sa.ForeignKeyConstraint(["name", "revision"], ["revisions.name", "revisions.number"]),
        sa.ForeignKeyConstraint(["name", "newest"], ["revisions.name", "revisions.number"]),
    )


def _people() -> None:
    op.create_table(
        "access_keys",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("role", sa.String(16), nullable=False),
        sa.Column("owners", sa.Text, nullable=False),
        sa.Column("secret_sha256", sa.String(64), nullable=False),
        sa.Column("created_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT),
    )
    valid = sa.text("revoked_at IS NULL")
    op.create_index(
        "uq_access_keys_name", "access_keys", ["name"], unique=True, sqlite_where=valid, postgresql_where=valid
    )
    op.create_table(
        "audit",
        sa.Column("number", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("author", sa.Text, nullable=False),
        sa.Column("action", sa.Text, nullable=False),
        sa.Column("subject", sa.Text, nullable=False),
        sa.Column("detail", sa.Text, nullable=False),
        sa.Column("before_hash", sa.String(64), nullable=False, unique=True),
        sa.Column("hash", sa.String(64), nullable=False, unique=True),
    )


_FIXED = {"revisions": "revisions are never changed", "publication_changes": "the changes of a publication stay"}
_KEPT = {"publications": "publications are never deleted", "entries": "entries are never deleted"}
_APPEND_ONLY = "the audit trail is append-only"
_MADE = "number, base, author, why, made_at, forced"
_FIRST = "0" * 64


def _sqlite() -> list[str]:
    """Each rule as a trigger. An insert is looked at too, since INSERT OR REPLACE would overwrite."""
    refused = [
        *((table, act, why) for table, why in _FIXED.items() for act in ("UPDATE", "DELETE")),
        *((table, "DELETE", why) for table, why in _KEPT.items()),
        ("publications", f"UPDATE OF {_MADE}", "what a publication is does not change"),
        ("audit", "UPDATE", _APPEND_ONLY),
        ("audit", "DELETE", _APPEND_ONLY),
    ]
    made = [
        f"CREATE TRIGGER {table}_no_{act.split()[0].lower()} BEFORE {act} ON {table} "
        f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
        for table, act, why in refused
    ]
    return [
        *made,
        "CREATE TRIGGER revisions_next BEFORE INSERT ON revisions WHEN NEW.number <> "
        "(SELECT coalesce(max(number), 0) + 1 FROM revisions WHERE name = NEW.name) "
        "BEGIN SELECT RAISE(ABORT, 'revisions are numbered without gaps and never replaced'); END",
        "CREATE TRIGGER publications_next BEFORE INSERT ON publications WHEN NEW.number <> "
        "(SELECT coalesce(max(number), 0) + 1 FROM publications) "
        "BEGIN SELECT RAISE(ABORT, 'publications are numbered without gaps and never replaced'); END",
        "CREATE TRIGGER publication_changes_next BEFORE INSERT ON publication_changes WHEN EXISTS "
        "(SELECT 1 FROM publication_changes WHERE publication = NEW.publication AND position = NEW.position) "
        "BEGIN SELECT RAISE(ABORT, 'the changes of a publication stay'); END",
        "CREATE TRIGGER audit_next BEFORE INSERT ON audit WHEN "
        "NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM audit) OR NEW.before_hash <> "
        f"coalesce((SELECT hash FROM audit ORDER BY number DESC LIMIT 1), '{_FIRST}') "
        "BEGIN SELECT RAISE(ABORT, 'a line of the audit trail must follow the last one'); END",
    ]


def _postgres() -> list[str]:
    """The same rules; there, truncating a table is an act of its own."""
    refused = [
        *((table, act, why) for table, why in _FIXED.items() for act in ("UPDATE", "DELETE", "TRUNCATE")),
        *((table, act, why) for table, why in _KEPT.items() for act in ("DELETE", "TRUNCATE")),
        ("publications", f"UPDATE OF {_MADE}", "what a publication is does not change"),
        *(("audit", act, _APPEND_ONLY) for act in ("UPDATE", "DELETE", "TRUNCATE")),
    ]
    made = [
        f"CREATE TRIGGER {table}_no_{act.split()[0].lower()} BEFORE {act} ON {table} "
        f"FOR EACH STATEMENT EXECUTE FUNCTION kb_refuse('{why}')"
        for table, act, why in refused
    ]
    return [
        "CREATE FUNCTION kb_refuse() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION USING MESSAGE = TG_ARGV[0], ERRCODE = 'integrity_constraint_violation'; END $$",
        *made,
        *_follows("revisions", "WHERE name = NEW.name"),
        *_follows("publications", ""),
        "CREATE FUNCTION kb_audit_next() RETURNS trigger LANGUAGE plpgsql AS $$ DECLARE last record; "
        "BEGIN SELECT number, hash INTO last FROM audit ORDER BY number DESC LIMIT 1; "
        f"IF NEW.number <> coalesce(last.number, 0) + 1 OR NEW.before_hash <> coalesce(last.hash, '{_FIRST}') THEN "
        "RAISE EXCEPTION 'a line of the audit trail must follow the last one' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        "CREATE TRIGGER audit_next BEFORE INSERT ON audit FOR EACH ROW EXECUTE FUNCTION kb_audit_next()",
    ]


def _follows(table: str, where: str) -> tuple[str, str]:
    """Rows are numbered from 1 without gaps."""
    return (
        f"CREATE FUNCTION kb_{table}_next() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
        f"IF NEW.number <> (SELECT coalesce(max(number), 0) + 1 FROM {table} {where}) THEN "
        f"RAISE EXCEPTION '{table} are numbered without gaps and never replaced' "
        "USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$",
        f"CREATE TRIGGER {table}_next BEFORE INSERT ON {table} FOR EACH ROW EXECUTE FUNCTION kb_{table}_next()",
    )
