"""Python environments of their own, so that what is compared or measures shares no package with the program."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

from eval.errors import EvaluationError
from kb.progress import Progress, silent

_REQUIREMENTS = Path(__file__).parent / "requirements"
_MADE = "made-from.sha256"


def python_of(name: str, folder: Path, progress: Progress = silent) -> Path:
    """The interpreter of the environment `requirements/<name>.txt` describes, made below `folder` where it is missing.

    Lines of a file before an empty one are installed first. Raises EvaluationError where pip fails.
    """
    wanted = _REQUIREMENTS / f"{name}.txt"
    python = folder / name / "bin" / "python"
    mark = folder / name / _MADE
    digest = hashlib.sha256(f"{sys.version} {wanted.read_text()}".encode()).hexdigest()
    if mark.exists() and mark.read_text() == digest:
        return python
    folder.mkdir(parents=True, exist_ok=True)
    _run([sys.executable, "-m", "venv", "--clear", str(folder / name)], name)
    steps = [step.split("\n") for step in wanted.read_text().strip().split("\n\n")]
    for number, step in enumerate(steps):
        progress(f"installing {name}", number, len(steps))
        packages = [line for line in step if line and not line.startswith("#")]
        _run([str(python), "-m", "pip", "install", "--quiet", *packages], name)
    progress(f"installing {name}", len(steps), len(steps))
    mark.write_text(digest)
    return python


def _run(command: list[str], name: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603
    if done.returncode:
        raise EvaluationError(f"the environment {name} cannot be made:\n{done.stderr.strip()[-2000:]}")
