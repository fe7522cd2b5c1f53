"""Labels that were made elsewhere: brought as a file, read in the background, taken over as an edit of the log."""

from __future__ import annotations

import json
import logging
import shutil
import uuid
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone
from kombu.exceptions import OperationalError

from webapp.accounts.models import User
from webapp.annotation import selectors, services
from webapp.annotation.models import LabelMap, LabelMapState
from webapp.annotation.operations.parameters import ImportLabels
from webapp.errors import ConflictError, DomainError, NotFoundError
from webapp.projects.permissions import Action
from webapp.projects.selectors import labels_of, project_for
from webapp.projects.services import add_label
from webapp.volumes.reading import run_bounded
from webapp.volumes.services import clean_name

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha", ".dcm")
DICOM_NAME = "DICOM-SEG.dcm"  # a DICOM file's name may tell of the patient
SOURCE = "source"
UNFINISHED = (LabelMapState.QUEUED, LabelMapState.READING)
WENT_WRONG = "Something went wrong on the server while the file was read. It was written down there."


def label_map_for(user: User, label_map_id: int, action: Action = Action.VIEW) -> LabelMap:
    """The label map with its annotation, if the user may do `action` there."""
    found = LabelMap.objects.select_related("annotation__case__project", "user").filter(pk=label_map_id).first()
    if found is None:
        raise NotFoundError("There is no such label map.")
    selectors.annotation_for(user, found.annotation_id, action)
    return found


def bring(user: User, annotation_id: int, file: TemporaryUploadedFile) -> LabelMap:
    """Keep an uploaded label map and have it read."""
    annotation = selectors.annotation_for(user, annotation_id, Action.ANNOTATE)
    name = clean_name(file.name or "")
    if not name.lower().endswith(ENDINGS):
        raise DomainError(f"“{name}” cannot be read: its name must end in {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]}.")
    if not file.size:
        raise DomainError(f"“{name}” is empty.")
    if file.size > settings.MAX_UPLOAD_BYTES:
        raise DomainError(f"“{name}” is larger than the {settings.MAX_UPLOAD_BYTES // 2**20:,} MB allowed here.")
    kept = DICOM_NAME if name.lower().endswith(".dcm") else name
    label_map = LabelMap.objects.create(annotation=annotation, user=user, name=kept)
    try:
        shutil.rmtree(label_map.folder, ignore_errors=True)  # of a number that a crash gave back
        label_map.folder.mkdir(parents=True)
        shutil.move(file.temporary_file_path(), label_map.folder / SOURCE)
        file.close()
    except BaseException:
        shutil.rmtree(label_map.folder, ignore_errors=True)
        label_map.delete()
        raise
    transaction.on_commit(partial(_enqueue, label_map.pk))
    return label_map


def read(label_map_id: int) -> None:
    """Read a brought file onto the image's grid; whatever goes wrong ends as a sentence on the row.

    May be called again at any time: one that is read or being read is left alone, one whose worker died starts over.
    """
    now = timezone.now()
    free = Q(state=LabelMapState.QUEUED) | Q(state=LabelMapState.READING, lease_until__lt=now)
    lease = now + LEASE + timedelta(seconds=settings.IMPORT_SECONDS)
    mine = LabelMap.objects.filter(free, pk=label_map_id)
    if not mine.update(state=LabelMapState.READING, lease_until=lease):
        return
    label_map = LabelMap.objects.select_related("annotation__case").get(pk=label_map_id)
    try:
        facts = _facts(label_map)
    except DomainError as problem:
        _fail(label_map, problem.sentence)
    except Exception:
        log.exception("Label map %s could not be read", label_map_id)
        _fail(label_map, WENT_WRONG)
    else:
        (label_map.folder / SOURCE).unlink(missing_ok=True)
        LabelMap.objects.filter(pk=label_map_id).update(
            state=LabelMapState.READY, segments=facts["segments"], sentence=" ".join(facts["notes"]), lease_until=None
        )


def enqueue_abandoned() -> int:
    """Queue again what a broker forgot or a killed worker left; returns how many."""
    now = timezone.now()
    silent = Q(lease_until=None, created__lt=now - LEASE) | Q(lease_until__lt=now)
    found = list(LabelMap.objects.filter(silent, state__in=UNFINISHED).values_list("pk", flat=True))
    for label_map_id in found:
        still = LabelMap.objects.filter(silent, pk=label_map_id, state__in=UNFINISHED)
        if still.update(state=LabelMapState.QUEUED, lease_until=now + LEASE):
            _enqueue(label_map_id)
    return len(found)


def suggested(label_map: LabelMap) -> dict[int, int]:
    """Of each segment's number the label that it is likely to be: by name where the file has names, else by value."""
    labels = labels_of(label_map.annotation.case.project_id)
    names = {_plain(label.name): label.value for label in labels}
    values = {label.value for label in labels}
    found = {}
    for segment in label_map.segments:
        number, value, name = segment["number"], segment["value"], segment["name"]
        guess = names.get(_plain(name)) if name else value if value in values else None
        if guess is not None:
            found[number] = guess
    return found


def take_over(user: User, label_map_id: int, becomes: Mapping[int, int | str], *, over_any: bool) -> services.Accepted:
    """Make segments of a file labels, as an edit that undo takes back: of each segment's number the label's value, or
    the name of a new label. Labels that are there already stay, unless `over_any`."""
    label_map = label_map_for(user, label_map_id, Action.ANNOTATE)
    if label_map.state not in (LabelMapState.READY, LabelMapState.TAKEN_OVER):
        raise ConflictError("This file is not read yet.")
    known = {segment["number"] for segment in label_map.segments}
    if not becomes.keys() & known:
        raise DomainError("Choose a label for at least one of the file's.")
    values = _with_new_labels(user, label_map, becomes)
    chosen = sorted((number, value) for number, value in values.items() if number in known)
    label, *others = dict.fromkeys(value for _, value in chosen)
    operation = ImportLabels(
        name="import_labels",
        label=label,
        others=tuple(others),
        label_map=label_map.pk,
        segments=tuple(chosen),
        over="any" if over_any else "background",
    )
    accepted = services.operate(user, label_map.annotation_id, uuid.uuid4(), operation)
    LabelMap.objects.filter(pk=label_map.pk).update(state=LabelMapState.TAKEN_OVER)
    return accepted


def _with_new_labels(user: User, label_map: LabelMap, becomes: Mapping[int, int | str]) -> dict[int, int]:
    names = dict.fromkeys(wanted for wanted in becomes.values() if isinstance(wanted, str))
    if not names:
        return {number: wanted for number, wanted in becomes.items() if isinstance(wanted, int)}
    project = project_for(user, label_map.annotation.case.project_id, Action.EDIT_LABELS)
    made = {name: add_label(project, name).value for name in names}
    return {number: made[wanted] if isinstance(wanted, str) else wanted for number, wanted in becomes.items()}


def discard(user: User, label_map_id: int) -> None:
    """Forget a file that was not taken over."""
    label_map = label_map_for(user, label_map_id, Action.ANNOTATE)
    gone = LabelMap.objects.filter(pk=label_map_id, state__in=(LabelMapState.READY, LabelMapState.FAILED))
    if not gone.delete()[0]:
        raise ConflictError("This file is being read or is part of the annotation; it stays.")
    shutil.rmtree(label_map.folder, ignore_errors=True)


def _plain(name: str) -> str:
    return "".join(character for character in name.casefold() if character.isalnum())


def _facts(label_map: LabelMap) -> dict[str, Any]:
    volume = selectors.volume_of(label_map.annotation)
    grid = json.dumps({"shape": volume.shape, "affine": volume.affine})
    folder = label_map.folder
    return run_bounded("webapp.volumes.importing.label_file", folder / SOURCE, folder, "--grid", grid)


def _fail(label_map: LabelMap, sentence: str) -> None:
    shutil.rmtree(label_map.folder, ignore_errors=True)
    LabelMap.objects.filter(pk=label_map.pk).update(state=LabelMapState.FAILED, sentence=sentence, lease_until=None)


def _enqueue(label_map_id: int) -> None:
    from webapp.annotation.tasks import read_label_map

    try:
        read_label_map.apply_async(args=(label_map_id,), retry=False)
    except (OperationalError, OSError):
        log.warning("Label map %s could not be enqueued; the sweeper will try again.", label_map_id, exc_info=True)
