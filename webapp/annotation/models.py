from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.projects.models import Case


class AnnotationState(models.TextChoices):
    """Where an annotation stands between people; `webapp.review.transitions` says what follows what."""

    NEW = "new", "new"
    IN_PROGRESS = "in_progress", "in progress"
    SUBMITTED = "submitted", "submitted"
    CHANGES_ASKED = "changes_asked", "changes asked"
    APPROVED = "approved", "approved"


EDITABLE = (AnnotationState.NEW, AnnotationState.IN_PROGRESS, AnnotationState.CHANGES_ASKED)


class Annotation(models.Model):
    """Masks of a case that are worked on together: what is said (edits) and what followed from it (slices).

    `revision` counts what people did: every edit, undo and redo raises it by one. `sequence` numbers the saved
    slices, so that a client can tell that it missed one. Both change by compare-and-set in the transaction that
    needs them, which works on databases with row locks and on SQLite alike. `changed` is when an edit or a decision
    was made last. With a `reader` it is that person's own reading of the case, otherwise the one that members share.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="annotations")
    revision = models.PositiveIntegerField(default=0)
    sequence = models.PositiveIntegerField(default=0)
    axis = models.PositiveSmallIntegerField()
    state = models.CharField(max_length=16, choices=AnnotationState.choices, default=AnnotationState.NEW)
    reader = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="readings")
    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.SET_NULL, null=True, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["case", "reader"], name="one_reading_a_reader"),
            models.CheckConstraint(condition=models.Q(axis__lte=2), name="axis_is_spatial"),
            models.CheckConstraint(
                condition=models.Q(state__in=AnnotationState.values), name="annotation_state_is_known"
            ),
        )
        indexes = (models.Index(fields=["state", "assignee"], name="annotation_by_state"),)

    def __str__(self) -> str:
        return f"annotation {self.pk} of {self.case}"


class EditKind(models.TextChoices):
    POINT = "point"
    BOX = "box"
    SCRIBBLE = "scribble"
    LASSO = "lasso"
    MASK = "mask"
    CARRY = "carry"
    OPERATION = "operation"
    LOCK = "lock"
    END = "end"
    UNDO = "undo"
    REDO = "redo"
    RESTORE = "restore"


PROMPT_KINDS = (
    EditKind.POINT, EditKind.BOX, EditKind.SCRIBBLE, EditKind.LASSO, EditKind.MASK, EditKind.CARRY, EditKind.LOCK,
    EditKind.END,
)  # fmt: skip
ACTIVE_KINDS = (*PROMPT_KINDS, EditKind.OPERATION)  # what counts until it is undone
UNDOABLE_KINDS = (*ACTIVE_KINDS, EditKind.RESTORE)


class Edit(models.Model):
    """One line of the append-only log. Prompts and operations are active until undone; an undo or redo names what it
    takes back or brings back in `payload`, an operation says there what it does (`operations/parameters.py`), a restore
    which earlier revision's prompts and operations count again (`versions.py`).

    `request` is the id the client gave: the same request sent again, after a reconnect, is the same edit.
    """

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="edits")
    revision = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=16, choices=EditKind.choices)
    label = models.PositiveSmallIntegerField(null=True)
    payload = models.JSONField(default=dict)
    request = models.UUIDField()
    undone_at_revision = models.PositiveIntegerField(null=True)
    model_hash = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        constraints = (
            models.UniqueConstraint(fields=["annotation", "request"], name="one_edit_a_request"),
            models.UniqueConstraint(fields=["annotation", "revision"], name="one_edit_a_revision"),
        )

    def __str__(self) -> str:
        return f"{self.kind} at revision {self.revision}"


class RunState(models.TextChoices):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


UNFINISHED = (RunState.QUEUED, RunState.RUNNING)


class Run(models.Model):
    """The work that a revision asks for. This row is the truth; the task in the broker is a wake-up.

    `edits_digest` stands for the ordered active edits: two revisions with the same digest mean the same masks.
    `progress` is the engine's own account of what is finished, valid for exactly the slices that are saved.
    `timings` sums milliseconds by stage, for benchmarks.
    """

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="runs")
    revision = models.PositiveIntegerField()
    edits_digest = models.CharField(max_length=32)
    model_hash = models.CharField(max_length=64, blank=True)
    state = models.CharField(max_length=16, choices=RunState.choices, default=RunState.QUEUED)
    worker = models.CharField(max_length=64, blank=True)
    lease_until = models.DateTimeField(null=True)
    enqueued = models.DateTimeField(null=True)
    wake_ups = models.PositiveIntegerField(default=0)
    view = models.JSONField(default=dict)
    progress = models.JSONField(null=True)
    slices_done = models.PositiveIntegerField(default=0)
    slices_remaining = models.PositiveIntegerField(default=0)
    created = models.DateTimeField(auto_now_add=True)
    started = models.DateTimeField(null=True)
    finished = models.DateTimeField(null=True)
    sentence = models.TextField(blank=True)
    timings = models.JSONField(default=dict)

    class Meta:
        constraints = (models.UniqueConstraint(fields=["annotation", "revision"], name="one_run_a_revision"),)
        indexes = (
            models.Index(fields=["state", "enqueued"], name="run_by_state"),
            models.Index(fields=["annotation", "edits_digest"], name="run_by_edits"),
        )

    def __str__(self) -> str:
        return f"run {self.pk} ({self.state})"


class Trust(models.IntegerChoices):
    MODEL = 0
    PROMPTED = 1
    PAINTED = 2
    INTERPOLATED = 3
    REVIEWED = 4


class SliceMask(models.Model):
    """The labels of one slice across the propagation axis as a revision left them.

    The current slice is the one with the highest revision. `labels` is run-length coded as it goes over the
    socket, cropped to the box (row0, col0, rows, cols); `state` is the engine's, to go on from here; `digest`
    stands for all content, so that two revisions can be compared without reading it.
    """

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="slices")
    z = models.PositiveIntegerField()
    revision = models.PositiveIntegerField()
    sequence = models.PositiveIntegerField()
    trust = models.PositiveSmallIntegerField(choices=Trust.choices)
    row0 = models.PositiveIntegerField()
    col0 = models.PositiveIntegerField()
    rows = models.PositiveIntegerField()
    cols = models.PositiveIntegerField()
    confidence = models.JSONField(default=list)
    digest = models.CharField(max_length=32)
    labels = models.BinaryField()
    state = models.BinaryField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["annotation", "z", "revision"], name="one_slice_a_revision"),)
        indexes = (models.Index(fields=["annotation", "sequence"], name="slice_by_sequence"),)

    def __str__(self) -> str:
        return f"slice {self.z} at revision {self.revision}"


class LabelMapState(models.TextChoices):
    QUEUED = "queued"
    READING = "reading"
    READY = "ready"
    FAILED = "failed"
    TAKEN_OVER = "taken_over"


class LabelMap(models.Model):
    """Labels that somebody made elsewhere and brought as a file, to be taken over into an annotation.

    Read onto the image's grid, they stay in `folder`: the edit that takes them over names this row, and a replay needs
    them again. `segments` says what the file holds: number in the array, value and name in the file, voxels.
    """

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="label_maps")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    name = models.CharField(max_length=255)
    state = models.CharField(max_length=16, choices=LabelMapState.choices, default=LabelMapState.QUEUED)
    sentence = models.TextField(blank=True)
    segments = models.JSONField(default=list)
    lease_until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "label_maps" / str(self.pk)


class Presence(models.Model):
    """An open connection of a person to an annotation; one that is not refreshed is taken for gone."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="presences")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    connection = models.CharField(max_length=120, unique=True)
    seen = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.user} at {self.annotation}"
