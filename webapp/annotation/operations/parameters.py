"""What an operation may be asked to do: its name, its labels and its numbers, checked strictly.

The same JSON goes over the socket and into the edit log, so that a replay does what was asked for then.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

MAX_AXIS_LENGTH = 1 << 16
MAX_LABELS = 32

Index = Annotated[int, Field(ge=0, lt=MAX_AXIS_LENGTH)]
Voxel = tuple[Index, Index, Index]
LabelValue = Annotated[int, Field(ge=1, le=254)]
LabelValues = Annotated[tuple[LabelValue, ...], Field(max_length=MAX_LABELS)]
Millimetres = Annotated[float, Field(gt=0, le=200)]
Intensity = Annotated[float, Field(ge=-1e9, le=1e9, allow_inf_nan=False)]


class Operation(BaseModel):
    """One operation on `label`, on the slices from the first to the last of `slices` (along the propagation axis, both
    included; all of them if None): it sees and changes these alone. Where the label gains voxels, it takes them from
    the background only, or from whatever label is there (`over`), but never from those that are `locked`."""

    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)

    label: LabelValue
    slices: tuple[Index, Index] | None = None
    over: Literal["background", "any"] = "background"
    locked: LabelValues = ()

    @model_validator(mode="after")
    def _in_order(self) -> Operation:
        if self.slices is not None and self.slices[0] > self.slices[1]:
            raise ValueError("the first slice lies behind the last one")
        return self

    @property
    def labels(self) -> tuple[int, ...]:
        """Every label that it names, the one that it is about first."""
        return (self.label,)


class _WithOthers(Operation):
    others: LabelValues = Field(min_length=1)

    @model_validator(mode="after")
    def _all_different(self) -> _WithOthers:
        if len(set(self.labels)) < len(self.labels):
            raise ValueError("a label is named twice")
        return self

    @property
    def labels(self) -> tuple[int, ...]:
        return (self.label, *self.others)


class KeepLargest(Operation):
    """Of the label's islands only the one with most voxels stays."""

    name: Literal["keep_largest"]


class RemoveSmall(Operation):
    """Islands of less than so many cubic millimetres go."""

    name: Literal["remove_small"]
    smaller_than_mm3: Annotated[float, Field(gt=0, le=1e9)]


class KeepClicked(Operation):
    """Only the island with this voxel stays, (z, y, x) on the storage axes."""

    name: Literal["keep_clicked"]
    voxel: Voxel


class SplitIslands(_WithOthers):
    """The largest island keeps the label, the next ones become `others`, in their order; what is left stays."""

    name: Literal["split_islands"]


class FillBetween(Operation):
    """Fill the slices that lie between those which have the label, or (`prompted`) between those on which it was
    prompted or drawn, in place of what the model put there."""

    name: Literal["fill_between"]
    keys: Literal["present", "prompted"] = "present"


class FillHoles(Operation):
    """What the label encloses becomes the label: in space, or (`flat`) on each slice."""

    name: Literal["fill_holes"]
    flat: bool = False


class Smooth(Operation):
    """By the majority of the voxels in a box that reaches so far (median), or by a Gaussian of that standard
    deviation."""

    name: Literal["smooth"]
    method: Literal["median", "gaussian"] = "median"
    mm: Millimetres


class SmoothTogether(_WithOthers):
    """Several labels by one Gaussian, so that no gap opens where they touch."""

    name: Literal["smooth_together"]
    mm: Millimetres


class Margin(Operation):
    """Grow (mm > 0) or shrink (mm < 0) by a distance."""

    name: Literal["margin"]
    mm: Annotated[float, Field(ge=-200, le=200)]


class Hollow(Operation):
    """Only a wall of this thickness stays, inside of the surface."""

    name: Literal["hollow"]
    mm: Millimetres


class Combine(_WithOthers):
    """The label and others, widened by `mm` first: add them to it, take them away from it, leave it only where they
    are, or make it what they are. A voxel has one label, so what is added or copied is no longer theirs."""

    name: Literal["combine"]
    how: Literal["add", "subtract", "intersect", "copy"]
    mm: Annotated[float, Field(ge=0, le=200)] = 0.0


class Threshold(Operation):
    """Real values from `low` to `high`, both included: keep the label only there, or (`everywhere`) add all of it."""

    name: Literal["threshold"]
    low: Intensity
    high: Intensity
    everywhere: bool = False

    @model_validator(mode="after")
    def _a_range(self) -> Threshold:
        if self.low > self.high:
            raise ValueError("the lowest value is above the highest one")
        return self


AnyOperation = Annotated[
    KeepLargest
    | RemoveSmall
    | KeepClicked
    | SplitIslands
    | FillBetween
    | FillHoles
    | Smooth
    | SmoothTogether
    | Margin
    | Hollow
    | Combine
    | Threshold,
    Field(discriminator="name"),
]


class ImportLabels(Operation):
    """Take over what a file brought: of each of its segments the label that it becomes. Not asked for over the socket:
    whoever may see the file chooses on a page."""

    name: Literal["import_labels"]
    others: Annotated[tuple[LabelValue, ...], Field(max_length=253)]  # further labels that segments become
    label_map: Annotated[int, Field(ge=1)]
    segments: Annotated[tuple[tuple[Annotated[int, Field(ge=1, le=254)], LabelValue], ...], Field(min_length=1)]

    @property
    def labels(self) -> tuple[int, ...]:
        return (self.label, *self.others)


_any_operation: TypeAdapter[Any] = TypeAdapter(Annotated[AnyOperation | ImportLabels, Field(discriminator="name")])


def parsed(payload: Mapping[str, Any]) -> Any:
    """An operation as the edit log keeps it. Raises pydantic's `ValidationError`."""
    return _any_operation.validate_json(json.dumps(payload))
