"""Chatwoot's webhooks: whether one is Chatwoot's, and whether it tells of a customer's message."""

from __future__ import annotations

import hashlib
import hmac
import json
import re

AGE = 300
"""Seconds that a webhook may be old, or its sender's clock ahead."""
_INCOMING = ("incoming", 0)
_NUMBER = re.compile(r"[0-9]{1,12}")


def signed(secret: str, timestamp: str, body: bytes) -> str:
    """What Chatwoot sends as `X-Chatwoot-Signature`: HMAC-SHA256 over time, full stop and body, with the secret."""
    return "sha256=" + hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def refusal(secret: str, timestamp: str, signature: str, body: bytes, now: float) -> str | None:
    """Why this is not believed; None for what Chatwoot has signed within the last five minutes. now: seconds."""
    if not timestamp or not signature:
        return "X-Chatwoot-Timestamp and X-Chatwoot-Signature are missing; an older Chatwoot does not sign"
    if not hmac.compare_digest(signed(secret, timestamp, body).encode(), signature.encode()):
        return "X-Chatwoot-Signature does not fit; KB_CHATWOOT_SECRET must be the secret of this webhook"
    if not _NUMBER.fullmatch(timestamp) or abs(now - int(timestamp)) > AGE:
        return f"X-Chatwoot-Timestamp is more than {AGE} seconds from this server's clock"
    return None


def conversation_of(body: bytes) -> str | None:
    """The conversation that a customer has just written in, as the sidebar names it; None: it tells of none.

    Raises ValueError where the body is no JSON object.
    """
    read = json.loads(body)
    if not isinstance(read, dict):
        raise ValueError("the body is no JSON object")
    conversation = read.get("conversation")
    if read.get("event") != "message_created" or read.get("message_type") not in _INCOMING or read.get("private"):
        return None
    number = conversation.get("id") if isinstance(conversation, dict) else None
    written = str(number) if isinstance(number, int | str) and not isinstance(number, bool) else ""
    return f"chatwoot-{written}" if _NUMBER.fullmatch(written) else None
