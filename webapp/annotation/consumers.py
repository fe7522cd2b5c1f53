"""The socket of an annotation: parse, authorise, one call; and forward what is announced, unchanged."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer

from webapp.accounts.models import User
from webapp.annotation import events, feature_requests, frames, messages, presence, selectors, services, slices
from webapp.annotation.outbox import ClientTooSlowError, Outbox
from webapp.errors import DomainError, NotFoundError

logger = logging.getLogger(__name__)

CLOSE_ANONYMOUS = 4401
CLOSE_MEMBERSHIP_ENDED = 4403
CLOSE_NOT_FOUND = 4404
CLOSE_TOO_SLOW = 4408
CHECK_SECONDS = 5.0
VIEW_INTERVAL_SECONDS = 0.2
LOOK_INTERVAL_SECONDS = 0.1

T = TypeVar("T")
# Database work of all sockets: enough threads that one slow snapshot does not hold up another client's click.
_threads = ThreadPoolExecutor(max_workers=8, thread_name_prefix="sockets")


async def _in_thread(call: Callable[..., T], *args: Any) -> T:
    result: T = await database_sync_to_async(call, thread_sensitive=False, executor=_threads)(*args)
    return result


class AnnotationConsumer(AsyncWebsocketConsumer):
    """One open tab of one person."""

    user: User
    annotation_id: int
    outbox: Outbox

    async def connect(self) -> None:
        """Let members in and send them everything; tell others with a close code why not."""
        self.annotation_id = self.scope["url_route"]["kwargs"]["annotation_id"]
        self._tasks: list[asyncio.Task[None]] = []
        self._view: list[int] | None = None
        self._view_wanted = asyncio.Event()
        self._look: messages.Look | None = None
        self._looked = asyncio.Event()
        self._present = False
        await self.accept()
        user = self.scope["user"]
        if not isinstance(user, User):
            await self.close(CLOSE_ANONYMOUS)
            return
        self.user = user
        try:
            await _in_thread(presence.arrive, self.user, self.annotation_id, self.channel_name)
        except NotFoundError:
            await self.close(CLOSE_NOT_FOUND)
            return
        self._present = True
        await self._join()

    async def _join(self) -> None:
        self.outbox = Outbox(self._send, self._catch_up)
        for group in self._groups():
            await self.channel_layer.group_add(group, self.channel_name)
        self.outbox.put_catch_up(0, with_state=True)
        for work in (self.outbox.run(), self._look_after_itself(), self._pass_on_views(), self._pass_on_looks()):
            self._tasks.append(asyncio.create_task(self._guarded(work)))
        await _in_thread(feature_requests.request, self.annotation_id)

    def _groups(self) -> tuple[str, str]:
        return events.annotation_group(self.annotation_id), events.person_group(self.user.pk)

    async def disconnect(self, code: int) -> None:
        """Stop sending and say goodbye."""
        for task in self._tasks:
            task.cancel()
        if not self._present:
            return
        for group in self._groups():
            await self.channel_layer.group_discard(group, self.channel_name)
        await _in_thread(presence.leave, self.annotation_id, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        """Do what one message asks for, and answer."""
        if not self._present:
            return
        try:
            message = messages.parse_client_message(text_data or "")
        except messages.MessageError as error:
            await self._answer(messages.Refused(request=error.request, sentence=error.sentence))
            return
        request = str(message.request) if hasattr(message, "request") else None
        try:
            await self._obey(message)
        except NotFoundError:
            await self.close(CLOSE_MEMBERSHIP_ENDED)
        except DomainError as error:
            await self._answer(messages.Refused(request=request, sentence=error.sentence))
        except Exception:
            logger.exception("Message %s at annotation %s failed.", message.type, self.annotation_id)
            sentence = "Something went wrong on the server, and nothing was changed. Please try again."
            await self._answer(messages.Refused(request=request, sentence=sentence))

    async def _obey(self, message: messages.ClientMessage) -> None:
        match message:
            case messages.AddPrompt():
                await self._acknowledge(message, services.add_prompt, message)
            case messages.AddStroke():
                await self._acknowledge(message, services.add_stroke, message)
            case messages.Carry():
                await self._acknowledge(message, services.carry_on, message.request)
            case messages.AddOperation():
                await self._acknowledge(message, services.add_operation, message)
            case messages.Lock():
                await self._acknowledge(message, services.lock, message)
            case messages.End():
                await self._acknowledge(message, services.end, message)
            case messages.RemovePrompt():
                await self._acknowledge(message, services.remove_prompt, message)
            case messages.Undo():
                await self._acknowledge(message, services.undo, message.request)
            case messages.Redo():
                await self._acknowledge(message, services.redo, message.request)
            case messages.SetView():
                self._view = message.z
                self._view_wanted.set()
            case messages.Look():
                self._look = message
                self._looked.set()
            case messages.Resync():
                await _in_thread(selectors.annotation_for, self.user, self.annotation_id)
                self.outbox.put_catch_up(message.since)

    async def _acknowledge(
        self,
        message: messages.Editing,
        service: Callable[..., services.Accepted],
        argument: Any,
    ) -> None:
        accepted = await _in_thread(service, self.user, self.annotation_id, argument)
        await self._answer(messages.Ack(request=str(message.request), revision=accepted.revision, edit=accepted.edit))

    async def _answer(self, message: messages.Ack | messages.Refused) -> None:
        await self._put_text(message.text(), topic=None)

    async def _put_text(self, text: str, topic: str | None) -> None:
        try:
            self.outbox.put_text(text, topic)
        except ClientTooSlowError:
            await self.close(CLOSE_TOO_SLOW)

    async def annotation_text(self, event: events.TextEvent) -> None:
        """Forward an announced message."""
        await self._put_text(event["text"], topic=event["topic"])

    async def annotation_frames(self, event: events.FramesEvent) -> None:
        """Forward announced frames."""
        self.outbox.put_frames(event["message"])

    async def access_changed(self, _event: events.AccessEvent) -> None:
        """Close if the user is no member any more."""
        await self._check_access()

    async def _check_access(self) -> None:
        try:
            await _in_thread(presence.arrive, self.user, self.annotation_id, self.channel_name)
        except NotFoundError:
            await self.close(CLOSE_MEMBERSHIP_ENDED)

    async def _look_after_itself(self) -> None:
        """Check membership again, and close a gap that no later message would show, every few seconds."""
        while True:
            await asyncio.sleep(CHECK_SECONDS)
            await self._check_access()
            self.outbox.expect(await _in_thread(selectors.sequence_of, self.annotation_id))

    async def _pass_on_views(self) -> None:
        """Store where the user looks: only the newest place, a few times a second."""
        while True:
            await self._view_wanted.wait()
            self._view_wanted.clear()
            try:
                await _in_thread(services.set_view, self.user, self.annotation_id, self._view or [])
            except NotFoundError:
                await self.close(CLOSE_MEMBERSHIP_ENDED)
            await asyncio.sleep(VIEW_INTERVAL_SECONDS)

    async def _pass_on_looks(self) -> None:
        """Tell the others where the user is: only the newest place, however often the client says one.

        Nothing is stored, and nothing looked up: whoever may not be here is closed by `access_changed`."""
        while True:
            await self._looked.wait()
            self._looked.clear()
            if self._look is not None:
                await events.announce_presence(self.annotation_id, self.user.pk, self._look)
            await asyncio.sleep(LOOK_INTERVAL_SECONDS)

    async def _guarded(self, work: Any) -> None:
        """Run one of the socket's tasks; if it breaks, the socket closes and the client connects again."""
        try:
            await work
        except Exception:
            logger.exception("A task of the socket at annotation %s failed.", self.annotation_id)
            with contextlib.suppress(Exception):
                await self.close(1011)

    async def _send(self, message: str | bytes) -> None:
        if isinstance(message, str):
            await self.send(text_data=message)
        else:
            await self.send(bytes_data=message)

    async def _catch_up(self, since: int, with_state: bool) -> AsyncIterator[str | bytes]:
        annotation = await _in_thread(selectors.annotation_for, self.user, self.annotation_id)
        if with_state:
            state = await _in_thread(selectors.snapshot, annotation)
            yield state.text()
        pages = slices.pages_since(annotation, since)
        while page := await _in_thread(next, pages, None):
            for message in frames.batch_messages(map(slices.encode, page)):
                yield message
        self.outbox.caught_up(annotation.sequence)
        yield messages.Synced(sequence=annotation.sequence).text()
