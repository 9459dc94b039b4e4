"""Makes txtai's index, in txtai's environment: `python txtai_index.py CONFIGURATION PASSAGES FOLDER`."""

from __future__ import annotations

import json
import sys
from pathlib import Path


def main() -> None:
    """Read the embeddings' configuration (JSON) and the passages (a JSON string a line), write the index."""
    from txtai import Embeddings  # type: ignore[import-not-found, unused-ignore]

    configuration, passages, to = map(Path, sys.argv[1:])
    embeddings = Embeddings(json.loads(configuration.read_text(encoding="utf-8")))
    lines = passages.read_text(encoding="utf-8").splitlines()
    embeddings.index((number, json.loads(line), None) for number, line in enumerate(lines))
    embeddings.save(str(to))


if __name__ == "__main__":
    main()
