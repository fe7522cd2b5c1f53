"""Bringing a file in: taken to disk at once, read in the background, a case at the end or a clear sentence."""

import hashlib
import logging
import re
import shutil
import zipfile
from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import partial
from pathlib import Path

from django.conf import settings
from django.core.files.uploadedfile import TemporaryUploadedFile
from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from webapp.accounts.models import User
from webapp.errors import DomainError
from webapp.projects.models import Case, Project
from webapp.projects.services import create_case
from webapp.volumes.models import Upload, UploadState, Volume
from webapp.volumes.reading import Facts, read_in_bounded_process

log = logging.getLogger(__name__)
LEASE = timedelta(seconds=60)
ENDINGS = (".nii", ".nii.gz", ".nrrd", ".mha", ".zip")
# Their names, like what is in them, may tell of the patient: neither is kept.
DICOM_ENDING = ".zip"
DICOM_NAME = "DICOM.zip"
SOURCE = "original"


def accept_upload(user: User, project: Project, file: TemporaryUploadedFile) -> Upload:
    """Keep an uploaded file and queue its import. The file is moved, not copied."""
    upload = _register(user, project, file.name or "", file.size or 0)
    try:
        upload.folder.mkdir(parents=True)
        shutil.move(file.temporary_file_path(), upload.folder / SOURCE)
        file.close()
    except BaseException:
        _forget(upload)
        raise
    transaction.on_commit(partial(_enqueue, upload.pk))
    return upload


def accept_dicom_files(user: User, project: Project, files: Sequence[TemporaryUploadedFile]) -> Upload:
    """Keep the files of a DICOM series that came one by one, as the ZIP file that they would be together."""
    upload = _register(user, project, DICOM_NAME, sum(file.size or 0 for file in files))
    try:
        upload.folder.mkdir(parents=True)
        with zipfile.ZipFile(upload.folder / SOURCE, "w") as packed:
            # Under numbers, without dates: names may tell of the patient, and the same files are the same ZIP file.
            for number, file in enumerate(sorted(files, key=lambda file: file.name or "")):
                with packed.open(zipfile.ZipInfo(f"{number:05d}"), "w", force_zip64=True) as entry:
                    shutil.copyfileobj(file, entry)
                file.close()
    except BaseException:
        _forget(upload)
        raise
    transaction.on_commit(partial(_enqueue, upload.pk))
    return upload


def import_file(user: User, project: Project, path: Path, case_name: str = "") -> Case:
    """Import a file that is on the server already, and wait for it; the file stays where it is.

    The case is called `case_name`, or else like the file.
    """
    upload = _register(user, project, path.name, path.stat().st_size)
    upload.folder.mkdir(parents=True)
    shutil.copyfile(path, upload.folder / SOURCE)
    import_upload(upload.pk)
    upload.refresh_from_db()
    if upload.case is None:
        raise DomainError(upload.sentence)
    if case_name:
        upload.case.name = case_name
        upload.case.save(update_fields=["name"])
    return upload.case


def import_upload(upload_id: int) -> None:
    """Turn an upload into a case with a volume; whatever goes wrong ends as a sentence on the upload.

    May be called again at any time: a finished or running import is left alone, one whose worker died
    starts over.
    """
    if not _claim(upload_id):
        return
    upload = Upload.objects.get(pk=upload_id)
    try:
        _import(upload)
    except DomainError as problem:
        _fail(upload, problem.sentence)
    except Exception:
        log.exception("Import of upload %s failed", upload_id)
        _fail(upload, "Something went wrong on the server while the file was read. It was written down there.")


def enqueue_abandoned_imports() -> int:
    """Queue again what a broker forgot or a killed worker left; returns how many."""
    now = timezone.now()
    forgotten = Q(state=UploadState.QUEUED, created__lt=now - LEASE) & (Q(lease_until=None) | Q(lease_until__lt=now))
    left = Q(state=UploadState.IMPORTING, lease_until__lt=now)
    found = list(Upload.objects.filter(forgotten | left).values_list("pk", flat=True))
    for upload_id in found:
        # The date keeps the next sweep, seconds later, from queueing it once more; a worker may take it at once.
        if Upload.objects.filter(forgotten | left, pk=upload_id).update(
            state=UploadState.QUEUED, lease_until=now + LEASE
        ):
            _enqueue(upload_id)
    return len(found)


def clean_name(name: str) -> str:
    """A file's name as we keep and show it: no folders, no control characters."""
    last = re.split(r"[/\\]", name)[-1]
    printable = "".join(character for character in last if character.isprintable()).strip()
    return printable[-255:] or "unnamed"


def _register(user: User, project: Project, name: str, size_bytes: int) -> Upload:
    name = clean_name(name)
    if not name.lower().endswith(ENDINGS):
        raise DomainError(
            f"“{name}” cannot be read: its name must end in .nii, .nii.gz, .nrrd, .mha or, for DICOM, .zip."
        )
    if size_bytes == 0:
        raise DomainError(f"“{name}” is empty.")
    if size_bytes > settings.MAX_UPLOAD_BYTES:
        raise DomainError(f"“{name}” is larger than the {settings.MAX_UPLOAD_BYTES // 2**20:,} MB allowed here.")
    return Upload.objects.create(project=project, user=user, name=name, size_bytes=size_bytes)


def _ending(name: str) -> str:
    return max((ending for ending in ENDINGS if name.lower().endswith(ending)), key=len, default="")


def _kept_name(upload: Upload) -> str:
    return DICOM_NAME if _ending(upload.name) == DICOM_ENDING else upload.name


def _enqueue(upload_id: int) -> None:
    from webapp.volumes.tasks import import_upload_task

    import_upload_task.delay(upload_id)


def _claim(upload_id: int) -> bool:
    now = timezone.now()
    free = Q(state=UploadState.QUEUED) | Q(state=UploadState.IMPORTING, lease_until__lt=now)
    claimed = Upload.objects.filter(free, pk=upload_id).update(
        state=UploadState.IMPORTING, lease_until=now + LEASE, progress=0
    )
    return claimed == 1


def _import(upload: Upload) -> None:
    source, folder = upload.folder / SOURCE, upload.folder / "volume"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    facts = read_in_bounded_process(source, folder, partial(_record_progress, upload))
    sha256 = _sha256(source)
    if _ending(upload.name) != DICOM_ENDING:
        source.rename(folder / f"original{_ending(upload.name)}")
    volume: Volume | None = None
    try:
        with transaction.atomic():
            volume = _create_volume(upload, facts, sha256)
            shutil.rmtree(volume.folder, ignore_errors=True)  # of a number that a crash gave back
            volume.folder.parent.mkdir(parents=True, exist_ok=True)
            shutil.move(folder, volume.folder)
            _finish(upload, volume.case)
    except BaseException:
        if volume is not None:
            shutil.rmtree(volume.folder, ignore_errors=True)
        raise
    shutil.rmtree(upload.folder, ignore_errors=True)


def _create_volume(upload: Upload, facts: Facts, sha256: str) -> Volume:
    name = upload.name[: len(upload.name) - len(_ending(upload.name))] or upload.name
    if facts.name:
        name = f"{facts.name} {upload.pk:04d}"
    size_z, size_y, size_x = facts.shape
    spacing_z, spacing_y, spacing_x = facts.spacing_mm
    return Volume.objects.create(
        case=create_case(upload.project, name[:200]),
        name=name[:200],
        original_name=_kept_name(upload),
        sha256=sha256,
        size_z=size_z,
        size_y=size_y,
        size_x=size_x,
        spacing_z_mm=spacing_z,
        spacing_y_mm=spacing_y,
        spacing_x_mm=spacing_x,
        affine=facts.affine,
        scale=facts.scale,
        offset=facts.offset,
        window_center=facts.window[0],
        window_width=facts.window[1],
        value_low=facts.value_range[0],
        value_high=facts.value_range[1],
        percentile_1=facts.percentiles[0],
        percentile_99=facts.percentiles[1],
        modality=facts.modality,
        note=" ".join((*facts.notes, *_same_file(upload.project, sha256))),
    )


def _same_file(project: Project, sha256: str) -> list[str]:
    """A note if the project has this very file already; it may be wanted twice, so that it is said, not refused."""
    twin = Volume.objects.filter(case__project=project, sha256=sha256).select_related("case").first()
    return [] if twin is None else [f"The same file is in this project already, as “{twin.case.name}”."]


def _finish(upload: Upload, case: Case) -> None:
    upload.state, upload.progress, upload.case = UploadState.READY, 1.0, case
    upload.lease_until, upload.name = None, _kept_name(upload)
    upload.save(update_fields=["state", "progress", "case", "lease_until", "name"])


def _fail(upload: Upload, sentence: str) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)
    Upload.objects.filter(pk=upload.pk).update(
        state=UploadState.FAILED, sentence=sentence, lease_until=None, name=_kept_name(upload)
    )


def _forget(upload: Upload) -> None:
    shutil.rmtree(upload.folder, ignore_errors=True)
    upload.delete()


def _record_progress(upload: Upload, fraction: float) -> None:
    if fraction - upload.progress < 0.05:
        return
    upload.progress = fraction
    Upload.objects.filter(pk=upload.pk).update(progress=fraction, lease_until=timezone.now() + LEASE)


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def waiting_uploads(project: Project) -> Iterable[Upload]:
    """Uploads of a project that are not cases yet, newest first; failed ones for a day."""
    recent = Q(state=UploadState.FAILED, created__gt=timezone.now() - timedelta(days=1))
    under_way = Q(state__in=[UploadState.QUEUED, UploadState.IMPORTING])
    return Upload.objects.filter(recent | under_way, project=project).order_by("-id")
