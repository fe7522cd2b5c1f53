"""`manage.py replay ANNOTATION_ID`: whether the stored masks are what the edit log says."""

from __future__ import annotations

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from webapp.annotation import propagation, replaying
from webapp.annotation.models import Annotation
from webapp.errors import DomainError

MOST_ROWS = 40
CANNOT_TELL = 2


class Command(BaseCommand):
    help = (
        "Computes an annotation anew from its edit log and compares it with what is stored. "
        "Exit code 0: identical; 1: different, with a report; 2: it could not be replayed."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("annotation_id", type=int)
        parser.add_argument("--checkpoint", type=Path, help="weights to use instead of those in use")

    def handle(self, *args: Any, **options: Any) -> None:
        annotation = Annotation.objects.select_related("case").filter(pk=options["annotation_id"]).first()
        if annotation is None:
            raise CommandError("There is no such annotation.", returncode=CANNOT_TELL)
        checkpoint = options["checkpoint"]
        try:
            report = replaying.replay(annotation, str(checkpoint) if checkpoint else None)
        except (DomainError, propagation.EngineRefusedError) as error:
            raise CommandError(error.sentence, returncode=CANNOT_TELL) from error
        self.stdout.write("\n".join(report_lines(report)))
        if not report.identical:
            raise SystemExit(1)


def report_lines(report: replaying.Report) -> list[str]:
    """The report as text."""
    stored_by = ", ".join(report.stored_by) or "no model"
    lines = [f"{report.edits} active edits; stored by {stored_by}, replayed by {report.replayed_by}."]
    if report.superseded:
        lines.append(
            f"{report.superseded} of them were followed by the next one before all slices were done: "
            "differences within the tolerance at which a propagation stops are to be expected."
        )
    lines += [f"Slice {z} is not what was saved: its content does not fit its digest." for z in report.damaged]
    for label in report.agreement:
        lines.append(
            f"label {label.label}: Dice {label.dice:.4f}, {label.stored} voxels stored, {label.replayed} replayed"
        )
    for row in report.differences[:MOST_ROWS]:
        sizes = f"({row.stored} stored, {row.replayed} replayed)"
        lines.append(f"  slice {row.z}, label {row.label}: {row.differing} voxels differ {sizes}")
    if len(report.differences) > MOST_ROWS:
        lines.append(f"  … and {len(report.differences) - MOST_ROWS} more rows.")
    lines.append("Identical." if report.identical else "Different.")
    return lines
