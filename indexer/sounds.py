"""Text to pairs of Chinese syllables, so that homophones and pinyin fragments find what they meant.

A leg of its own and never a rewrite: where the sound misleads, the other legs still see what was written.
"""

from __future__ import annotations

import importlib.util
import itertools
import json
import re
import sys
from functools import lru_cache
from pathlib import Path

from kb.normalise import normalise

_RUN = re.compile(r"[\u3400-\u9fff]|[a-z]+")
_LONGEST = 6
# Pairs that southern speakers and hurried typists take for one another.
_FOLDED = (("zh", "z"), ("ch", "c"), ("sh", "s"))
_TONES = str.maketrans("āáǎàēéěèīíǐìōóǒòūúǔùüǖǘǚǜńňǹḿ", "aaaaeeeeiiiioooouuuuvvvvvnnnm")
_NASAL = re.compile(r"(?<=[aei])ng$")


class Sounds:
    """Pairs of neighbouring syllables, without tones and with look-alikes folded; see Analyser."""

    name = "sounds"
    takes_synonyms = False

    def terms(self, text: str) -> list[str]:
        """The pairs in order; a Latin run counts where it can be read as pinyin from end to end."""
        terms: list[str] = []
        for stretch in _stretches(normalise(text)):
            terms += (f"{a} {b}" for a, b in itertools.pairwise(stretch))
        return terms


def _stretches(text: str) -> list[list[str]]:
    """Syllables that stand side by side; anything but a character or a pinyin run parts them."""
    stretches: list[list[str]] = [[]]
    end = 0
    for match in _RUN.finditer(text):
        if match.start() != end and text[end : match.start()].strip():
            stretches.append([])
        end = match.end()
        found = syllables(match.group())
        if found:
            stretches[-1] += found
        else:
            stretches.append([])
    return stretches


def syllables(run: str) -> tuple[str, ...]:
    """The syllables of one character or of a Latin run read as pinyin; none where it has no reading."""
    if run.isascii():
        return _read(run) or ()
    sound = _readings().get(ord(run))
    return (sound,) if sound else ()


@lru_cache(maxsize=4096)
def _read(run: str) -> tuple[str, ...] | None:
    """A Latin run as pinyin, in the fewest syllables; None where it cannot be read so."""
    best: list[tuple[str, ...] | None] = [()] + [None] * len(run)
    for stop in range(1, len(run) + 1):
        for start in range(max(0, stop - _LONGEST), stop):
            before = best[start]
            if before is None or run[start:stop] not in _known():
                continue
            found = best[stop]
            if found is None or len(before) + 1 < len(found):
                best[stop] = (*before, _fold(run[start:stop]))
    return best[len(run)]


@lru_cache(maxsize=1)
def _plain() -> dict[int, str]:
    """The first reading of every character, without its tone."""
    first = {code: readings.split(",")[0] for code, readings in _table().items()}
    # Of 41,000 characters only 1,300 sounds: one string each.
    plain = {sound: sys.intern(sound.translate(_TONES)) for sound in set(first.values())}
    return {code: plain[sound] for code, sound in first.items()}


def _table() -> dict[int, str]:
    """The readings of each character: pypinyin's file of them alone, for its package loads 50 MB of phrases."""
    spec = importlib.util.find_spec("pypinyin")
    for folder in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(folder) / "pinyin_dict.json"
        if path.is_file():
            return {int(code): readings for code, readings in json.loads(path.read_bytes()).items()}
    from pypinyin.constants import PINYIN_DICT

    return dict(PINYIN_DICT)


@lru_cache(maxsize=1)
def _readings() -> dict[int, str]:
    return {code: _fold(sound) for code, sound in _plain().items()}


@lru_cache(maxsize=1)
def _known() -> frozenset[str]:
    """Every syllable, spelt as people type it; single consonants are left out."""
    return frozenset(s for s in _plain().values() if re.search("[aeiouv]", s))


def _fold(sound: str) -> str:
    for written, meant in _FOLDED:
        if sound.startswith(written):
            sound = meant + sound[len(written) :]
    return _NASAL.sub("n", sound)
