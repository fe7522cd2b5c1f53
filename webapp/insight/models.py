from django.db import models

from webapp.annotation.models import Annotation


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

    `result` maps label values to numbers (`measuring.py`). The model's first answers are of a revision for each label,
    so `first_revision` is 0 there.
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
