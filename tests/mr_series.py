"""A part of the demo's brain MR as a scanner would send it: a DICOM series on a tilted grid, with a patient's name."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import nibabel
import numpy as np
from numpy.typing import NDArray
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.uid import ExplicitVRLittleEndian, MRImageStorage, generate_uid

from webapp.demo.brain import image_file

PATIENT = "Zwetschgenbaum"
FIRST_SLICE, SLICES = 76, 32  # of the demo's image: around the lateral ventricles
SPACING_MM = (1.5, 1.0, 0.75)  # (Z, Y, X)
ORIGIN_MM = (80.0, 110.0, 40.0)  # the centre of the first voxel (x, y, z), towards left, back and head
TILT = np.deg2rad(10)
ROW = np.array([-1.0, 0, 0])  # where the columns' index grows to
COLUMN = np.array([0, -np.cos(TILT), -np.sin(TILT)])
NORMAL = np.cross(ROW, COLUMN)


def brain(patient: int) -> NDArray[np.uint16]:
    """The image, (Z, Y, X); each patient's is a little brighter than the one's before."""
    whole = np.asarray(nibabel.load(image_file()).dataobj).T
    part = whole[FIRST_SLICE : FIRST_SLICE + SLICES]
    return (part * (1 + patient / 100)).astype(np.uint16)


def series(image: NDArray[np.uint16]) -> list[Dataset]:
    """One instance a slice, in an order that is not theirs."""
    study, number, frame = generate_uid(), generate_uid(), generate_uid()
    made = []
    for k in np.random.default_rng(1).permutation(len(image)):
        one = Dataset()
        one.file_meta = FileMetaDataset()
        one.file_meta.TransferSyntaxUID = ExplicitVRLittleEndian
        one.SOPClassUID, one.SOPInstanceUID = MRImageStorage, generate_uid()
        one.StudyInstanceUID, one.SeriesInstanceUID, one.FrameOfReferenceUID = study, number, frame
        one.PatientName, one.PatientID, one.Modality, one.InstanceNumber = f"{PATIENT}^Anna", "Z-17", "MR", int(k) + 1
        one.Rows, one.Columns = image.shape[1:]
        one.SamplesPerPixel, one.PhotometricInterpretation = 1, "MONOCHROME2"
        one.BitsAllocated, one.BitsStored, one.HighBit, one.PixelRepresentation = 16, 16, 15, 0
        one.PixelSpacing, one.SliceThickness = list(SPACING_MM[1:]), SPACING_MM[0]
        one.ImageOrientationPatient = [*ROW, *COLUMN]
        one.ImagePositionPatient = list(ORIGIN_MM + k * SPACING_MM[0] * NORMAL)
        one.PixelData = image[k].tobytes()
        made.append(one)
    return made


def zipped(path: Path, images: list[Dataset]) -> Path:
    """The series in one ZIP file, in a folder named after the patient."""
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number, image in enumerate(images):
            file = io.BytesIO()
            image.save_as(file, enforce_file_format=True)
            archive.writestr(f"{PATIENT}/IM{number:04d}", file.getvalue())
    return path
