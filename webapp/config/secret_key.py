"""The secret that signs sessions when the environment gives none: made once, kept beside the data."""

import os
import secrets
from pathlib import Path


def secret_key_in(folder: Path) -> str:
    """The key in `folder`/secret-key, which is made at the first call, whichever process comes first."""
    path = folder / "secret-key"
    if not path.exists():
        _make(path)
    return path.read_text().strip()


def _make(path: Path) -> None:
    # Written beside and then linked: a process that starts at the same time sees all of it or nothing.
    draft = path.with_name(f"{path.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(secrets.token_urlsafe(48))
    try:
        os.link(draft, path)
    except FileExistsError:
        pass
    finally:
        draft.unlink()
