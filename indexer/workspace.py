"""One `var` folder at work: its encoder, its generations, and the Assistant over the current one."""

from __future__ import annotations

from datetime import timedelta
from functools import cached_property

import structlog

from indexer.build import build
from indexer.generation import Generation
from indexer.model.prepare import PreparedModel, load_encoder, prepare
from indexer.store import GenerationStore
from kb.assistant import Assistant, AssistantSettings
from kb.encoder import Encoder
from kb.errors import ArticlesError, GenerationError
from kb.folder import read_library
from kb.library import Library
from kb.progress import Progress, silent
from kb.ranking_model import load_ranking_model
from kb.settings import Settings

log = structlog.get_logger()


class Workspace:
    """Everything that the settings name, made when first needed."""

    def __init__(self, settings: Settings, progress: Progress = silent) -> None:
        self.settings = settings
        self.store = GenerationStore(settings.var)
        self.library = str(settings.library.resolve())
        self._progress = progress

    @cached_property
    def model(self) -> PreparedModel:
        """The embedding model, prepared on first use. Raises ModelError."""
        return prepare(self.settings.model, self.settings.var, self.settings.precision, self._progress)

    @cached_property
    def encoder(self) -> Encoder:
        """The encoder of the prepared model."""
        return load_encoder(self.model)

    def index(self) -> str:
        """Read the folder of articles, build its generation if it is new, make it current; return its id.

        Raises ArticlesError, and changes nothing, where the folder has problems.
        """
        return self._index(read_library(self.settings.library, self.settings.zone))

    def assistant(self) -> Assistant:
        """The Assistant over the folder as it is now, indexed first if it changed.

        A folder with problems is not indexed: each is logged and the last good generation answers.
        Raises ArticlesError where there is none yet.
        """
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
        return Assistant(generation, self.encoder, self.assistant_settings)

    def generation(self) -> Generation:
        """The newest good generation of this library. Raises GenerationError where there is none."""
        return self.store.load(self.encoder.fingerprint, self.library)

    def generation_of(self, library: Library) -> Generation:
        """The generation of a library, built or reused. What is current stays so."""
        return Generation.load(self.store.folder(self._build(library)), self.encoder.fingerprint)

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

    def _index(self, library: Library) -> str:
        generation = self._build(library)
        self.store.activate(generation, self.library)
        return generation

    def _build(self, library: Library) -> str:
        agreement = self.model.card.agreement
        figures = agreement.model_dump() if agreement else {}
        return build(library.articles, self.encoder, self.settings.var, figures, self._progress, words=library.words)
