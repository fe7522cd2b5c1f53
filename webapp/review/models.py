from django.conf import settings
from django.db import models

from webapp.annotation.models import Annotation, AnnotationState
from webapp.review.transitions import Step


class Decision(models.Model):
    """One step of an annotation's way, as it was taken: at which revision, and what was said of it."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="decisions")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    step = models.CharField(max_length=16, choices=Step.choices)
    before = models.CharField(max_length=16, choices=AnnotationState.choices)
    after = models.CharField(max_length=16, choices=AnnotationState.choices)
    revision = models.PositiveIntegerField()
    comment = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"{self.step} of annotation {self.annotation_id}"


class Assignment(models.Model):
    """Whose work an annotation became when; `user` is empty where it was taken from somebody and given to nobody."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="assignments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")
    by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"annotation {self.annotation_id} to {self.user}"


class Remark(models.Model):
    """Something said of a voxel (z, y, x) on the storage axes, open until somebody resolves it."""

    annotation = models.ForeignKey(Annotation, on_delete=models.CASCADE, related_name="remarks")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    label = models.PositiveSmallIntegerField(null=True)
    z = models.PositiveIntegerField()
    y = models.PositiveIntegerField()
    x = models.PositiveIntegerField()
    text = models.TextField()
    revision = models.PositiveIntegerField()
    created = models.DateTimeField(auto_now_add=True)
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+")

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return f"remark {self.pk} at annotation {self.annotation_id}"


class Reply(models.Model):
    """An answer to a remark."""

    remark = models.ForeignKey(Remark, on_delete=models.CASCADE, related_name="replies")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    text = models.TextField()
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        verbose_name_plural = "replies"

    def __str__(self) -> str:
        return f"reply {self.pk} to remark {self.remark_id}"
