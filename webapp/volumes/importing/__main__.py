"""The bounded process: one file in, a folder of arrays out, one JSON line a step on standard output."""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from webapp.volumes.importing import appearance, bounded, canonical, dicom_series, itk_image, nifti_header, voxel_stream
from webapp.volumes.importing.canonical import Progress, Values
from webapp.volumes.importing.nifti_header import Layout
from webapp.volumes.importing.problems import UnreadableError

READING, DRAWING = 0.6, 0.4  # shares of the work


@dataclass(frozen=True)
class Known:
    """What a file says of itself beyond its layout, if it does; `name` stands for names that tell of the patient."""

    modality: str = ""
    window: tuple[float, float] | None = None
    name: str = ""
    references: dict[str, Any] | None = None  # of DICOM images


def main() -> None:
    wanted = bounded.parser(__doc__).parse_args()
    bounded.report(wanted, lambda reporter: read(wanted.source, wanted.folder, wanted.max_voxels, reporter))


def read(source: Path, folder: Path, most_voxels: int, reporter: bounded.Reporter) -> dict[str, Any]:
    """Write canonical.npy, display.i16 and thumbnail.png into `folder`, of NIfTI header.bin, of DICOM instances.json.

    The facts go into the database.
    """
    path = folder / "canonical.npy"
    layout, values, known = _write_canonical(source, path, most_voxels, lambda part: reporter.at(READING * part))
    if layout.raw:
        (folder / "header.bin").write_bytes(layout.raw)
    if known.references is not None:
        (folder / "instances.json").write_text(json.dumps(known.references))
    array = np.load(path, mmap_mode="r+")
    notes = list(layout.notes)
    if values.missing:
        canonical.fill_missing(array, values.low)
        notes.append(f"{values.missing:,} voxels were “not a number” or infinite; they have the lowest value now.")
    sample = canonical.samples(array)
    display = canonical.display_for(array.dtype, values, sample)
    with (folder / "display.i16").open("wb") as out:
        canonical.write_display(out, array, display, lambda part: reporter.at(READING + DRAWING * part))
    modality = known.modality or appearance.guess_modality(values, sample)
    window = known.window or appearance.first_window(modality, values, sample)
    appearance.write_thumbnail(folder / "thumbnail.png", array, layout.spacing_mm, window)
    percentiles = np.percentile(sample, (1, 99))
    return {
        "shape": layout.shape,
        "spacing_mm": layout.spacing_mm,
        "affine": layout.affine.tolist(),
        "scale": display.scale,
        "offset": display.offset,
        "window": window,
        "value_range": (values.low, values.high),
        "percentiles": percentiles.tolist(),
        "modality": modality,
        "notes": notes,
        "name": known.name,
    }


def _write_canonical(source: Path, path: Path, most_voxels: int, progress: Progress) -> tuple[Layout, Values, Known]:
    with source.open("rb") as file:
        start = file.read(540)
    if itk_image.is_nrrd(start) or itk_image.is_meta_image(start):
        layout, stored = itk_image.opened(source, path.parent, most_voxels)
        _check_room(path.parent, layout)
        return layout, canonical.write_canonical(path, layout, stored, progress), Known()
    if dicom_series.is_zip(start):
        series = dicom_series.opened(source, most_voxels)
        _check_room(path.parent, series.layout)
        values = canonical.write_canonical(path, series.layout, series.slices, progress)
        return series.layout, values, Known(series.modality, series.window, series.name, series.references)
    with voxel_stream.opened(source) as stream:
        layout = nifti_header.parse(stream.read(540), most_voxels)
        _check_room(path.parent, layout)
        # The header is small, so starting over costs nothing and spares us counting what was read.
        stream.seek(0)
        voxel_stream.skip(stream, layout.first_byte)
        values = canonical.write_canonical(path, layout, voxel_stream.slices(stream, layout), progress)
        voxel_stream.verify_end(stream)
    return layout, values, Known()


def _check_room(folder: Path, layout: Layout) -> None:
    voxels = layout.shape[0] * layout.shape[1] * layout.shape[2]
    needed = voxels * (canonical.canonical_type(layout).itemsize + 2)
    if shutil.disk_usage(folder).free < needed + 2**26:
        raise UnreadableError("There is not enough room on the server's disk for this volume.")


if __name__ == "__main__":
    main()
