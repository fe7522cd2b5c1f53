"""What an export may hold and how its cases are shared out: what a person chooses."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from pydantic import TypeAdapter, ValidationError

from webapp.errors import DomainError

HIGHEST_SEED = 2**31 - 1


class Format(TextChoices):
    NIFTI = "nifti", "NIfTI, one label map a case"
    NIFTI_PER_LABEL = "nifti_per_label", "NIfTI, one file a label"
    SEG_NRRD = "seg_nrrd", "3D Slicer segmentation (.seg.nrrd)"
    DICOM_SEG = "dicom_seg", "DICOM segmentation (DICOM-SEG)"
    NNUNET = "nnunet", "nnU-Net v2 raw data set, with images"
    MSD = "msd", "Medical Segmentation Decathlon, with images"
    STL = "stl", "Surfaces (STL)"
    CSV = "csv", "Table of volumes (CSV)"


class Selection(TextChoices):
    STARTED = "started", "every case that has been started"
    APPROVED = "approved", "approved cases only"


@dataclass(frozen=True)
class Split:
    """Shares of the cases in per cent, and the seed that decides which case goes where."""

    train: int = 80
    val: int = 20
    test: int = 0
    seed: int = 0


@dataclass(frozen=True)
class Wanted:
    """A whole choice. Formats are kept in the order of `Format`, so that equal choices are equal."""

    formats: tuple[Format, ...]
    selection: Selection = Selection.STARTED
    split: Split = Split()

    def as_json(self) -> dict[str, Any]:
        """For the database and the manifest."""
        plain: dict[str, Any] = _ADAPTER.dump_python(self, mode="json")
        return plain


_ADAPTER = TypeAdapter(Wanted)


def wanted_from(plain: dict[str, Any]) -> Wanted:
    """A choice from what a client sent or the database kept; DomainError with a sentence if it makes no sense."""
    try:
        wanted = _ADAPTER.validate_python(plain)
    except ValidationError as error:
        problem = error.errors()[0]
        where = " ".join(str(part) for part in problem["loc"])
        raise DomainError(f"This is no choice for an export ({where}: {problem['msg']}).") from None
    if not wanted.formats:
        raise DomainError("Choose at least one format.")
    _check(wanted.split)
    chosen = tuple(known for known in Format if known in wanted.formats)
    return Wanted(chosen, wanted.selection, wanted.split)


def _check(split: Split) -> None:
    if min(split.train, split.val, split.test) < 0 or split.train + split.val + split.test != 100:
        raise DomainError("The shares for training, validation and test must add up to 100 per cent.")
    if split.train == 0:
        raise DomainError("Some cases must be left for training.")
    if not 0 <= split.seed <= HIGHEST_SEED:
        raise DomainError(f"The seed must lie between 0 and {HIGHEST_SEED:,}.")
