"""Run docker-compose.yml without Docker: the command of each service as it stands there, against a real PostgreSQL.

    .venv/bin/python deploy/run_natively.py --postgres postgres://postgres@127.0.0.1:5432

Proves that the file's commands, variables, order, health checks and stops work together: it starts what the project
builds, adds a book over the API, has it recognised, fetches the script, and stops everything within the grace periods.
What differs from Docker: the server is the one given (a database of its own is made there and dropped), the volume
/data is a directory that is thrown away, and images and networks are not there. Port 8000 must be free.
"""

from __future__ import annotations

import argparse
import os
import re
import shlex
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import httpx2
import psycopg
import yaml

ROOT = Path(__file__).resolve().parent.parent
WEB = "http://127.0.0.1:8000"
SAMPLE = ROOT / "books" / "samples" / "三国演义.txt"
DATABASE = "txt2voice_native"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    arguments.add_argument("--postgres", required=True, metavar="URL", help="server on which a database may be made")
    arguments.add_argument("--scale", type=int, default=1, metavar="N", help="this many workers")
    given = arguments.parse_args()
    with ExitStack() as stack:
        server = given.postgres.rstrip("/")
        stack.enter_context(database(server))
        data = stack.enter_context(tempfile.TemporaryDirectory())
        chosen = {"DATABASE_URL": f"{server}/{DATABASE}"}
        services = read(ROOT / "docker-compose.yml", os.environ | chosen)
        ours = {name: service for name, service in services.items() if "build" in service}
        running: dict[str, subprocess.Popen[bytes]] = {}
        stack.callback(end, running)
        for name in in_order(ours):
            environment = variables(ours[name], data)
            print(f"$ {ours[name]['command']}", flush=True)
            for copy in range(given.scale if name == "worker" else 1):
                running[f"{name} {copy + 1}"] = start(ours[name]["command"], environment)
            if must_complete(name, ours):
                assert running.pop(f"{name} 1").wait() == 0, f"{name} failed"
            elif "healthcheck" in ours[name]:
                check = ours[name]["healthcheck"]
                took = wait_for(partial(healthy, check, environment), seconds(check["start_period"]))
                print(f"  {name} is healthy after {took:.1f} s")
        took = wait_for(lambda: httpx2.get(f"{WEB}/health", trust_env=False).status_code == 200, 60)
        print(f"  /health is 200 after {took:.1f} s more")
        recognise_a_book(environment)
        for name in reversed(running):
            stop(name, running[name], seconds(ours[name.split()[0]]["stop_grace_period"]))
        running.clear()


# ------------------------------------------------------------------------------------------ the file


def read(path: Path, environment: dict[str, str]) -> dict[str, Any]:
    """The services, with each ${NAME:-default} replaced as Compose does; a default may hold another."""

    def value(match: re.Match[str]) -> str:
        return environment.get(match[1]) or re.sub(variable, value, match[2])

    variable = re.compile(r"\$\{(\w+):-((?:[^{}]|\{[^{}]*\})*)\}")
    services: dict[str, Any] = yaml.safe_load(variable.sub(value, path.read_text(encoding="utf-8")))["services"]
    return services


def in_order(services: dict[str, Any]) -> list[str]:
    """Names, each after those of `services` that it depends on."""
    order: list[str] = []
    while len(order) < len(services):
        order += [n for n, s in services.items() if n not in order and {*s["depends_on"]} & {*services} <= {*order}]
    return order


def must_complete(name: str, services: dict[str, Any]) -> bool:
    wanted = {"condition": "service_completed_successfully"}
    return any(service["depends_on"].get(name) == wanted for service in services.values())


def variables(service: dict[str, Any], data: str) -> dict[str, str]:
    inherited = {name: os.environ[name] for name in ("HOME", "LANG") if name in os.environ}
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    return inherited | service["environment"] | {"DATA_DIR": data, "PATH": path, "PYTHONUNBUFFERED": "1"}


def seconds(duration: str) -> float:
    return float(duration[:-1]) * {"s": 1, "m": 60}[duration[-1]]


# ------------------------------------------------------------------------------------------ processes


@contextmanager
def database(server: str) -> Any:
    with psycopg.connect(f"{server}/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {DATABASE}")
        connection.execute(f"CREATE DATABASE {DATABASE}")
        yield
        connection.execute(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def start(command: str, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(shlex.split(command), cwd=ROOT, env=environment)


def healthy(check: dict[str, Any], environment: dict[str, str]) -> bool:
    form, *command = check["test"]
    assert form == "CMD"
    return subprocess.run(command, env=environment, capture_output=True, check=False).returncode == 0


def wait_for(is_there: Callable[[], bool], limit: float) -> float:
    """Seconds it took. Raises TimeoutError."""
    began = time.monotonic()
    while not is_there():
        if time.monotonic() - began > limit:
            raise TimeoutError(f"not there after {limit} s")
        time.sleep(0.5)
    return time.monotonic() - began


def stop(name: str, process: subprocess.Popen[bytes], grace: float) -> None:
    began = time.monotonic()
    process.terminate()
    code = process.wait(grace)
    assert code == 0, f"{name} ended with {code}"
    print(f"  {name} stopped in {time.monotonic() - began:.1f} s of {grace:.0f}")


def end(running: dict[str, subprocess.Popen[bytes]]) -> None:
    """Leave nothing behind after a failure."""
    for process in running.values():
        process.terminate()
    for process in running.values():
        process.wait()


# ------------------------------------------------------------------------------------------ what it is for

MAKE_TOKEN = """
from django.contrib.auth.models import User
from knox.models import AuthToken
print(AuthToken.objects.create(User.objects.create_user("reader"))[1])
"""


def recognise_a_book(environment: dict[str, str]) -> None:
    shell = ["python", "manage.py", "shell", "--verbosity", "0", "--command", MAKE_TOKEN]
    made = subprocess.run(shell, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
    headers = {"Authorization": f"Token {made.stdout.strip()}"}
    with httpx2.Client(base_url=WEB, headers=headers, trust_env=False, timeout=60) as api:

        def get(path: str) -> Any:
            return api.get(path).raise_for_status().json()

        book = api.post("/api/books/", files={"file": (SAMPLE.name, SAMPLE.read_bytes())}).raise_for_status().json()
        recognise = f"/api/books/{book['id']}/characters/recognize"
        api.post(recognise).raise_for_status()
        took = wait_for(lambda: get(recognise)["data"]["status"] in ("completed", "failed"), 120)
        state = get(recognise)["data"]
        assert state["status"] == "completed", state
        script = get(f"/api/books/{book['id']}/script/")
        known = sum(quote["speaker"] is not None for quote in script["quotes"])
        print(f"  {script['book']['length']} characters read in {took:.1f} s: {len(script['characters'])} people, "
              f"{len(script['quotes'])} quotations, {known} with a speaker")  # fmt: skip
        assert script["quotes"] and known > len(script["quotes"]) / 2
        figures = [line for line in api.get("/metrics").raise_for_status().text.splitlines() if line[0] != "#"]
        print(f"  /metrics has {len(figures)} figures")


if __name__ == "__main__":
    main()
