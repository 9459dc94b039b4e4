"""Figures as markup that stands inside a page: no style attributes, no addresses, colours by role, two languages.

A page with a strict Content-Security-Policy refuses style attributes, so each distinct style becomes a class of
the page's own style sheet. A text `@key` is written in both languages; the page shows one.
"""

from __future__ import annotations

import io
import re
import warnings
from collections.abc import Mapping
from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure

from eval.report_words import Both

ROLES: Mapping[str, str] = {
    "#010101": "ink",
    "#020202": "muted",
    "#030303": "line",
    "#040404": "accent",
    "#050505": "soft",
    "#060606": "bad",
    "#070707": "good",
    "#080808": "paper",
}
"""The colours that figures draw with, none of them seen: each stands for a variable of the style sheet."""

INK, MUTED, LINE, ACCENT, SOFT, BAD, GOOD, PAPER = ROLES

_NO_METADATA = {"Date": None, "Creator": None, "Format": None, "Type": None}


class SvgSheet:
    """Turns figures into markup and gathers the style rules that they need."""

    def __init__(self, words: Mapping[str, Both]) -> None:
        self._words = words
        self._classes: dict[str, str] = {}
        self._drawn = 0

    @property
    def css(self) -> str:
        """The rules of every figure so far."""
        return "\n".join(f"svg .{name} {{{style}}}" for style, name in self._classes.items())

    def inline(self, figure: Figure) -> str:
        """A figure as one `<svg>` element that scales with its place; its ids are its own."""
        self._drawn += 1
        written = io.StringIO()
        with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": f"chart{self._drawn}"}), warnings.catch_warnings():
            # The browser draws the letters, so it does not matter which ones the measuring font lacks.
            warnings.filterwarnings("ignore", message="Glyph .* missing from font")
            figure.savefig(written, format="svg", transparent=True, metadata=_NO_METADATA)
        root = ElementTree.fromstring(written.getvalue())  # noqa: S314 (written the line before)
        self._clean(root)
        for name in ("width", "height", "version"):
            root.attrib.pop(name, None)
        root.set("aria-hidden", "true")
        return ElementTree.tostring(root, encoding="unicode")

    def _clean(self, element: ElementTree.Element) -> None:
        element.tag = _local(element.tag)
        element.attrib = {_local(name): value for name, value in element.attrib.items()}
        # Names of groups serve nobody; those of clip paths and markers are referred to.
        if element.tag == "g":
            element.attrib.pop("id", None)
        style = element.attrib.pop("style", None)
        if style:
            element.set("class", self._class(style))
        for child in list(element):
            if _local(child.tag) == "style":
                element.remove(child)
                continue
            self._clean(child)
        if element.tag == "g":
            self._translate(element)

    def _translate(self, group: ElementTree.Element) -> None:
        for place, child in reversed(list(enumerate(group))):
            key = (child.text or "").removeprefix("@")
            if child.tag != "text" or not (child.text or "").startswith("@") or key not in self._words:
                continue
            group.remove(child)
            for language, word in zip(("zh", "en"), self._words[key], strict=True):
                said = ElementTree.Element("text", child.attrib)
                said.set("class", f"{child.get('class', '')} {language}".strip())
                said.text = word
                group.insert(place, said)

    def _class(self, style: str) -> str:
        for colour, role in ROLES.items():
            style = style.replace(colour, f"var(--{role})")
        style = re.sub(r"font-family:[^;]*(;|$)", "", style)
        style = re.sub(r"font: *([\d.]+px)[^;]*", r"font-size: \1", style)
        return self._classes.setdefault(style.strip(), f"s{len(self._classes)}")


def _local(name: str) -> str:
    return name.rpartition("}")[2]
