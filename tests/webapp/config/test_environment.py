from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from webapp.config import environment
from webapp.config.secret_key import secret_key_in


@pytest.mark.parametrize(("written", "meant"), [("1", True), ("Yes", True), ("off", False), ("", False)])
def test_a_switch_is_read(monkeypatch: pytest.MonkeyPatch, written: str, meant: bool) -> None:
    monkeypatch.setenv("X", written)
    assert environment.flag("X", not meant) is meant


def test_values_that_make_no_sense_stop_the_start_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "perhaps")
    with pytest.raises(ImproperlyConfigured, match="X must be true or false"):
        environment.flag("X", False)
    with pytest.raises(ImproperlyConfigured, match="whole number"):
        environment.number("X", 1, 0, 9)
    with pytest.raises(ImproperlyConfigured, match="must begin with"):
        environment.redis("X", "")
    with pytest.raises(ImproperlyConfigured, match="must begin with"):
        environment.database("X", "")
    monkeypatch.setenv("X", "10")
    with pytest.raises(ImproperlyConfigured, match="between 0 and 9"):
        environment.number("X", 1, 0, 9)


def test_databases_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("X", "postgresql://s2v:a%40b@db:5433/annotate")
    read = environment.database("X", "")
    assert (read["NAME"], read["USER"], read["PASSWORD"], read["HOST"], read["PORT"]) == (
        "annotate", "s2v", "a@b", "db", "5433",
    )  # fmt: skip
    monkeypatch.setenv("X", "sqlite:////var/lib/s2v/db.sqlite3")
    assert environment.database("X", "")["NAME"] == "/var/lib/s2v/db.sqlite3"
    assert environment.database("Y", "sqlite:///var/db.sqlite3")["NAME"] == "/var/db.sqlite3"


def test_a_socket_is_put_into_the_brokers_words() -> None:
    assert environment.broker("unix:///run/v.sock?db=2") == "redis+socket:///run/v.sock?virtual_host=2"
    assert environment.broker("redis://host:6379/1") == "redis://host:6379/1"


def test_the_secret_key_is_made_once_and_for_us_alone(tmp_path: Path) -> None:
    key = secret_key_in(tmp_path)
    assert len(key) > 40
    assert secret_key_in(tmp_path) == key
    assert (tmp_path / "secret-key").stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["secret-key"]
