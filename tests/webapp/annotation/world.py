"""People, a project and a case with a small volume, made without the importer."""

from __future__ import annotations

import itertools
import uuid
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from webapp.accounts.models import User
from webapp.annotation import messages, services, slices
from webapp.annotation.models import Annotation, Run, RunState, SliceMask, Trust
from webapp.projects import services as projects
from webapp.projects.models import Case, Label, Project
from webapp.projects.permissions import Role
from webapp.volumes.models import Modality, Volume

SHAPE = (12, 48, 40)  # (Z, Y, X) in voxels
_numbers = itertools.count(1)


@dataclass(frozen=True)
class World:
    project: Project
    ada: User  # manager
    ben: User  # annotator
    eve: User  # viewer
    mallory: User  # no member
    case: Case
    annotation: Annotation
    liver: Label
    spleen: Label

    def point(self, *voxel: int, label: int = 1, positive: bool = True) -> messages.AddPrompt:
        """A point prompt with a request of its own at (z, y, x)."""
        z, y, x = voxel
        return messages.AddPrompt(
            type="prompt.add", request=uuid.uuid4(), label=label, kind="point", positive=positive, voxels=[(z, y, x)]
        )


def make_world(shape: tuple[int, int, int] = SHAPE) -> World:
    """A new world; several may exist side by side."""
    n = next(_numbers)
    ada, ben, eve, mallory = (User.objects.create_user(f"{name}{n}") for name in ("ada", "ben", "eve", "mallory"))
    project = projects.create_project(ada, f"Project {n}")
    projects.set_member(project, ben, Role.ANNOTATOR)
    projects.set_member(project, eve, Role.VIEWER)
    liver, spleen = projects.add_label(project, "Liver"), projects.add_label(project, "Spleen")
    case = projects.create_case(project, f"Case {n}")
    make_volume(case, two_balls(shape))
    return World(project, ada, ben, eve, mallory, case, services.annotation_of(case), liver, spleen)


def make_volume(case: Case, image: npt.NDArray[np.int16]) -> Volume:
    """Store an image (Z, Y, X) as the case's volume, with slices 3 mm apart and pixels of 1 mm."""
    size_z, size_y, size_x = image.shape
    volume = Volume.objects.create(
        case=case, name="CT", original_name="ct.nii", sha256="0" * 64, size_z=size_z, size_y=size_y, size_x=size_x,
        spacing_z_mm=3.0, spacing_y_mm=1.0, spacing_x_mm=1.0, affine=np.diag([1.0, 1.0, 3.0, 1.0]).tolist(),
        scale=1.0, offset=0.0, window_center=50.0, window_width=300.0, value_low=0.0, value_high=200.0,
        percentile_1=0.0, percentile_99=200.0, modality=Modality.CT,
    )  # fmt: skip
    volume.folder.mkdir(parents=True, exist_ok=True)
    np.save(volume.canonical_path, image)
    return volume


def two_balls(shape: tuple[int, int, int]) -> npt.NDArray[np.int16]:
    """A bright and a less bright ellipsoid in noise (Z, Y, X)."""
    rng = np.random.default_rng(7)
    z, y, x = np.meshgrid(*(np.linspace(0, 1, extent) for extent in shape), indexing="ij")
    image = rng.normal(20, 5, shape)
    image[(z - 0.5) ** 2 + (y - 0.3) ** 2 + (x - 0.3) ** 2 < 0.05] = 180
    image[(z - 0.5) ** 2 + (y - 0.7) ** 2 + (x - 0.7) ** 2 < 0.04] = 110
    return image.astype(np.int16)


def store_run(annotation: Annotation, painted: dict[int, int], *, done: bool = True) -> None:
    """Save what a worker would for the newest revision: slice z gets a square of label `painted[z]`."""
    annotation.refresh_from_db()
    first = slices.allot_sequences(annotation.pk, annotation.revision, len(painted))
    assert first is not None
    masks = [square(annotation, z, label) for z, label in painted.items()]
    for sequence, mask in enumerate(masks, start=first):
        mask.revision, mask.sequence = annotation.revision, sequence
    slices.save(masks)
    state = RunState.DONE if done else RunState.RUNNING
    progress = {"applied": annotation.revision, "fronts": [] if done else [[1, 1]]}
    Run.objects.filter(annotation=annotation, revision=annotation.revision).update(state=state, progress=progress)


def square(annotation: Annotation, z: int, label: int) -> SliceMask:
    """A slice with a 3 x 3 square of a label."""
    mask = SliceMask(
        annotation=annotation, z=z, trust=Trust.MODEL, row0=4, col0=5, rows=3, cols=3, confidence=[[label, 200]],
        labels=bytes([label, 9]), state=f"state of {label} at {z}".encode(),
    )  # fmt: skip
    mask.digest = slices.digest_of(mask)
    return mask
