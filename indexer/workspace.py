"""One `var` folder at work: its encoder, its generations, and the Assistant over the current one."""

from __future__ import annotations

import shutil
from datetime import timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog

from indexer.build import build
from indexer.encoder import cores
from indexer.generation import Generation
from indexer.model.prepare import PreparedModel, load_encoder, prepare
from indexer.store import PUBLISHED, GenerationStore
from kb.assistant import Assistant, AssistantSettings
from kb.encoder import Encoder
from kb.errors import ArticlesError, GenerationError, SettingsError
from kb.folder import read_library
from kb.library import Library
from kb.progress import Progress, silent
from kb.ranking_model import load_ranking_model
from kb.settings import Settings

_REBUILDING = ".rebuilding-"

log = structlog.get_logger()


class Workspace:
    """Everything that the settings name, made when first needed."""

    def __init__(self, settings: Settings, progress: Progress = silent) -> None:
        self.settings = settings
        self.store = GenerationStore(settings.var)
        self.library = PUBLISHED if settings.library is None else str(settings.library.resolve())
        self._progress = progress

    @cached_property
    def model(self) -> PreparedModel:
        """The embedding model, prepared on first use. Raises ModelError."""
        return prepare(self.settings.model, self.settings.var, self.settings.precision, self._progress)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the prepared model."""
        return load_encoder(self.model, self._threads)

    @property
    def _threads(self) -> int | None:
        """How many cores a process encodes on; several processes share those that there are."""
        if self.settings.threads is None and self.settings.workers > 1:
            return max(1, cores() // self.settings.workers)
        return self.settings.threads

    def index(self) -> str:
        """Read the folder of articles, build its generation if it is new, make it current; return its id.

        Raises ArticlesError, and changes nothing, where the folder has problems; SettingsError without a folder.
        """
        if self.settings.library is None:
            raise SettingsError("KB_LIBRARY: no folder is named; give --library FOLDER, or run `kb publish FOLDER`")
        return self._index(read_library(self.settings.library, self.settings.zone))

    def assistant(self) -> Assistant:
        """The Assistant over the folder as it is now, indexed first if it changed; without one, over what is published.

        A folder with problems is not indexed: each is logged and the last good generation answers.
        Raises ArticlesError where there is none yet, and GenerationError where nothing is published.
        """
        if self.settings.library is None:
            return self.assistant_of(self.generation())
        try:
            self.index()
        except ArticlesError as error:
            try:
                generation = self.generation()
            except GenerationError:
                raise error from None
            log.error("articles refused, the last good generation answers", problems=str(error))
        else:
            generation = self.generation()
        return self.assistant_of(generation)

    def assistant_of(self, generation: Generation) -> Assistant:
        """The Assistant over a generation, with what the settings say about answering."""
        return Assistant(generation, self.encoder, self.assistant_settings)

    def load(self, generation: str, previous: Generation | None = None) -> Generation:
        """The generation of that id. Raises GenerationError.

        previous: one that is loaded already, whose unchanged parts are used again.
        """
        return Generation.load(self.store.folder(generation), self.encoder.fingerprint, previous)

    def generation(self) -> Generation:
        """The newest good generation of this library. Raises GenerationError where there is none."""
        return self.store.load(self.encoder.fingerprint, self.library)

    def generation_of(self, library: Library) -> Generation:
        """The generation of a library, built or reused. What is current stays so."""
        return self.load(self.build(library))

    @property
    def assistant_settings(self) -> AssistantSettings:
        """What the settings say about answering."""
        return AssistantSettings(
            pool=self.settings.pool,
            threshold=self.settings.threshold,
            model=load_ranking_model(),
            soon=timedelta(hours=self.settings.soon),
            zone=self.settings.zone,
        )

    def build(self, library: Library, previous: Generation | None = None) -> str:
        """Write the generation of a library, unless it is there; return its id. Nothing is made current.

        previous: one that is loaded already, whose unchanged parts are used again.
        """
        return self._build(library, self.settings.var, previous)

    def rebuild(self, library: Library) -> str:
        """Write the generation of a library anew, every passage encoded again; return its id."""
        with TemporaryDirectory(prefix=_REBUILDING, dir=self.settings.var) as apart:
            generation = self._build(library, Path(apart), None)
            self.store.take_over(Path(apart), generation)
        return generation

    def clear(self) -> None:
        """Remove what an interrupted `rebuild` left; call when none runs."""
        for leftover in self.settings.var.glob(f"{_REBUILDING}*"):
            shutil.rmtree(leftover)

    def _build(self, library: Library, var: Path, previous: Generation | None) -> str:
        return build(
            library.articles,
            self.encoder,
            var,
            self._agreement(),
            self._progress,
            words=library.words,
            previous=previous,
            revisions=library.revisions,
        )

    def _agreement(self) -> dict[str, float]:
        """How well the model agrees with its reference, for the manifest."""
        agreement = self.model.card.agreement
        return agreement.model_dump() if agreement else {}

    def _index(self, library: Library) -> str:
        generation = self.build(library)
        self.store.activate(generation, self.library)
        return generation
