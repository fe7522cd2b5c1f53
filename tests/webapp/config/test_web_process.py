import os
import subprocess
import sys
from typing import Any

import pytest
from django.conf import settings

from webapp.config.body_limit import FORM_BYTES, BodyLimit


def test_the_web_process_never_loads_the_engine() -> None:
    code = "import sys, webapp.config.asgi; sys.exit(sorted({'torch', 'segmentation_engine'} & set(sys.modules)))"
    answer = subprocess.run(
        [sys.executable, "-c", code.replace("sys.exit(", "print(")], cwd=settings.BASE_DIR, env=dict(os.environ),
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    assert answer.stdout.strip() == "[]"


async def _answer(path: str, announced: int | None, body: bytes) -> tuple[list[Any], int]:
    """What is sent back, and how many bytes the application behind the limit was given."""
    given = 0
    sent: list[Any] = []

    async def application(scope: Any, receive: Any, send: Any) -> None:
        nonlocal given
        while (message := await receive())["type"] == "http.request":
            given += len(message["body"])
            if not message["more_body"]:
                break

    pieces = [body[i : i + 2**16] for i in range(0, len(body), 2**16)]

    async def receive() -> Any:
        piece = pieces.pop(0)
        return {"type": "http.request", "body": piece, "more_body": bool(pieces)}

    async def send(message: Any) -> None:
        sent.append(message)

    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    await BodyLimit(application)({"type": "http", "path": path, "headers": headers}, receive, send)
    return sent, given


async def test_a_body_that_is_announced_as_too_large_is_refused_unread() -> None:
    sent, given = await _answer("/api/projects/1/labels", FORM_BYTES + 1, b"x")
    assert (sent[0]["status"], given) == (413, 0)
    assert b"sentence" in sent[1]["body"]


async def test_a_body_that_grows_too_large_is_cut_off() -> None:
    _, given = await _answer("/", None, b"x" * (FORM_BYTES + 2**17))
    assert given <= FORM_BYTES


@pytest.mark.parametrize("path", ["/api/projects/1/uploads"])
async def test_only_uploads_may_be_large(path: str) -> None:
    _, given = await _answer(path, FORM_BYTES * 2, b"x" * (FORM_BYTES * 2))
    assert given == FORM_BYTES * 2
