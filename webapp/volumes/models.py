from pathlib import Path

from django.conf import settings
from django.db import models
from django.utils import timezone

from webapp.projects.models import Case, Project


class Modality(models.TextChoices):
    CT = "CT"
    MR = "MR"
    OTHER = "other"


class Volume(models.Model):
    """A 3D image on its own grid: axes are stored (Z, Y, X) = (k, j, i) and never flipped or reordered.

    The arrays are files in `folder`: the original, `canonical.npy` (real values) and `display.i16` (raw
    little-endian int16, real value = scale * stored + offset). `affine` maps voxel (i, j, k) to RAS mm.
    """

    case = models.ForeignKey(Case, on_delete=models.CASCADE, related_name="volumes")
    name = models.CharField(max_length=200)
    original_name = models.CharField(max_length=255)
    sha256 = models.CharField(max_length=64)
    size_z = models.PositiveIntegerField()
    size_y = models.PositiveIntegerField()
    size_x = models.PositiveIntegerField()
    spacing_z_mm = models.FloatField()
    spacing_y_mm = models.FloatField()
    spacing_x_mm = models.FloatField()
    affine = models.JSONField()
    scale = models.FloatField()
    offset = models.FloatField()
    window_center = models.FloatField()
    window_width = models.FloatField()
    value_low = models.FloatField()
    value_high = models.FloatField()
    percentile_1 = models.FloatField()
    percentile_99 = models.FloatField()
    modality = models.CharField(max_length=8, choices=Modality.choices)
    note = models.TextField(blank=True)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)

    def __str__(self) -> str:
        return self.name

    @property
    def shape(self) -> tuple[int, int, int]:
        """(Z, Y, X) in voxels."""
        return self.size_z, self.size_y, self.size_x

    @property
    def spacing_mm(self) -> tuple[float, float, float]:
        """Millimetres between voxel centres along (Z, Y, X)."""
        return self.spacing_z_mm, self.spacing_y_mm, self.spacing_x_mm

    @property
    def folder(self) -> Path:
        return Path(settings.MEDIA_ROOT) / "volumes" / str(self.pk)

    @property
    def canonical_path(self) -> Path:
        """NumPy array (Z, Y, X) of real values."""
        return self.folder / "canonical.npy"

    @property
    def display_path(self) -> Path:
        """Raw little-endian int16, C order (Z, Y, X)."""
        return self.folder / "display.i16"

    @property
    def instances_path(self) -> Path:
        """UIDs of the DICOM images it came as, JSON; there is none for other formats."""
        return self.folder / "instances.json"

    @property
    def thumbnail_path(self) -> Path:
        """PNG of the middle slice."""
        return self.folder / "thumbnail.png"


class UploadState(models.TextChoices):
    QUEUED = "queued"
    IMPORTING = "importing"
    READY = "ready"
    FAILED = "failed"


class Upload(models.Model):
    """A file that somebody brought, on its way to becoming a case."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="uploads")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="uploads")
    name = models.CharField(max_length=255)
    size_bytes = models.PositiveBigIntegerField()
    state = models.CharField(max_length=16, choices=UploadState.choices, default=UploadState.QUEUED)
    progress = models.FloatField(default=0.0)
    sentence = models.TextField(blank=True)
    case = models.ForeignKey(Case, null=True, on_delete=models.SET_NULL, related_name="+")
    lease_until = models.DateTimeField(null=True)
    created = models.DateTimeField(auto_now_add=True)

    def __str__(self) -> str:
        return f"{self.name} ({self.state})"

    @property
    def folder(self) -> Path:
        """Where the file waits until it is imported; gone afterwards."""
        return Path(settings.UPLOADS_DIR) / str(self.pk)


class FeatureState(models.TextChoices):
    WAITING = "waiting"
    MAKING = "making"
    PAUSED = "paused"
    READY = "ready"
    FAILED = "failed"


class FeatureCache(models.Model):
    """How far the model's features of a volume along one axis are made, how large they are, and who uses them.

    Nobody evicts them before `in_use_until`; of all others those that were `used` longest ago go first.
    """

    volume = models.ForeignKey(Volume, on_delete=models.CASCADE, related_name="feature_caches")
    axis = models.PositiveSmallIntegerField()
    model_hash = models.CharField(max_length=64)
    done = models.PositiveIntegerField(default=0)
    total = models.PositiveIntegerField()
    state = models.CharField(max_length=16, choices=FeatureState.choices, default=FeatureState.WAITING)
    updated = models.DateTimeField(auto_now=True)
    size_bytes = models.PositiveBigIntegerField(default=0)
    used = models.DateTimeField(default=timezone.now)
    in_use_until = models.DateTimeField(default=timezone.now)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["volume", "axis", "model_hash"], name="one_cache_a_volume_axis_and_model"),
        )

    def __str__(self) -> str:
        return f"{self.volume} axis {self.axis}: {self.done}/{self.total}"
