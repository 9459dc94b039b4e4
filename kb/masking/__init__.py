"""Masks personal data in a message before it is logged or kept; `mask` is the one function others call."""

from kb.masking.mask import Masked, mask, masked_text
from kb.masking.span import Kind, Span

__all__ = ["Kind", "Masked", "Span", "mask", "masked_text"]
