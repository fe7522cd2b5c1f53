"""Strict readers of environment variables: a value that makes no sense stops the start with a sentence."""

import os
from pathlib import Path
from urllib.parse import parse_qsl, unquote, urlsplit

from django.core.exceptions import ImproperlyConfigured

TRUE = {"1", "true", "yes", "on"}
FALSE = {"0", "false", "no", "off", ""}


def text(name: str, default: str) -> str:
    """The variable's text without surrounding blanks, or the default if it is unset or empty."""
    return os.environ.get(name, "").strip() or default


def flag(name: str, default: bool) -> bool:
    """A switch: 1/true/yes/on or 0/false/no/off, in any case."""
    if name not in os.environ:
        return default
    value = os.environ[name].strip().lower()
    if value not in TRUE | FALSE:
        raise ImproperlyConfigured(f"{name} must be true or false, not {value!r}.")
    return value in TRUE


def number(name: str, default: int, lowest: int, highest: int) -> int:
    """A whole number within [lowest, highest]."""
    written = text(name, str(default))
    try:
        value = int(written)
    except ValueError:
        raise ImproperlyConfigured(f"{name} must be a whole number, not {written!r}.") from None
    if not lowest <= value <= highest:
        raise ImproperlyConfigured(f"{name} must lie between {lowest} and {highest}, not {value}.")
    return value


def words(name: str, default: list[str]) -> list[str]:
    """A list separated by commas."""
    if name not in os.environ:
        return default
    return [word.strip() for word in os.environ[name].split(",") if word.strip()]


def folder(name: str, default: Path) -> Path:
    """A folder, made if it is not there yet, into which we can write."""
    path = Path(text(name, str(default))).expanduser().resolve()
    try:
        path.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ImproperlyConfigured(f"{name}: the folder {path} cannot be made ({error.strerror}).") from None
    if not os.access(path, os.W_OK | os.X_OK):
        raise ImproperlyConfigured(f"{name}: no permission to write to {path}.")
    return path


def database(name: str, default: str) -> dict[str, object]:
    """A database URL (`sqlite:///absolute/path` or `postgresql://user:password@host:port/name`) as Django wants it."""
    url = urlsplit(text(name, default))
    if url.scheme == "sqlite":
        return _sqlite(name, url.path)
    if url.scheme in {"postgres", "postgresql"}:
        if not url.path.strip("/"):
            raise ImproperlyConfigured(f"{name} names no database after the host.")
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(url.path.strip("/")),
            "USER": unquote(url.username or ""),
            "PASSWORD": unquote(url.password or ""),
            "HOST": unquote(url.hostname or ""),
            "PORT": str(url.port or ""),
            "OPTIONS": dict(parse_qsl(url.query)),
            # A socket's message is many short visits to the database: they share connections.
            "CONN_MAX_AGE": 60,
            "CONN_HEALTH_CHECKS": True,
        }
    raise ImproperlyConfigured(f"{name} must begin with sqlite:/// or postgresql://, not {url.scheme!r}.")


def _sqlite(name: str, path: str) -> dict[str, object]:
    if not path.startswith("/") or len(path) < 2:
        raise ImproperlyConfigured(f"{name} must name an absolute file, such as sqlite:////var/lib/s2v/db.sqlite3.")
    file = path[1:] if path.startswith("//") else path
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": unquote(file),
        "OPTIONS": {
            # SQLite has no row locks: taking the write lock at BEGIN is what makes our
            # read-then-write transactions safe, and waiting for it is what keeps them from failing.
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            # FULL: what was acknowledged survives a power cut, not only a killed process.
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON",
        },
    }


def redis(name: str, default: str) -> str:
    """A Redis address: redis://, rediss:// or unix:///path?db=0."""
    url = text(name, default)
    if urlsplit(url).scheme not in {"redis", "rediss", "unix"}:
        raise ImproperlyConfigured(f"{name} must begin with redis://, rediss:// or unix://.")
    return url


def broker(redis_url: str) -> str:
    """The same Redis address in the words of Celery's transport."""
    url = urlsplit(redis_url)
    if url.scheme != "unix":
        return redis_url
    options = dict(parse_qsl(url.query))
    return f"redis+socket://{url.path}?virtual_host={options.get('db', '0')}"
