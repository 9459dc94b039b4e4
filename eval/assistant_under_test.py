"""The Assistant under test: over one library's generation, by the same settings that serve."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime

from indexer.workspace import Workspace
from kb.assistant import Assistant, AssistantSettings
from kb.library import Library
from kb.progress import Progress, silent
from kb.settings import Settings


class AssistantUnderTest:
    """Builds or reuses the generation of a library, without making it current, and sets Assistants on it.

    at: the clock for questions that name no time; None: the real one.
    """

    def __init__(
        self,
        settings: Settings,
        library: Library,
        at: datetime | None = None,
        progress: Progress = silent,
    ) -> None:
        workspace = Workspace(settings, progress)
        self._index = workspace.generation_of(library)
        self._encoder = workspace.encoder
        self._clock: Callable[[], datetime] = (lambda: datetime.now(UTC)) if at is None else (lambda: at)
        self._workspace = workspace

    @property
    def settings(self) -> AssistantSettings:
        """As it serves. Raises SettingsError where the learned weights cannot be read."""
        return self._workspace.assistant_settings

    def assistant(self, settings: AssistantSettings | None = None) -> Assistant:
        """The Assistant as it serves, or with other settings for an ablation."""
        return Assistant(self._index, self._encoder, settings or self.settings, self._clock)

    @property
    def generation(self) -> str:
        """The generation's id."""
        return self._index.generation

    @property
    def model(self) -> str:
        """The encoder's name."""
        return self._encoder.name
