from __future__ import annotations

import sys

from kb.commands.threads import SWITCH, settle_threads


def test_libraries_bring_no_threads_unless_told() -> None:
    before = sys.getswitchinterval()
    try:
        environment = {"OMP_NUM_THREADS": "3"}
        settle_threads(environment)
        assert environment["OMP_NUM_THREADS"] == "3"
        assert environment["OPENBLAS_NUM_THREADS"] == "1"
        assert environment["TOKENIZERS_PARALLELISM"] == "false"
        assert sys.getswitchinterval() == SWITCH
    finally:
        sys.setswitchinterval(before)
