"""Asking for an export, and writing it in the background: a ZIP at the end or a clear sentence."""

from __future__ import annotations

import errno
import hashlib
import logging
import shutil
import time
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Any

from django.db import transaction
from django.db.models import F, Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.accounts.models import User
from webapp.errors import ConflictError, DomainError
from webapp.export.dataset import Pin, choose, gather
from webapp.export.models import Export, ExportState
from webapp.export.options import Wanted, wanted_from
from webapp.projects.models import Project

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
RENEW_SECONDS = 0.5
PIECE_BYTES = 2**24
MOST_ATTEMPTS = 3
UNFINISHED = (ExportState.QUEUED, ExportState.WRITING)


class TakenOverError(Exception):
    """Another worker writes this export now, or nobody wants it any more."""


def request_export(user: User, project: Project, wanted: Wanted) -> Export:
    """Fix what an export holds and queue its writing."""
    with transaction.atomic():
        pins = choose(project, wanted.selection)
        if not pins:
            raise DomainError("There is nothing to export: no case of this project has labels yet.")
        contents = [{"annotation": pin.annotation, "revision": pin.revision} for pin in pins]
        export = Export.objects.create(project=project, user=user, wanted=wanted.as_json(), contents=contents)
        transaction.on_commit(partial(_enqueue, export.pk))
    return export


def remove_export(export: Export) -> None:
    """Take an export off the list and its file off the disk."""
    with transaction.atomic():
        removed, _ = Export.objects.filter(pk=export.pk).exclude(state=ExportState.WRITING).delete()
        if not removed:
            raise ConflictError("This export is being written; wait until it is done.")
        transaction.on_commit(partial(shutil.rmtree, export.folder, ignore_errors=True))


def write_export(export_id: int) -> None:
    """Write an export's ZIP; whatever goes wrong ends as a sentence on the export.

    May be called again at any time: one that is finished or being written is left alone, one whose worker died
    starts over.
    """
    attempt = _claim(export_id)
    if attempt is None:
        return
    export = Export.objects.select_related("project").get(pk=export_id)
    try:
        _write(export, attempt)
    except TakenOverError:
        log.info("Export %s is written by another worker now.", export_id)
    except DomainError as problem:
        _fail(export_id, attempt, problem.sentence)
    except OSError as problem:
        log.exception("Export %s failed", export_id)
        full = problem.errno in (errno.ENOSPC, errno.EDQUOT)
        _fail(export_id, attempt, "There is not enough room on the server's disk." if full else _WENT_WRONG)
    except Exception:
        log.exception("Export %s failed", export_id)
        _fail(export_id, attempt, _WENT_WRONG)


def enqueue_abandoned_exports() -> int:
    """Queue again what a broker forgot or a killed worker left; returns how many."""
    now = timezone.now()
    silent = Q(lease_until=None, created__lt=now - LEASE) | Q(lease_until__lt=now)
    found = list(Export.objects.filter(silent, state__in=UNFINISHED).values_list("pk", flat=True))
    for export_id in found:
        # The date keeps the next sweep, seconds later, from queueing it once more; a worker may take it at once.
        still = Export.objects.filter(silent, pk=export_id, state__in=UNFINISHED)
        if still.update(state=ExportState.QUEUED, lease_until=now + LEASE):
            _enqueue(export_id)
    return len(found)


def look_after_exports(**_: Any) -> None:
    """What the sweeper calls every few seconds."""
    enqueue_abandoned_exports()


_WENT_WRONG = "Something went wrong on the server while the export was written. It was written down there."


def _enqueue(export_id: int) -> None:
    from webapp.export.tasks import write_export_task

    try:
        write_export_task.apply_async(args=(export_id,), retry=False)
    except (OperationalError, OSError):
        log.warning("Export %s could not be enqueued; the sweeper will try again.", export_id, exc_info=True)


def _claim(export_id: int) -> int | None:
    """The number of our attempt, or None if there is nothing to do."""
    now = timezone.now()
    free = Q(state=ExportState.QUEUED) | Q(state=ExportState.WRITING, lease_until__lt=now)
    with transaction.atomic():
        taken = Export.objects.filter(free, pk=export_id).update(
            state=ExportState.WRITING, lease_until=now + LEASE, progress=0, attempt=F("attempt") + 1
        )
        attempt = Export.objects.filter(pk=export_id).values_list("attempt", flat=True).first()
    if not taken or attempt is None:
        return None
    if attempt > MOST_ATTEMPTS:
        _fail(export_id, attempt, f"Writing it broke off {MOST_ATTEMPTS} times. Try it with fewer formats at once.")
        return None
    return attempt


def _write(export: Export, attempt: int) -> None:
    from webapp.export import archive

    lease = _Lease(export.pk, attempt)
    shutil.rmtree(export.folder, ignore_errors=True)  # of a number that a crash gave back, or an earlier attempt
    export.folder.mkdir(parents=True)
    part = export.folder / f"{attempt}.part"
    try:
        pins = [Pin(**pin) for pin in export.contents]
        dataset = gather(export.project, wanted_from(export.wanted), pins, lease.told)
        archive.write(part, dataset, lease.told)
        facts = {"size_bytes": part.stat().st_size, "sha256": _sha256(part, lease)}
        with transaction.atomic():
            if not lease.mine().update(state=ExportState.READY, progress=1.0, lease_until=None, **facts):
                raise TakenOverError
            part.rename(export.path)
    finally:
        part.unlink(missing_ok=True)


class _Lease:
    """Says that we are still at it, and finds out when we are not wanted any more."""

    def __init__(self, export_id: int, attempt: int) -> None:
        self._export_id = export_id
        self._attempt = attempt
        self._told = 0.0

    def mine(self) -> Any:
        """The export as a query that matches only as long as this attempt is the newest."""
        return Export.objects.filter(pk=self._export_id, attempt=self._attempt, state=ExportState.WRITING)

    def told(self, fraction: float) -> None:
        """Record the progress and renew the lease, twice a second at most."""
        if time.monotonic() - self._told < RENEW_SECONDS:
            return
        self._told = time.monotonic()
        if not self.mine().update(progress=fraction, lease_until=timezone.now() + LEASE):
            raise TakenOverError


def _fail(export_id: int, attempt: int, sentence: str) -> None:
    failed = Export.objects.filter(pk=export_id, attempt=attempt, state=ExportState.WRITING)
    if failed.update(state=ExportState.FAILED, sentence=sentence, lease_until=None):
        shutil.rmtree(Export(pk=export_id).folder, ignore_errors=True)


def _sha256(path: Path, lease: _Lease) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            digest.update(piece)
            lease.told(1.0)
    return digest.hexdigest()
