from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower

from webapp.projects.permissions import Role

HIGHEST_LABEL_VALUE = 254  # 0 is background, 255 means "not painted"


class Project(models.Model):
    """A set of cases, the labels to draw in them and the people who do it.

    An archived project is looked at and exported, nothing in it changes. One with `removal_at` is gone for all but
    its managers, who can restore it until then.
    """

    name = models.CharField(max_length=120)
    instructions = models.TextField(blank=True, default="")  # Markdown
    readers = models.PositiveSmallIntegerField(
        default=1
    )  # a case; with more than one each has an annotation of their own
    blinded = models.BooleanField(default=True)  # of several readers, none gets at what another draws
    archived_at = models.DateTimeField(null=True, blank=True)
    removal_at = models.DateTimeField(null=True, blank=True, db_index=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="projects.Membership", related_name="projects")
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(readers__gte=1, readers__lte=9), name="readers_of_a_case"),)

    def __str__(self) -> str:
        return self.name

    @property
    def has_readings(self) -> bool:
        """Whether every reader of a case has an annotation of their own."""
        return self.readers > 1


class Membership(models.Model):
    """A person's role in a project. Without one the project does not exist for that person."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="memberships")
    role = models.CharField(max_length=16, choices=Role.choices)
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["project", "user"], name="one_role_a_member"),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="role_is_known"),
        )

    def __str__(self) -> str:
        return f"{self.user} as {self.role} of {self.project}"


class Invitation(models.Model):
    """A link that lets whoever opens it into a project. Its secret is shown once; only a hash of it is kept."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="invitations")
    role = models.CharField(max_length=16, choices=Role.choices)
    secret_hash = models.CharField(max_length=64, unique=True)
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created = models.DateTimeField(auto_now_add=True)
    expires = models.DateTimeField()
    uses = models.PositiveSmallIntegerField(default=0)
    most_uses = models.PositiveSmallIntegerField(default=1)
    revoked_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("-id",)
        constraints = (
            models.CheckConstraint(condition=Q(role__in=Role.values), name="invited_role_is_known"),
            models.CheckConstraint(condition=Q(uses__lte=F("most_uses")), name="invitation_is_not_used_too_often"),
        )

    def __str__(self) -> str:
        return f"{self.role} of {self.project}"


class Label(models.Model):
    """A structure to be drawn, and the voxel value that stands for it in every mask of the project.

    The row stays when a label is retired: its value is in masks, revisions and exports that were made
    with it, so it is never given to another label.
    """

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="labels")
    value = models.PositiveSmallIntegerField()
    name = models.CharField(max_length=80)
    colour = models.CharField(max_length=7, validators=[RegexValidator(r"^#[0-9a-f]{6}$")])
    code = models.CharField(max_length=18, blank=True, default="")  # a SNOMED CT concept
    order = models.PositiveSmallIntegerField(default=0)  # in lists, then by value; voxels know the value only
    retired_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("order", "value")
        constraints = (
            models.UniqueConstraint(fields=["project", "value"], name="label_value_is_never_reused"),
            models.UniqueConstraint(
                F("project"), Lower("name"), condition=Q(retired_at=None), name="label_name_is_unique_in_project"
            ),
            models.CheckConstraint(condition=Q(value__gte=1, value__lte=HIGHEST_LABEL_VALUE), name="label_value_range"),
        )

    def __str__(self) -> str:
        return f"{self.value} {self.name}"


class Tag(models.Model):
    """A word by which cases of a project are found again."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="tags")
    name = models.CharField(max_length=40)

    class Meta:
        ordering = ("name",)
        constraints = (models.UniqueConstraint(F("project"), Lower("name"), name="tag_name_is_unique_in_project"),)

    def __str__(self) -> str:
        return self.name


class Case(models.Model):
    """One patient's examination: volumes to look at and annotations of them."""

    project = models.ForeignKey(Project, on_delete=models.CASCADE, related_name="cases")
    name = models.CharField(max_length=200)
    priority = models.SmallIntegerField(default=0)  # the higher, the sooner
    tags = models.ManyToManyField(Tag, blank=True, related_name="cases")
    metadata = models.JSONField(default=dict, blank=True)  # names of columns to texts
    created = models.DateTimeField(auto_now_add=True)

    class Meta:
        ordering = ("id",)
        indexes = (models.Index("project", F("priority").desc(), "id", name="cases_by_priority"),)

    def __str__(self) -> str:
        return self.name
