"""Writes the ZIP, piece by piece, and the same bytes for the same contents: order, dates and modes are fixed."""

from __future__ import annotations

import hashlib
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from webapp.export import dicom_seg, msd, nifti, nifti_per_label, nnunet, provenance, seg_nrrd, stl, trust, volumes_csv
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.options import Format
from webapp.export.provenance import Checksum
from webapp.export.streams import Item

LONG_AGO = (1980, 1, 1, 0, 0, 0)  # the first date that a ZIP can name
MODE = 0o100644 << 16
UNIX = 3
CaseWriter = Callable[[Dataset, ExportedCase, NDArray[np.uint8]], Iterator[Item]]
SetWriter = Callable[[Dataset], Iterator[Item]]

CASE_WRITERS: dict[Format, CaseWriter] = {
    Format.NIFTI: nifti.case_files,
    Format.NIFTI_PER_LABEL: nifti_per_label.case_files,
    Format.SEG_NRRD: seg_nrrd.case_files,
    Format.DICOM_SEG: dicom_seg.case_files,
    Format.NNUNET: nnunet.case_files,
    Format.MSD: msd.case_files,
    Format.STL: stl.case_files,
}
SET_WRITERS: dict[Format, SetWriter] = {
    Format.NNUNET: nnunet.set_files,
    Format.MSD: msd.set_files,
    Format.CSV: volumes_csv.set_files,
}


@dataclass
class Progress:
    """Tells how much is done, 0 to 1, after every piece of a file; whoever listens may raise to end the writing."""

    tell: Callable[[float], None]
    done: float = 0.0

    def step(self, share: float) -> None:
        """A share of the work is finished."""
        self.done += share
        self.alive()

    def alive(self) -> None:
        """The work goes forward."""
        self.tell(min(self.done, 1.0))


def write(path: Path, dataset: Dataset, tell: Callable[[float], None] = lambda _: None) -> None:
    """Write the archive of a data set to `path`."""
    progress = Progress(tell)
    known: dict[str, Checksum] = {}
    total = sum(np.prod(case.volume.shape) for case in dataset.cases)
    with zipfile.ZipFile(path, "w") as archive:
        for case in dataset.cases:
            _write_case(archive, dataset, case, known, progress, float(np.prod(case.volume.shape) / total))
        for wanted in dataset.wanted.formats:
            if wanted in SET_WRITERS:
                for item in SET_WRITERS[wanted](dataset):
                    known[item.path] = _add(archive, item, progress)
        _add(archive, Item(provenance.PATH, provenance.manifest(dataset, known)), progress)


def _write_case(
    archive: zipfile.ZipFile,
    dataset: Dataset,
    case: ExportedCase,
    known: dict[str, Checksum],
    progress: Progress,
    share: float,
) -> None:
    labels = case.labels()
    writers = [CASE_WRITERS[wanted] for wanted in dataset.wanted.formats if wanted in CASE_WRITERS]
    step = share / (len(writers) + 1)
    for files in writers:
        for item in files(dataset, case, labels):
            known[item.path] = _add(archive, item, progress)
        progress.step(step)
    for item in trust.case_files(case):
        known[item.path] = _add(archive, item, progress)
    progress.step(step)


def _add(archive: zipfile.ZipFile, item: Item, progress: Progress) -> Checksum:
    entry = zipfile.ZipInfo(item.path, LONG_AGO)
    entry.create_system, entry.external_attr = UNIX, MODE
    entry.compress_type = zipfile.ZIP_STORED if item.packed else zipfile.ZIP_DEFLATED
    digest, size = hashlib.sha256(), 0
    # Nobody knows beforehand how long a file gets, so each is announced as one that may be longer than 4 GB.
    with archive.open(entry, "w", force_zip64=True) as file:
        for chunk in item.chunks:
            file.write(chunk)
            digest.update(chunk)
            size += len(chunk)
            progress.alive()
    return Checksum(digest.hexdigest(), size)
