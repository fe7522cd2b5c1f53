"""What the demo shows: a real brain MR that an installed package ships, and structures that are plain to see in it."""

from importlib import util
from pathlib import Path

from webapp.errors import DomainError

PROJECT_NAME = "Demo: brain MR (MNI152)"
CASE_NAME = "MNI152 template, T1"

# Colours that stay apart for colour-blind eyes (Okabe and Ito's set, lightened for a dark ground); neighbours in the
# image are far apart in lightness as well.
LABELS = (
    ("Left lateral ventricle", "#56b4e9"),
    ("Right lateral ventricle", "#e69f00"),
    ("Brainstem", "#d678c8"),
    ("Cerebellum", "#2fbf71"),
    ("Left caudate", "#f0e442"),
    ("Right caudate", "#4f7cff"),
    ("Corpus callosum", "#ff6b3d"),
)


def image_file() -> Path:
    """The T1-weighted MNI152 template (1 mm, ICBM 2009a, BSD-licensed) as nilearn ships it.

    Raises DomainError if nilearn is not installed or has moved it.
    """
    # Looked up, not imported: importing nilearn takes seconds and all that is wanted is a file.
    nilearn = util.find_spec("nilearn")
    folders = nilearn.submodule_search_locations if nilearn else None
    if not folders:
        raise DomainError("The demo's image comes with the package nilearn, which is not installed.")
    file = Path(folders[0], "datasets", "data", "mni_icbm152_t1_tal_nlin_sym_09a_converted.nii.gz")
    if not file.is_file():
        raise DomainError(f"nilearn does not ship the demo's image at {file} any more.")
    return file
