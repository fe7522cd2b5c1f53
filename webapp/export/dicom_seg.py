"""DICOM-SEG: the labels as segments that name the images they are of, for a PACS or any DICOM viewer.

Only cases that came as DICOM have such images. Of those the importer has kept the UIDs alone, so the segmentation
carries no patient: whoever holds the images finds it by them.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator, Sequence
from typing import Any

import highdicom as hd
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset as Header
from pydicom.dataset import FileMetaDataset
from pydicom.sr.codedict import codes
from pydicom.uid import ExplicitVRLittleEndian, generate_uid

from webapp.annotation.models import Edit
from webapp.export.dataset import Dataset, ExportedCase
from webapp.export.grid import affine_of
from webapp.export.provenance import product_version
from webapp.export.streams import Item
from webapp.projects.models import Label
from webapp.volumes.models import Volume

PRODUCT = "S2V Annotate"
SERIES_NUMBER = 900
LPS = np.diag([-1.0, -1.0, 1.0, 1.0])
UNKNOWN = (
    "PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID", "StudyDate",
    "StudyTime", "ReferringPhysicianName", "PositionReferenceIndicator",
)  # fmt: skip


def case_files(dataset: Dataset, case: ExportedCase, labels: NDArray[np.uint8]) -> Iterator[Item]:
    """One segmentation with the labels that the case has, or a line that says why there is none."""
    present = [label for label in dataset.labels if case.voxels.get(label.value)]
    if not case.volume.instances_path.exists():
        yield _why_not(
            case, "This case did not come as DICOM: there are no images that a DICOM segmentation could name."
        )
    elif not present:
        yield _why_not(case, "This case has no label.")
    else:
        yield Item(f"dicom_seg/{case.key}.dcm", _file(case, labels, present))


def _why_not(case: ExportedCase, sentence: str) -> Item:
    return Item(f"dicom_seg/{case.key}_none.txt", [f"{sentence}\n".encode()])


def _file(case: ExportedCase, labels: NDArray[np.uint8], present: Sequence[Label]) -> Iterator[bytes]:
    number_of = np.zeros(256, np.uint8)
    for number, label in enumerate(present, start=1):
        number_of[label.value] = number
    segmentation = hd.seg.Segmentation(
        source_images=_images(case.volume),
        pixel_array=number_of[labels],
        segmentation_type="BINARY",
        segment_descriptions=[_described(number, label) for number, label in enumerate(present, start=1)],
        series_instance_uid=_uid(case, "series"),
        series_number=SERIES_NUMBER,
        sop_instance_uid=_uid(case, "instance"),
        instance_number=1,
        manufacturer=PRODUCT,
        manufacturer_model_name=PRODUCT,
        software_versions=product_version(),
        device_serial_number="0",
        content_label="SEGMENTATION",
    )
    _date(segmentation, case)
    file = io.BytesIO()
    segmentation.save_as(file, enforce_file_format=True)
    yield file.getvalue()


def _images(volume: Volume) -> list[Header]:
    """Headers of the images, from what was kept of them and the volume's grid."""
    known = json.loads(volume.instances_path.read_text())
    lps = LPS @ affine_of(volume)
    spacing_mm = np.linalg.norm(lps[:3, :3], axis=0)
    images = []
    for k, number in enumerate(known["instances"]):
        image = Header()
        image.file_meta = FileMetaDataset()
        image.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        for name in ("StudyInstanceUID", "SeriesInstanceUID", "FrameOfReferenceUID", "SOPClassUID", "Modality"):
            setattr(image, name, known[name])
        for name in UNKNOWN:
            setattr(image, name, None)
        image.SOPInstanceUID, image.InstanceNumber = number, k + 1
        image.Rows, image.Columns = volume.size_y, volume.size_x
        image.PixelSpacing, image.SliceThickness = [spacing_mm[1], spacing_mm[0]], spacing_mm[2]
        image.ImageOrientationPatient = [*(lps[:3, 0] / spacing_mm[0]), *(lps[:3, 1] / spacing_mm[1])]
        image.ImagePositionPatient = list((lps @ [0, 0, k, 1])[:3])
        images.append(image)
    return images


def _described(number: int, label: Label) -> hd.seg.SegmentDescription:
    red, green, blue = (int(label.colour[at : at + 2], 16) for at in (1, 3, 5))
    return hd.seg.SegmentDescription(
        segment_number=number,
        segment_label=label.name[:64],
        segmented_property_category=codes.SCT.AnatomicalStructure,
        segmented_property_type=codes.SCT.AnatomicalStructure,
        algorithm_type="SEMIAUTOMATIC",
        algorithm_identification=hd.AlgorithmIdentificationSequence(
            name=PRODUCT, family=codes.DCM.ArtificialIntelligence, version=product_version()
        ),
        tracking_id=f"label {label.value}",
        tracking_uid=generate_uid(entropy_srcs=[PRODUCT, "label", str(label.pk)]),
        display_color=hd.color.CIELabColor.from_rgb(red, green, blue),
    )


def _uid(case: ExportedCase, what: str) -> str:
    """The same for the same revision, so that the same labels are the same file."""
    known = case.volume.instances_path.read_text()
    return str(generate_uid(entropy_srcs=[PRODUCT, what, known, str(case.annotation.pk), str(case.revision)]))


def _date(segmentation: Any, case: ExportedCase) -> None:
    """Everything that highdicom takes from the clock or from chance, from the revision instead."""
    edit = Edit.objects.filter(annotation=case.annotation, revision=case.revision).first()
    made = edit.created if edit else case.annotation.created
    for name in ("ContentDate", "SeriesDate", "InstanceCreationDate"):
        setattr(segmentation, name, made.strftime("%Y%m%d"))
    for name in ("ContentTime", "SeriesTime", "InstanceCreationTime"):
        setattr(segmentation, name, made.strftime("%H%M%S"))
    dimensions = _uid(case, "dimensions")
    segmentation.DimensionOrganizationSequence[0].DimensionOrganizationUID = dimensions
    for index in segmentation.DimensionIndexSequence:
        index.DimensionOrganizationUID = dimensions
    for equipment in segmentation.ContributingEquipmentSequence:
        equipment.ContributionDateTime = made.strftime("%Y%m%d%H%M%S")
