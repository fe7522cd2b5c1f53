"""Everything that is announced to open sockets: the only place that sends to groups of the channel layer.

The database is the truth and an announcement a hint: a lost one shows as a gap in the sequence, which the client
closes by asking. So a channel layer that is out of reach is logged and never breaks what was committed before.
"""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Iterable
from typing import Literal, TypedDict

from channels.layers import get_channel_layer
from django.core.exceptions import ImproperlyConfigured

from webapp.annotation import frames, messages

logger = logging.getLogger(__name__)

SEND_TIMEOUT_SECONDS = 5.0


class TextEvent(TypedDict):
    """A server message for everybody at the annotation; of one `topic` only the newest matters."""

    type: Literal["annotation.text"]
    topic: str
    text: str


class FramesEvent(TypedDict):
    """One binary message of frames for everybody at the annotation."""

    type: Literal["annotation.frames"]
    message: bytes


class AccessEvent(TypedDict):
    """The person's permissions changed: look again."""

    type: Literal["access.changed"]


Event = TextEvent | FramesEvent | AccessEvent
Announcement = (
    messages.Prompts
    | messages.RunProgress
    | messages.FeaturesProgress
    | messages.Labels
    | messages.People
    | messages.Workflow
)


def annotation_group(annotation_id: int) -> str:
    """The channel layer's group of all sockets open at an annotation."""
    return f"annotation.{annotation_id}"


def person_group(user_id: int) -> str:
    """The channel layer's group of all sockets of a person."""
    return f"person.{user_id}"


def announce(annotation_id: int, message: Announcement) -> None:
    """Tell everybody at the annotation."""
    event = TextEvent(type="annotation.text", topic=message.type, text=message.text())
    _send(annotation_group(annotation_id), [event])


async def announce_presence(annotation_id: int, user_id: int, look: messages.Look) -> None:
    """Tell everybody at the annotation where a person is; of each person only the newest place matters."""
    message = messages.Presence(user=user_id, at=look.at, pointer=look.pointer)
    event = TextEvent(type="annotation.text", topic=f"{message.type}.{user_id}", text=message.text())
    try:
        await _group_send(annotation_group(annotation_id), [event])
    except Exception:
        logger.warning("Where a person is was not told to %s.", annotation_id, exc_info=True)


def announce_frames(annotation_id: int, encoded: Iterable[bytes]) -> None:
    """Send encoded frames to everybody at the annotation, joined into messages, in order."""
    batches = frames.batch_messages(encoded)
    events = [FramesEvent(type="annotation.frames", message=message) for message in batches]
    _send(annotation_group(annotation_id), events)


def access_changed(user_id: int) -> None:
    """Have all sockets of this person check again whether they may stay open."""
    _send(person_group(user_id), [AccessEvent(type="access.changed")])


class _Loop:
    """One event loop in a thread of its own, so that connections of the channel layer outlive a single send."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None

    def get(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                threading.Thread(target=self._loop.run_forever, name="announcements", daemon=True).start()
            return self._loop


_loop = _Loop()


def _send(group: str, events: list[Event] | list[FramesEvent] | list[TextEvent] | list[AccessEvent]) -> None:
    future = asyncio.run_coroutine_threadsafe(_group_send(group, list(events)), _loop.get())
    try:
        future.result(SEND_TIMEOUT_SECONDS)
    except Exception:
        future.cancel()
        logger.warning("An announcement to %s was lost.", group, exc_info=True)


async def _group_send(group: str, events: list[Event]) -> None:
    layer = get_channel_layer()
    if layer is None:
        raise ImproperlyConfigured("CHANNEL_LAYERS names no channel layer.")
    for event in events:
        await layer.group_send(group, {**event})
