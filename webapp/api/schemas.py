"""What goes over the API."""

from ninja import Schema
from pydantic import ConfigDict


class Accepted(Schema):
    id: int


class UploadState(Schema):
    state: str
    progress: float
    sentence: str
    case: int | None

    @staticmethod
    def resolve_case(upload: object) -> int | None:
        return getattr(upload, "case_id", None)


class Label(Schema):
    id: int
    value: int
    name: str
    colour: str


class ExportState(Schema):
    id: int
    state: str
    progress: float
    sentence: str
    size_bytes: int
    sha256: str


class _Strict(Schema):
    model_config = ConfigDict(extra="forbid")


class NewLabel(_Strict):
    name: str
    colour: str | None = None


class LabelChange(_Strict):
    name: str | None = None
    colour: str | None = None


class WantedSplit(_Strict):
    train: int
    val: int
    test: int
    seed: int = 0


class WantedExport(_Strict):
    formats: list[str]
    selection: str = "started"
    split: WantedSplit = WantedSplit(train=80, val=20, test=0)
