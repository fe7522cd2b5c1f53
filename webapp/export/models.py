from pathlib import Path

from django.conf import settings
from django.db import models

from webapp.export.names import safe_name
from webapp.projects.models import Project


class ExportState(models.TextChoices):
    QUEUED = "queued"
    WRITING = "writing"
    READY = "ready"
    FAILED = "failed"


class Export(models.Model):
    """A data set that somebody asked for: what it is to hold, how far it is written, and then the ZIP to download.

    `contents` lists annotations with the revisions they had when it was asked for, so that whoever writes it, however
    often, writes the same. `attempt` numbers the workers that began: one that was given up must not finish it.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="exports")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    wanted = models.JSONField()
    contents = models.JSONField()
    state = models.CharField(max_length=16, choices=ExportState.choices, default=ExportState.QUEUED)
    progress = models.FloatField(default=0.0)
    sentence = models.TextField(blank=True)
    attempt = models.PositiveIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    sha256 = models.CharField(max_length=64, blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("-id",)

    def __str__(self) -> str:
        return f"export {self.pk} of {self.project} ({self.state})"

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "exports" / str(self.pk)

    @property
    def path(self) -> Path:
        """The ZIP; there once the state is ready."""
        return self.folder / "export.zip"

    @property
    def download_name(self) -> str:
        """What the browser calls the ZIP."""
        return f"{safe_name(self.project.name, 'project')}_export_{self.pk}.zip"
