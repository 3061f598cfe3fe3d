"""The files of deploy/ and docker-compose.yml agree with the product and with each other."""

import json
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parent.parent
MONITORING = ROOT / "deploy" / "monitoring"
COMPOSE = (ROOT / "docker-compose.yml").read_text(encoding="utf-8")
SERVICES = yaml.safe_load(COMPOSE)["services"]


needs_promtool = pytest.mark.skipif(not shutil.which("promtool"), reason="there is no promtool, of Prometheus")


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, cwd=ROOT, check=False)
    assert done.returncode == 0, done.stdout + done.stderr


@pytest.mark.parametrize("more", [[], ["--file", "deploy/source.yml"]])
def test_compose_takes_the_files(more):
    compose = Path(sysconfig.get_path("scripts")) / "docker-compose"
    run(compose, "--file", "docker-compose.yml", *more, "--profile", "monitoring", "config", "--quiet")


@needs_promtool
def test_the_alerts_fire_when_they_must_and_not_before():
    run("promtool", "test", "rules", MONITORING / "alerts_test.yml")


@needs_promtool
def test_prometheus_takes_its_configuration():
    run("promtool", "check", "config", "--syntax-only", MONITORING / "prometheus.yml")


@needs_promtool
def test_prometheus_takes_what_the_dashboard_asks(tmp_path):
    rules = [{"record": "asked", "expr": expression} for expression in dashboard_expressions()]
    file = tmp_path / "rules.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "dashboard", "rules": rules}]}), encoding="utf-8")
    run("promtool", "check", "rules", "--lint=none", file)


def dashboard_expressions():
    board = json.loads((MONITORING / "grafana/dashboards/txt2voice.json").read_text(encoding="utf-8"))
    return [target["expr"] for panel in board["panels"] for target in panel["targets"]]


def alert_expressions():
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text(encoding="utf-8"))["groups"]
    return [rule["expr"] for group in groups for rule in group["rules"]]


@pytest.mark.django_db
@pytest.mark.parametrize("expressions", [dashboard_expressions, alert_expressions])
def test_dashboard_and_alerts_ask_for_what_is_exported(client, expressions):
    exported = set(re.findall(r"^(txt2voice_\w+)", client.get("/metrics").content.decode(), re.M))
    asked = set(re.findall(r"txt2voice_\w+", " ".join(expressions())))
    assert asked
    assert asked <= exported


def test_what_is_mounted_from_the_repository_is_there():
    volumes = [volume for service in SERVICES.values() for volume in service.get("volumes", [])]
    mounted = [volume.split(":")[0] for volume in volumes if volume.startswith(".")]
    assert len(mounted) == 4
    assert all((ROOT / path).exists() for path in mounted)


def test_every_variable_of_the_compose_file_is_in_the_example():
    example = set(re.findall(r"^#([A-Z_]+)=", (ROOT / ".env.example").read_text(encoding="utf-8"), re.M))
    assert set(re.findall(r"\$\{([A-Z_]+)", COMPOSE)) | {"METRICS_TOKEN"} <= example


def test_a_hot_update_reaches_every_service_that_runs_our_code():
    source = yaml.safe_load((ROOT / "deploy/source.yml").read_text(encoding="utf-8"))["services"]
    assert set(source) == {name for name, service in SERVICES.items() if "build" in service}


def test_prometheus_asks_a_host_that_is_answered():
    config = yaml.safe_load((MONITORING / "prometheus.yml").read_text(encoding="utf-8"))
    [target] = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert target == "web:8000"
    assert SERVICES["web"]["environment"]["ALLOWED_HOSTS"].startswith("web,")
