from django.conf import settings
from django.db import models

from webapp.annotation.models import Annotation
from webapp.projects.models import Case


class MeasurementKind(models.TextChoices):
    FIRST_ANSWER = "first_answer", "the model's first answers against what was approved"
    ROUNDS = "rounds", "what was handed in first against what was approved"
    READERS = "readers", "two readers of a case"


class MeasurementState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Measurement(models.Model):
    """How far two masks of a case agree, worked out once in the background and kept: revisions never change.

    `result` has numbers by label value and by slice (`measuring.py`). The model's first answers are of a revision for
    each label, so `first_revision` is 0 there.
    """

    kind = models.CharField(max_length=16, choices=MeasurementKind.choices)
    first = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="+")
    first_revision = models.PositiveIntegerField()
    second = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="measurements")
    second_revision = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=MeasurementState.choices, default=MeasurementState.WAITING)
    lease_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    result = models.JSONField(default=dict)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["kind", "first", "first_revision", "second", "second_revision"], name="measured_once"
            ),
        )
        indexes = (models.Index(fields=["state", "lease_until"], name="measurement_by_state"),)

    def __str__(self) -> str:
        return f"{self.kind} of annotation {self.second_id} at revision {self.second_revision}"


class ConsensusMethod(models.TextChoices):
    STAPLE = "staple", "STAPLE"
    MAJORITY = "majority", "majority"


class ConsensusState(models.TextChoices):
    WAITING = "waiting"
    DONE = "done"
    FAILED = "failed"


class Consensus(models.Model):
    """What somebody asked to be made of the readings of a case; it becomes strokes of theirs in the annotation that is
    shared. `readings` are annotations with the revisions that they had."""

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="consensuses")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    method = models.CharField(max_length=16, choices=ConsensusMethod.choices)
    readings = models.JSONField()
    state = models.CharField(max_length=16, choices=ConsensusState.choices, default=ConsensusState.WAITING)
    sentence = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        verbose_name_plural = "consensuses"
        constraints = (
            models.UniqueConstraint(
                fields=["case"], condition=models.Q(state="waiting"), name="one_consensus_at_a_time"
            ),
        )

    def __str__(self) -> str:
        return f"{self.method} of case {self.case_id}"
