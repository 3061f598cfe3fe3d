"""The engines as the settings describe them: the one place where the two meet."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings

from recognition.engines import Engine
from recognition.engines.llm.config import EndpointMemory, LLMConfig
from recognition.engines.offline import OfflineEngine

OFFLINE, LLM, REMOTE = "offline", "llm", "remote"


def has_model() -> bool:
    """Whether the settings name a language model: a key, or the address of a server that needs none."""
    return bool(settings.LLM_API_KEY or settings.LLM_BASE_URL)


def llm_config(token_limit: int | None = None) -> LLMConfig:
    """The model of the settings; `token_limit` is what may still be spent, None for no limit."""
    return LLMConfig(
        model=settings.LLM_MODEL,
        base_url=settings.LLM_BASE_URL,
        api_key=settings.LLM_API_KEY,
        concurrency=settings.LLM_CONCURRENCY,
        timeout=settings.LLM_TIMEOUT,
        token_limit=token_limit,
    )


def make_engine(
    name: str,
    memory: EndpointMemory | None = None,
    token_limit: int | None = None,
    may_ask: Callable[[], bool] = lambda: True,
) -> Engine:
    """The engine of that name: OFFLINE or LLM."""
    if name == OFFLINE:
        return OfflineEngine()
    from recognition.engines.llm.engine import LLMEngine  # it loads the provider's package, which takes a second

    return LLMEngine(llm_config(token_limit), memory, may_ask=may_ask)
