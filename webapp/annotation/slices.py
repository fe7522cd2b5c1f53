"""Stored slices: which ones are current, how they are numbered, compared and turned into frames."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator

from django.db.models import F, Max, QuerySet

from webapp.annotation import frames
from webapp.annotation.models import Annotation, SliceMask, Trust

CONTENT_FIELDS = ("sequence", "trust", "row0", "col0", "rows", "cols", "confidence", "digest", "labels", "state")
PAGE_SLICES = 64


def at_revision(annotation_id: int, revision: int) -> QuerySet[SliceMask]:
    """The slices as they were when this revision was the newest one: for each z the highest revision up to it."""
    upto = SliceMask.objects.filter(annotation_id=annotation_id, revision__lte=revision)
    # A slice's rows are made in the order of their revisions, so the highest id is the highest revision.
    newest = upto.values("z").annotate(newest=Max("id")).values("newest")
    return SliceMask.objects.filter(id__in=newest)


def current(annotation: Annotation) -> QuerySet[SliceMask]:
    """The slices as they are now."""
    return at_revision(annotation.pk, annotation.revision)


def pages_since(annotation: Annotation, since: int) -> Iterator[list[SliceMask]]:
    """Current slices with a sequence above `since`, in its order, without the engine's state."""
    changed = current(annotation).defer("state").order_by("sequence")
    while page := list(changed.filter(sequence__gt=since)[:PAGE_SLICES]):
        yield page
        since = page[-1].sequence


def allot_sequences(annotation_id: int, revision: int, count: int) -> int | None:
    """Take `count` sequence numbers and give the first, or None if the annotation has moved on from `revision`.

    Belongs into the transaction that saves the slices: from here to its end nobody else can raise the revision.
    """
    fresh = Annotation.objects.filter(pk=annotation_id, revision=revision)
    if not fresh.update(sequence=F("sequence") + count):
        return None
    return Annotation.objects.values_list("sequence", flat=True).get(pk=annotation_id) - count + 1


def digest_of(mask: SliceMask) -> str:
    """What stands for the content of a slice, whatever its revision and sequence."""
    header = [mask.trust, mask.row0, mask.col0, mask.rows, mask.cols, mask.confidence, len(mask.labels)]
    content = hashlib.blake2b(json.dumps(header).encode(), digest_size=16)
    content.update(mask.labels)
    content.update(mask.state)
    return content.hexdigest()


def empty_slice(annotation_id: int, z: int) -> SliceMask:
    """A slice of which nothing is known yet: no labels and no state to go on from."""
    mask = SliceMask(
        annotation_id=annotation_id, z=z, trust=Trust.MODEL, row0=0, col0=0, rows=0, cols=0,
        confidence=[], labels=b"", state=b"",
    )  # fmt: skip
    mask.digest = digest_of(mask)
    return mask


def save(masks: Iterable[SliceMask]) -> None:
    """Insert these slices, replacing those that the same revision has saved before."""
    SliceMask.objects.bulk_create(
        masks, update_conflicts=True, unique_fields=["annotation", "z", "revision"], update_fields=CONTENT_FIELDS
    )


def encode(mask: SliceMask) -> bytes:
    """The slice as a frame of the socket."""
    confidence = tuple((int(label), int(level)) for label, level in mask.confidence)
    box = frames.Box(mask.row0, mask.col0, mask.rows, mask.cols)
    return frames.encode_frame(
        frames.Frame(
            annotation=mask.annotation_id, revision=mask.revision, sequence=mask.sequence, z=mask.z,
            trust=mask.trust, box=box, confidence=confidence, payload=bytes(mask.labels),
        )
    )  # fmt: skip
