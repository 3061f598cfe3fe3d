"""The engines by name."""

from __future__ import annotations

from collections.abc import Callable

from recognition.engines import Engine
from recognition.engines.offline import OfflineEngine

ENGINES: dict[str, Callable[[], Engine]] = {"offline": OfflineEngine}
