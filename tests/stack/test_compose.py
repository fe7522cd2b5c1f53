"""The production set-up says only what the code understands."""

import ast
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from webapp.config.celery import BACKGROUND, INTERACTIVE

ROOT = Path(__file__).resolve().parents[2]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "docker-compose.yml").read_text())
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
OURS = [name for name, service in SERVICES.items() if service["image"] == "s2v-annotate"]
READ_BY_LIBRARIES = {"OMP_NUM_THREADS"}


def names_that_settings_read() -> set[str]:
    """The first argument of every `environment.reader("NAME", …)` in settings.py."""
    tree = ast.parse((ROOT / "webapp/config/settings.py").read_text())
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)]
    readers = [call for call in calls if isinstance(call.func.value, ast.Name) and call.func.value.id == "environment"]
    return {str(call.args[0].value) for call in readers if call.args and isinstance(call.args[0], ast.Constant)}


def test_the_services_of_the_design_are_there() -> None:
    expected = {"proxy", "migrate", "web", "interactive-gpu", "interactive-cpu", "background", "sweeper"}
    assert set(SERVICES) == expected | {"postgres", "redis"}
    assert SERVICES["interactive-gpu"]["profiles"] == ["gpu"]
    assert SERVICES["interactive-cpu"]["profiles"] == ["cpu"]
    devices = SERVICES["interactive-gpu"]["deploy"]["resources"]["reservations"]["devices"]
    assert devices[0]["driver"] == "nvidia"


@pytest.mark.parametrize("name", OURS)
def test_a_service_sets_only_what_the_settings_read(name: str) -> None:
    unknown = set(SERVICES[name]["environment"]) - names_that_settings_read() - READ_BY_LIBRARIES
    assert not unknown


@pytest.mark.parametrize("name", OURS)
def test_a_service_has_a_database_a_broker_and_the_key(name: str) -> None:
    settings = SERVICES[name]["environment"]
    assert settings["DATABASE_URL"].startswith("postgresql://")
    assert settings["REDIS_URL"].startswith("redis://")
    assert {"S2V_SECRET_KEY", "S2V_ALLOWED_HOSTS", "S2V_ORIGINS", "S2V_BEHIND_PROXY", "S2V_DATA"} <= set(settings)


@pytest.mark.parametrize("name", ["interactive-gpu", "interactive-cpu", "background"])
def test_a_worker_takes_queues_that_exist_with_prefetch_one(name: str) -> None:
    command = SERVICES[name]["command"]
    queues = re.search(r"--queues (\S+)", command)
    assert queues is not None
    assert queues[1] == (BACKGROUND if name == "background" else INTERACTIVE)
    assert "--prefetch-multiplier 1" in command
    assert "--pool solo" in command


def test_what_a_service_waits_for_exists_and_reports_that_it_is_ready() -> None:
    for service in SERVICES.values():
        for other, wait in service.get("depends_on", {}).items():
            assert other in SERVICES
            if wait["condition"] == "service_healthy":
                assert "healthcheck" in SERVICES[other]


def test_every_volume_that_is_mounted_is_declared() -> None:
    mounted = {mount.partition(":")[0] for service in SERVICES.values() for mount in service.get("volumes", [])}
    assert {name for name in mounted if not name.startswith(".")} == set(COMPOSE["volumes"])


def test_what_the_image_copies_exists() -> None:
    for line in (ROOT / "Dockerfile").read_text().splitlines():
        if line.startswith("COPY ") and "--from" not in line:
            for source in line.split()[1:-1]:
                assert (ROOT / source).exists(), source
    assert (ROOT / "deploy/Caddyfile").exists()
