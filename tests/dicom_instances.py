"""DICOM images with everything that highdicom asks of the source of a segmentation."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import CTImageStorage, ExplicitVRLittleEndian, generate_uid


def instances_on(affine: NDArray[np.float64], shape: tuple[int, int, int], **fields: object) -> list[Dataset]:
    """A CT series of zeros on a grid: shape (Z, Y, X), affine from voxel (i, j, k) to RAS mm, not sheared."""
    lps = np.diag([-1.0, -1.0, 1.0, 1.0]) @ affine
    spacing = np.linalg.norm(lps[:3, :3], axis=0)
    study, series, frame = generate_uid(), generate_uid(), generate_uid()
    made = []
    for k in range(shape[0]):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID = CTImageStorage, generate_uid()
        one.file_meta.MediaStorageSOPClassUID = one.SOPClassUID
        one.file_meta.MediaStorageSOPInstanceUID = one.SOPInstanceUID
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, series, frame
        for name in ("PatientName", "PatientID", "PatientBirthDate", "PatientSex", "AccessionNumber", "StudyID"):
            setattr(one, name, "")
        for name in ("StudyDate", "StudyTime", "ReferringPhysicianName", "PositionReferenceIndicator", "Manufacturer"):
            setattr(one, name, "")
        one.Modality, one.SeriesNumber, one.InstanceNumber = "CT", 1, k + 1
        one.Rows, one.Columns = shape[1:]
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        one.PixelSpacing, one.SliceThickness = [spacing[1], spacing[0]], spacing[2]
        one.ImageOrientationPatient = [*(lps[:3, 0] / spacing[0]), *(lps[:3, 1] / spacing[1])]
        one.ImagePositionPatient = list((lps @ [0, 0, k, 1])[:3])
        one.RescaleSlope, one.RescaleIntercept = 1, 0
        one.PixelData = np.zeros(shape[1:], np.uint16).tobytes()
        for name, value in fields.items():
            setattr(one, name, value)
        made.append(one)
    return made
